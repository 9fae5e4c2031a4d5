// The inspector: one event, one clip, what several have in common, or the strip of a lane (lanepane.js). Fields send their own request on change; what the
// server does not offer (a field missing from its view) is not shown.
import { $, address, chosenEvents, clipOf, eventOf, events, onPaint, selected, state } from './state.js';
import { brief, clock, colour, decibels, setAttr, setHidden, setText } from './dom.js';
import { paintLane } from './lanepane.js';
import { fill, send } from './requests.js';
import { paintTakes } from './takes.js';
import { paintBox } from './waves.js';

const pane = () => $('.inspector');
const within = (selector) => pane().querySelector(selector);
const field = (name) => within(`.eventpane [data-field="${name}"]`);

function clearTyped(item) {
  if (pane().dataset.shown === item.id) return;
  pane().querySelectorAll('.invalid').forEach((n) => n.classList.remove('invalid'));
  if (pane().contains(document.activeElement) && document.activeElement.matches('input, textarea, select')) document.activeElement.blur();
  pane().dataset.shown = item.id;
}

function paintEvent(item) {
  setAttr(pane(), 'data-state', item.state);
  setText(within('h2'), `Event ${item.n}`);
  setText(within('.span'), `${clock(item.start_s)} – ${clock(item.end_s)}`);
  setText(within('.why'), item.job && item.job.text ? item.job.text : item.state_text);
  within('[data-act="earlier"]').disabled = item.n === 1;
  within('[data-act="later"]').disabled = item.n === events().length;
  fill(field('caption'), item.caption);
  fill(field('duration'), brief(item.duration_s));
  fill(field('seed'), String(item.seed));
  optional('tone', item.tone);
  optional('steps', item.steps, (value) => (value === null ? '' : String(value)));
  optional('guidance', item.guidance, (value) => (value === null ? '' : brief(value)));
  field('steps').placeholder = String(state.view.settings.steps);
  field('guidance').placeholder = brief(state.view.settings.guidance);
  paintStrip(within('.eventpane .stripfields'), item);
  const lock = within('[data-act="lock"]');
  setHidden(lock, item.locked === undefined);
  setAttr(lock, 'aria-pressed', Boolean(item.locked));
  setText(lock.lastChild, item.locked ? 'Locked' : 'Lock');
  setAttr(within('[data-act="seedlock"]'), 'aria-pressed', Boolean(item.seed_locked));
  within('[data-act="reroll"]').disabled = Boolean(item.seed_locked);
  paintOffered(item);
  paintSeam(item.seam);
  paintEnds(item);
}

// What the loaded model can do beside the usual; where it can't, one line says why.
function paintOffered(item) {
  const can = state.view.capabilities || {};
  setHidden(within('.alone'), !can.alone);
  const alone = within('[data-option="alone"]');
  fill(alone, Boolean(item.alone));
  paintNegative(within('.eventpane .negative'), item);
  const why = [can.alone ? '' : can.alone_why, can.negative ? '' : can.negative_why].filter(Boolean).join(' ');
  setText(within('.offernote'), why);
  setHidden(within('.offernote'), !why);
}

// One that the model can't take is shown all the same, so that it can be cleared.
function paintNegative(label, item) {
  setHidden(label, !(state.view.capabilities && state.view.capabilities.negative) && !item.negative);
  fill(label.querySelector('input'), item.negative);
}

// How the story begins and ends: shown where its first and its last event are.
function paintEnds(item) {
  const ends = state.view.story_lane;
  setHidden(within('[data-seam="in"]'), !ends || item.n !== 1);
  setHidden(within('[data-seam="out"]'), !ends || item.n !== events().length);
  if (ends) paintStoryFades(within('.eventpane'), ends);
}

export function paintStoryFades(box, ends) {
  for (const side of ['in', 'out']) {
    fill(box.querySelector(`[data-storyfade="${side}"]`), brief(ends[`fade_${side}_s`]));
    fill(box.querySelector(`[data-storycurve="${side}"]`), ends[`fade_${side}_curve`]);
  }
}

// Takes of an event or of a clip's sound: the outline of the one that is heard, and the list.
function paintMaterial(item) {
  within('[data-act="play"]').disabled = !item.take;
  paintBox(within('.wavebox canvas'), item.take ? address('takes', item.take.file) : '', colour('wave'));
  setHidden(within('.varying'), !item.take || !(state.view.capabilities && state.view.capabilities.vary));
  paintTakes(within('.takespane'), item);
}

function optional(name, value, shown = (v) => v ?? '') {
  setHidden(field(name).closest('label'), value === undefined);
  if (value !== undefined) fill(field(name), shown(value));
}

export function paintStrip(box, item, fields = 'strip') {
  setHidden(box, item.gain_db === undefined);
  if (item.gain_db === undefined) return;
  fill(box.querySelector(`[data-${fields}="gain"]`), item.gain_db);
  fill(box.querySelector(`[data-${fields}="pan"]`), item.pan);
  setText(box.querySelector('.gainvalue'), decibels(item.gain_db));
  setText(box.querySelector('.panvalue'), panWords(item.pan));
  setAttr(box.querySelector('.mute'), 'aria-pressed', Boolean(item.mute));
  setAttr(box.querySelector('.solo'), 'aria-pressed', Boolean(item.solo));
}

