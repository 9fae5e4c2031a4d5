// Free lanes under the story: clips at absolute times that may overlap, and the strips at the left of every lane.
import { $, $$, address, clipOf, lanes, selected, showStrip, state } from './state.js';
import { button, clock, colour, decibels, keyed, make, setAttr, setHidden, setText } from './dom.js';
import { action } from './actions.js';
import { px, scroller, seconds, viewWidth } from './scale.js';
import { drawOutline, outline, prepared } from './waves.js';
import { LABEL, progressOf, stateOf } from './queue.js';
import { fadeGain, redraw, traceFade } from './timeline.js';
import { fill, send } from './requests.js';
import { ask } from './dialogs.js';

export const GAIN = { least: -60, most: 12 };

// A clip as it is, or as the drag under way would make it.
const asDragged = (clip) => (state.preview && state.preview.clip && state.preview.clip.id === clip.id ? { ...clip, ...state.preview.clip } : clip);

function laneClips(lane) {
  const held = state.preview && state.preview.clip;
  const own = lane.clips.filter((clip) => !held || held.id !== clip.id || !held.lane || held.lane === lane.id);
  const guest = held && held.lane === lane.id && !own.some((clip) => clip.id === held.id) ? clipOf(held.id) : null;
  return (guest ? [...own, guest] : own).map(asDragged);
}

// ---- strips

export function buildStrip(kind) {
  const strip = make('div', 'stripbuttons');
  for (const [name, letter, title] of [['mute', 'M', 'Mute'], ['solo', 'S', 'Solo']]) {
    const node = button(`${kind}_${name}`, letter, { name: `ms ${name}`, title });
    strip.append(node);
  }
  return strip;
}

function buildLane() {
  const row = make('div', 'lane freelane');
  const head = make('div', 'head');
  const name = make('input', 'lanename');
  name.dataset.lanefield = 'name';
  const gain = make('input', 'gain');
  Object.assign(gain, { type: 'range', min: GAIN.least, max: GAIN.most, step: 0.5 });
  gain.dataset.lanefield = 'gain';
  const more = button('lane_menu', '', { name: 'quietbutton', title: 'Lane: pan, ducking, order, remove', picture: 'more' });
  const top = make('div', 'headtop');
  top.append(name, more);
  const low = make('div', 'headlow');
  low.append(buildStrip('lane'), gain);
  head.append(top, low);
  const track = make('div', 'track');
  const canvas = make('canvas', 'wavecanvas');
  canvas.setAttribute('aria-hidden', 'true');
  const list = make('div', 'cliplist');
  setAttr(list, 'role', 'listbox');
  track.append(canvas, list);
  row.append(head, track);
  return row;
}

function updateLane(row, lane) {
  row.dataset.lane = lane.id;
  row.toggleAttribute('data-current', state.lane === lane.id);
  row.toggleAttribute('data-silent', silent(lane));
  const [top, low] = row.firstElementChild.children;
  fill(top.firstElementChild, lane.name);
  top.firstElementChild.setAttribute('aria-label', `Name of lane ${lane.name}`);
  const [strip, gain] = low.children;
  setAttr(strip.children[0], 'aria-pressed', lane.mute);
  setAttr(strip.children[1], 'aria-pressed', lane.solo);
  setAttr(strip.children[0], 'aria-label', `Mute ${lane.name}`);
  setAttr(strip.children[1], 'aria-label', `Solo ${lane.name}`);
  fill(gain, lane.gain_db);
  gain.title = `Gain ${decibels(lane.gain_db)}, pan ${lane.pan}${lane.duck && lane.duck.amount_db ? `, ducks ${lane.duck.amount_db} dB under the story` : ''}`;
  row.firstElementChild.toggleAttribute('data-shown', state.strip === lane.id);
  gain.setAttribute('aria-label', `Gain of ${lane.name}`);
  const list = row.lastElementChild.lastElementChild;
  setAttr(list, 'aria-label', `Clips of ${lane.name}`);
  if (!lane.clips.length) list.removeAttribute('role'); // an empty listbox has no meaning
  else setAttr(list, 'role', 'listbox');
  keyed(list, laneClips(lane), buildClip, updateClip);
}

