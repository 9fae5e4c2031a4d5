// The timeline: ruler, story lane, free lanes, playhead. Blocks are nodes (they can be focused and named); waveforms
// and the ruler are canvases as wide as the window, drawn for what is in sight.
import { $, $$, address, events, lanes, markers, onPaint, paint, state } from './state.js';
import { clock, colour, frame, keyed, make, setAttr, setHidden, setText } from './dom.js';
import { headWidth, px, rulerStep, scroller, seconds, settle, viewWidth, worldWidth } from './scale.js';
import { drawOutline, outline, prepared } from './waves.js';
import { paintLanes } from './lanes.js';
import { drawMix } from './mix.js';
import { LABEL, progressOf, stateOf } from './queue.js';

const DEPTH = 100;
const RISES = { // the mixer's formulas
  equal_power: (u) => Math.sin((u * Math.PI) / 2),
  linear: (u) => u,
  s_curve: (u) => Math.sin((u * Math.PI) / 2) ** 2,
  exponential: (u) => (DEPTH ** u - 1) / (DEPTH - 1),
  logarithmic: (u) => Math.log(1 + (DEPTH - 1) * u) / Math.log(DEPTH),
}; // prettier-ignore

// How loud a fade is at u from 0 (begins) to 1 (is over).
export const fadeGain = (curve, u) => RISES[curve](Math.min(Math.max(u, 0), 1));

// The line of a fade over `width` pixels from x: rising, or falling where the width is negative.
export function traceFade(ctx, curve, { x, width, top, bottom }) {
  for (let step = 0; step <= 16; step += 1) {
    ctx[step ? 'lineTo' : 'moveTo'](x + (width * step) / 16, bottom - (bottom - top) * fadeGain(curve, step / 16));
  }
}

// The story lane as it is, or as the drag under way would make it: [{item, start, length, fadeIn, fadeOut}],
// with `opens` where the story fades in and `closes` where it fades out, in seconds.
export function storyLayout() {
  const preview = state.preview || {};
  const row = preview.order ? preview.order.map((id) => events().find((e) => e.id === id)).filter(Boolean) : events();
  let at = 0;
  const placed = row.map((item) => {
    const length = preview.durations && item.id in preview.durations ? preview.durations[item.id] : item.duration_s;
    const start = at;
    at += length;
    const fadeOut = preview.fades && item.id in preview.fades ? preview.fades[item.id] : item.seam ? item.seam.effective_s : 0;
    return { item, start, length, fadeOut: preview.order ? 0 : fadeOut };
  });
  placed.forEach((one, index) => { one.fadeIn = index ? placed[index - 1].fadeOut : 0; one.before = index ? placed[index - 1].item : null; });
  const ends = state.view.story_lane;
  if (ends && placed.length) {
    placed[0].opens = preview.opens ?? ends.fade_in_s;
    placed[placed.length - 1].closes = preview.closes ?? ends.fade_out_s;
  }
  return placed;
}

function buildBlock() {
  const block = make('div', 'ev');
  setAttr(block, 'role', 'option');
  block.append(make('b', 'name'), make('span', 'when'), make('span', 'tag'), make('i', 'done'));
  const seam = make('i', 'grip seamgrip');
  seam.dataset.grip = 'seam';
  seam.title = 'Drag to change the crossfade';
  const edge = make('i', 'grip edgegrip');
  edge.dataset.grip = 'edge';
  edge.title = 'Drag to change the duration';
  block.append(seam, edge);
  for (const [kind, name, title] of [['storyin', 'fadein', 'Drag to fade the story in'], ['storyout', 'fadeout', 'Drag to fade the story out']]) {
    const grip = make('i', `grip ${name}`);
    grip.dataset.grip = kind;
    grip.title = title;
    block.append(grip);
  }
  return block;
}