const panWords = (pan) => (Math.abs(pan) < 0.005 ? 'centre' : `${Math.round(Math.abs(pan) * 100)} % ${pan < 0 ? 'left' : 'right'}`);

function paintSeam(seam) {
  setHidden(within('[data-seam="after"]'), !seam);
  const note = within('.seamnote');
  setHidden(note, !seam || seam.effective_s === seam.length_s);
  if (!seam) return;
  fill(field('fade'), brief(seam.length_s));
  fill(field('curve'), seam.curve);
  setText(note, `Shortened to ${brief(seam.effective_s)} s, so that it fits both events.`);
}

function paintClip(clip) {
  setAttr(pane(), 'data-state', 'clip');
  setText(within('h2'), clip.name);
  setText(within('.span'), `${clock(clip.start_s, 2)} – ${clock(clip.start_s + clip.duration_s, 2)}`);
  const values = {
    name: clip.name, start: brief(clip.start_s), duration: brief(clip.duration_s), offset: brief(clip.offset_s),
    fade_in: brief(clip.fade_in_s), fade_out: brief(clip.fade_out_s), fade_in_curve: clip.fade_in_curve, fade_out_curve: clip.fade_out_curve, fit: clip.fit,
  }; // prettier-ignore
  for (const node of pane().querySelectorAll('.clippane [data-clip]')) {
    setHidden(node.closest('label'), values[node.dataset.clip] === undefined);
    if (values[node.dataset.clip] !== undefined) fill(node, values[node.dataset.clip]);
  }
  fill(within('[data-source="caption"]'), clip.caption);
  paintNegative(within('.clippane .negative'), clip);
  paintStrip(within('.clippane .stripfields'), clip);
}

function paintMany() {
  const chosen = chosenEvents();
  setAttr(pane(), 'data-state', 'many');
  setText(within('h2'), `${state.selection.length} selected`);
  const total = state.selection.map((id) => (eventOf(id) || clipOf(id)).duration_s).reduce((a, b) => a + b, 0);
  setText(within('.span'), `${brief(total)} s`);
  setHidden(within('.manypane [data-act="regenerate"]'), !chosen.length);
}

function paintInspector() {
  const lane = state.strip;
  const item = lane ? null : eventOf(selected());
  const clip = lane ? null : clipOf(selected());
  const many = !lane && state.selection.length > 1;
  setHidden(pane(), !item && !clip && !lane);
  if (pane().hidden) return;
  setHidden(within('.eventpane'), many || !item);
  setHidden(within('.buttons.last'), many || !item);
  setHidden(within('.clippane'), many || !clip);
  setHidden(within('.takespane'), many || Boolean(lane));
  setHidden(within('.manypane'), !many);
  setHidden(within('.lanepane'), !lane);
  setHidden(within('.cardhead .play'), many || Boolean(lane));
  setHidden(within('.why'), many || !item);
  clearTyped({ id: lane ? `lane ${lane}` : many ? 'many' : (item || clip).id });
  if (lane) { setAttr(pane(), 'data-state', 'lane'); paintLane(pane(), lane); return; }
  if (many) { paintMany(); return; }
  if (item) paintEvent(item);
  else paintClip(clip);
  paintMaterial(item || clip);
}

// ---- what was typed or chosen: which request a field sends

const requestOf = (node, id) => {
  const { strip, clip, source, storyfade, storycurve, option, field: name } = node.dataset;
  const host = node.closest('[data-event]'); // a line of the table says itself what it is about
  if (strip) return ['set', { ids: [id], [strip]: node.value }];
  if (clip) return ['clip', { id: host ? host.dataset.event : id, [clip]: node.value }];
  if (source) return [source, { id, value: node.value }];
  if (storyfade) return ['story_fade', { side: storyfade, length: node.value }];
  if (storycurve) return ['story_fade', { side: storycurve, curve: node.value }];
  if (option) return ['options', { id, [option]: node.checked }];
  if (name === 'steps' || name === 'guidance') return ['options', { id, [name]: node.value.trim() }];
  if (!name) return null;
  return [name, { id: host ? host.dataset.event : id, value: node.value }];
};

function changed(event) {
  const found = requestOf(event.target, selected());
  if (found) send(...found, { field: event.target });
}

function live(event) {
  const box = event.target.closest('.stripfields');
  const kind = box && (event.target.dataset.strip || event.target.dataset.lanefield);
  if (!kind) return;
  const value = Number(event.target.value);
  if (kind === 'gain') setText(box.querySelector('.gainvalue'), decibels(value));
  else setText(box.querySelector('.panvalue'), panWords(value));
}

export function startInspector() {
  onPaint(paintInspector);
  state.root.addEventListener('change', changed);
  state.root.addEventListener('input', live);
  state.root.addEventListener('dblclick', (event) => { // a slider's middle
    const node = event.target;
    if (!node.matches('input[type="range"]') || node.name === 'strength') return;
    node.value = 0;
    for (const kind of ['input', 'change']) node.dispatchEvent(new Event(kind, { bubbles: true }));
  });
}