// Whether mutes and solos, its own or others', silence a lane: the server says so.
const silent = (lane) => lane.heard === false;

// ---- clips

function buildClip() {
  const node = make('div', 'clip');
  setAttr(node, 'role', 'option');
  node.append(make('b', 'name'), make('span', 'tag'), make('i', 'done'));
  for (const [kind, title] of [['clipstart', 'Drag to trim the beginning'], ['clipend', 'Drag to trim the end'], ['fadein', 'Drag to fade in'], ['fadeout', 'Drag to fade out']]) {
    const grip = make('i', `grip ${kind}`);
    grip.dataset.grip = kind;
    grip.title = title;
    node.append(grip);
  }
  return node;
}

function updateClip(node, clip) {
  const width = px(clip.duration_s);
  node.style.left = `${px(clip.start_s)}px`;
  node.style.width = `${Math.max(width - 1, 3)}px`;
  setAttr(node, 'aria-selected', state.selection.includes(clip.id));
  node.toggleAttribute('data-muted', Boolean(clip.mute));
  node.tabIndex = clip.id === selected() ? 0 : -1;
  setAttr(node, 'data-size', width < 40 ? 's' : 'm');
  const shown = stateOf(clip);
  setAttr(node, 'data-state', shown);
  setText(node.children[1], shown === 'rendered' ? '' : LABEL[shown]);
  node.children[2].style.width = `${100 * progressOf(clip)}%`;
  setAttr(node, 'aria-label', `Clip ${clip.name}, ${clock(clip.start_s)} to ${clock(clip.start_s + clip.duration_s)}${clip.mute ? ', muted' : ''}, ${LABEL[shown]}`);
  node.title = `${clip.name}\n${clock(clip.start_s, 2)} – ${clock(clip.start_s + clip.duration_s, 2)}\n${decibels(clip.gain_db)}`;
  setText(node.firstElementChild, clip.name);
  node.querySelector('.fadein').style.left = `${px(clip.fade_in_s)}px`;
  node.querySelector('.fadeout').style.right = `${px(clip.fade_out_s)}px`;
}

function drawLane(row) {
  const lane = lanes().find((one) => one.id === row.dataset.lane);
  const canvas = row.querySelector('.wavecanvas');
  const [width, height] = [viewWidth(), row.clientHeight - 1];
  const ctx = prepared(canvas, width, height);
  if (!ctx || !lane) return;
  const left = scroller().scrollLeft;
  for (const clip of laneClips(lane)) drawClip(ctx, clip, { left, width, height, dim: silent(lane) || clip.heard === false });
}

const LOOP_FADE_S = 0.25; // as the mixer joins the end of a loop to its beginning

// How a clip plays its take between two times, in seconds of the timeline: where the take would begin and how long it
// lasts then, and from when to when it is heard so.
export function passes(clip, { from, to }) {
  const end = clip.start_s + clip.duration_s;
  const left = clip.take.length_s - clip.offset_s;
  const once = (scale) => [{ at: clip.start_s - clip.offset_s * scale, length: clip.take.length_s * scale, from: clip.start_s, to: end }];
  if (clip.fit === 'stretch' && left > 0) return once(clip.duration_s / left);
  if (clip.fit !== 'loop' || left <= 0 || left >= clip.duration_s) return once(1);
  const period = left - Math.min(LOOP_FADE_S, left / 3);
  if (px(period) < 3) return once(clip.duration_s / left); // too narrow to be told apart
  const first = Math.max(Math.floor((from - clip.start_s) / period), 0);
  const found = [];
  for (let at = clip.start_s + first * period; at < Math.min(to, end); at += period) {
    found.push({ at: at - clip.offset_s, length: clip.take.length_s, from: at, to: Math.min(at + period, end) });
  }
  return found;
}