function updateBlock(block, { item, start, length, fadeIn, opens, closes }) {
  const width = px(length);
  block.style.transform = '';
  block.style.left = `${px(start)}px`;
  block.style.width = `${Math.max(width - 1, 2)}px`;
  const shown = stateOf(item);
  setAttr(block, 'data-state', shown);
  setAttr(block, 'data-size', width < 26 ? 'xs' : width < 74 ? 's' : 'm');
  setAttr(block, 'aria-selected', state.selection.includes(item.id));
  block.toggleAttribute('data-locked', Boolean(item.locked));
  block.toggleAttribute('data-muted', item.heard === false);
  block.tabIndex = item.id === state.selection[state.selection.length - 1] ? 0 : -1;
  const words = (item.job && item.job.text ? `${LABEL[shown]}: ${item.job.text}` : item.state_text) + (item.locked ? ', locked' : '');
  setAttr(block, 'aria-label', `Event ${item.n}: ${item.caption}, ${clock(start)} to ${clock(start + length)}, ${words}`);
  block.title = `${item.n}. ${item.caption}\n${clock(start)} – ${clock(start + length)}\n${words}`;
  const [name, when, tag, done, seam, , open, close] = block.children;
  setText(name, `${item.n}  ${item.caption}`);
  setText(when, `${clock(start)} – ${clock(start + length)}`);
  setText(tag, shown === 'rendered' ? '' : shown === 'rendering' && item.job && item.job.steps ? `step ${item.job.step} of ${item.job.steps}` : LABEL[shown]);
  done.style.width = `${100 * progressOf(item)}%`;
  setHidden(seam, item.n === 1);
  seam.style.left = `${Math.min(px(fadeIn), Math.max(width - 8, 0))}px`;
  setHidden(open, opens === undefined);
  setHidden(close, closes === undefined);
  open.style.left = `${px(opens || 0)}px`;
  close.style.right = `${px(closes || 0)}px`;
}

// ---- canvases

const story = { canvas: null };

function drawStory() {
  const lane = $('.storylane');
  if (!lane || !state.view) return;
  const [width, height] = [viewWidth(), lane.clientHeight];
  const ctx = prepared(story.canvas, width, height);
  if (!ctx) return;
  const left = scroller().scrollLeft;
  for (const one of storyLayout()) {
    const x0 = px(one.start) - left;
    if (x0 > width || x0 + px(one.length + one.fadeOut) < 0) continue;
    drawEvent(ctx, one, { x0, width, height });
    if (one.fadeIn) drawSeam(ctx, one, { x0, height });
    drawEnds(ctx, one, { x0, height });
  }
}

function drawEvent(ctx, one, { x0, width, height }) {
  const take = one.item.take;
  const shape = take ? outline(address('takes', take.file), redraw) : null;
  if (!shape) return;
  const end = x0 + px(one.length + one.fadeOut);
  const curveIn = one.before && one.before.seam ? one.before.seam.curve : 'equal_power';
  const curveOut = one.item.seam ? one.item.seam.curve : 'equal_power';
  const ends = state.view.story_lane || {};
  const rises = [[curveIn, x0, px(one.fadeIn), 1], [curveOut, end, px(one.fadeOut), -1], [ends.fade_in_curve, x0, px(one.opens || 0), 1], [ends.fade_out_curve, end, px(one.closes || 0), -1]].filter(([, , width]) => width > 0);
  const gain = (x) => rises.reduce((all, [curve, from, width, way]) => all * fadeGain(curve, (way * (x - from)) / width), 1);
  ctx.globalAlpha = one.item.state === 'stale' || one.item.heard === false ? 0.42 : 1;
  ctx.fillStyle = colour(one.item.n % 2 ? 'wave' : 'wave2');
  const top = 34;
  drawOutline(ctx, shape, { x0, width: px(take.length_s), from: 0, to: Math.min(width, end), middle: (top + height - 4) / 2, half: (height - 4 - top) / 2, gain });
  ctx.globalAlpha = 1;
}

function drawSeam(ctx, one, { x0, height }) {
  const width = px(one.fadeIn);
  if (width < 3) return;
  const [top, bottom] = [34, height - 4];
  const curve = one.before.seam ? one.before.seam.curve : 'equal_power';
  ctx.strokeStyle = colour('soft');
  ctx.globalAlpha = 0.8;
  ctx.beginPath();
  traceFade(ctx, curve, { x: x0, width, top, bottom });
  traceFade(ctx, curve, { x: x0 + width, width: -width, top, bottom });
  ctx.stroke();
  ctx.globalAlpha = 1;
}

// How the story fades in and out: one line each, as on clips.
function drawEnds(ctx, one, { x0, height }) {
  const [top, bottom, x1] = [34, height - 4, x0 + px(one.length)];
  const ends = state.view.story_lane;
  ctx.strokeStyle = colour('soft');
  ctx.beginPath();
  if (one.opens) traceFade(ctx, ends.fade_in_curve, { x: x0, width: px(one.opens), top, bottom });
  if (one.closes) traceFade(ctx, ends.fade_out_curve, { x: x1, width: -px(one.closes), top, bottom });
  ctx.stroke();
}

function drawRuler() {
  const canvas = $('.rulercanvas');
  const [width, height] = [viewWidth(), 22];
  const ctx = prepared(canvas, width, height);
  if (!ctx) return;
  const left = scroller().scrollLeft;
  const step = rulerStep();
  const minor = step / 5;
  ctx.font = '10.5px "IBM Plex Mono", monospace';
  for (let index = Math.floor(seconds(left) / minor); index * minor <= seconds(left + width); index += 1) {
    const x = Math.round(px(index * minor) - left) + 0.5;
    const major = index % 5 === 0;
    ctx.strokeStyle = colour('line');
    ctx.beginPath();
    ctx.moveTo(x, major ? 6 : 17);
    ctx.lineTo(x, height);
    ctx.stroke();
    ctx.fillStyle = colour('soft');
    if (major) ctx.fillText(clock(index * minor, step < 0.1 ? 2 : step < 1 ? 1 : 0), x + 4, 13);
  }
}

export const redraw = frame(() => {
  if (!state.view) return;
  drawRuler();
  drawStory();
  paintLanes.draw();
  drawMix();
});

// ---- the whole

function paintMarkers() {
  keyed($('.markers'), markers(), () => {
    const flag = make('button', 'flag');
    flag.type = 'button';
    return flag;
  }, (flag, marker) => {
    const moved = state.preview && state.preview.marker && state.preview.marker.id === marker.id;
    flag.style.left = `${px(moved ? state.preview.marker.at : marker.at_s)}px`;
    setText(flag, marker.name);
    flag.title = `${marker.name}, ${clock(marker.at_s)}: drag to move, double-click to rename, Delete to remove`;
  }, 'marker');
}

export function paintCursor() {
  const head = $('.playhead');
  head.style.transform = `translateX(${px(state.cursor)}px)`;
  setText($('.clock'), clock(state.cursor, 2));
  setAttr($('.rulerbar'), 'aria-valuenow', Math.round(state.cursor * 1000) / 1000);
  setAttr($('.rulerbar'), 'aria-valuetext', clock(state.cursor, 2));
}

function paintTimeline(view) {
  setAttr(state.root, 'data-empty', !view.events.length && !lanes().length);
  settle();
  const world = $('.world');
  world.style.width = `${worldWidth() + headWidth()}px`;
  world.style.setProperty('--world', `${worldWidth()}px`);
  setText($('.total'), view.total_text);
  setAttr($('.total'), 'data-exact', view.total_s === view.requested_s);
  setText($('.summary'), view.summary);
  setAttr($('.rulerbar'), 'aria-valuemax', view.total_s);
  keyed($('.strip'), storyLayout().map((one) => ({ ...one, id: one.item.id })), buildBlock, updateBlock);
  $('[data-act="snap"]').setAttribute('aria-pressed', state.snap);
  paintMarkers();
  paintLanes();
  paintCursor();
  redraw();
}

export function startTimeline() {
  story.canvas = $('.storylane .wavecanvas');
  scroller().addEventListener('scroll', redraw, { passive: true });
  new ResizeObserver(() => paint()).observe(scroller());
  onPaint(paintTimeline);
}

export const focusBlock = (id) => {
  const node = $$('.ev, .clip').find((block) => block.dataset.event === id);
  if (node) node.focus({ preventScroll: true });
};