function drawClip(ctx, clip, { left, width, height, dim }) {
  const x0 = px(clip.start_s) - left;
  const x1 = x0 + px(clip.duration_s);
  if (x0 > width || x1 < 0) return;
  const shape = clip.take ? outline(address('takes', clip.take.file), redraw) : null;
  const gain = (x) => fadeGain(clip.fade_in_curve, clip.fade_in_s ? (x - x0) / px(clip.fade_in_s) : 1) * fadeGain(clip.fade_out_curve, clip.fade_out_s ? (x1 - x) / px(clip.fade_out_s) : 1);
  ctx.globalAlpha = dim ? 0.35 : 1;
  ctx.fillStyle = colour('wave3');
  const [top, bottom] = [15, height - 3];
  if (shape) {
    const [begin, end] = [Math.max(x0, 0), Math.min(x1, width)];
    for (const { at, length, from, to } of passes(clip, { from: seconds(left + begin), to: seconds(left + end) })) {
      drawOutline(ctx, shape, { x0: px(at) - left, width: px(length), from: Math.max(px(from) - left, begin), to: Math.min(px(to) - left, end), middle: (top + bottom) / 2, half: (bottom - top) / 2, gain });
    }
  }
  ctx.strokeStyle = colour('soft');
  ctx.beginPath();
  if (clip.fade_in_s) traceFade(ctx, clip.fade_in_curve, { x: x0, width: px(clip.fade_in_s), top, bottom });
  if (clip.fade_out_s) traceFade(ctx, clip.fade_out_curve, { x: x1, width: -px(clip.fade_out_s), top, bottom });
  ctx.stroke();
  ctx.globalAlpha = 1;
}

export function paintLanes() {
  keyed($('.freelanes'), lanes(), buildLane, updateLane, 'laneKey');
  const strip = state.view.story_lane;
  setHidden($('.storyhead .stripbuttons'), !strip);
  setHidden($('.storyhead .gain'), !strip);
  if (!strip) return;
  setAttr($('.storyhead .mute'), 'aria-pressed', strip.mute);
  setAttr($('.storyhead .solo'), 'aria-pressed', strip.solo);
  fill($('.storyhead .gain'), strip.gain_db);
  $('.storyhead').toggleAttribute('data-shown', state.strip === 'story');
}
paintLanes.draw = () => $$('.freelane').forEach(drawLane);

// ---- what the heads do

export const laneAt = (node) => (node.closest('.lanepane') ? state.strip : node.closest('.storyhead') ? 'story' : node.closest('.freelane').dataset.lane);
export const stripOf = (id) => (id === 'story' ? state.view.story_lane : lanes().find((lane) => lane.id === id));

function turn(id, name) {
  const strip = stripOf(id);
  if (strip) send('lane', { id, [name]: !strip[name] });
}

export function startLanes() {
  const group = 'Lanes';
  for (const name of ['mute', 'solo']) {
    action(`lane_${name}`, `${name} lane`, ({ node }) => turn(laneAt(node), name), { edits: true });
  }
  action('lane_add', 'Add a lane', async () => {
    const name = await ask('Add a lane', 'Name', 'Ambience');
    if (name) send('lane_add', { name });
  }, { keys: ['Shift+L'], group });
  action('lane_menu', 'Strip of the lane', ({ node }) => showStrip(laneAt(node)));
  $('.scroller').addEventListener('change', (event) => {
    const field = event.target.closest('[data-lanefield]');
    if (field) send('lane', { id: laneAt(field), [field.dataset.lanefield]: field.value }, { field });
  });
  $('.scroller').addEventListener('click', (event) => {
    const head = event.target.closest('.storyhead, .freelane > .head');
    if (head && !event.target.closest('button, input')) showStrip(laneAt(head));
  });
}

