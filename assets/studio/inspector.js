// The inspector: one event, one clip, or what several have in common. Fields send their own request on change; what the
// server does not offer (a field missing from its view) is not shown.
import { $, $$, address, chosenEvents, clipOf, eventOf, events, laneOf, onPaint, selected, state } from './state.js';
import { brief, clock, colour, decibels, setAttr, setHidden, setText } from './dom.js';
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
  within('[data-act="play"]').disabled = !item.take;
    within('[data-act="earlier"]').disabled = item.n === 1;
  within('[data-act="later"]').disabled = item.n === events().length;
  paintBox(within('.wavebox canvas'), item.take ? address('takes', item.take.file) : '', colour('wave'));
  fill(field('caption'), item.caption);
  fill(field('duration'), brief(item.duration_s));
  fill(field('seed'), String(item.seed));
  optional('tone', item.tone);
  optional('negative', item.negative);
  optional('steps', item.steps, (value) => (value === null ? '' : String(value)));
  optional('guidance', item.guidance, (value) => (value === null ? '' : brief(value)));
  field('steps').placeholder = String(state.view.settings.steps);
  field('guidance').placeholder = brief(state.view.settings.guidance);
  paintStrip(within('.eventpane .stripfields'), item);
  const lock = within('[data-act="lock"]');
  setHidden(lock, item.locked === undefined);
  setAttr(lock, 'aria-pressed', Boolean(item.locked));
  setText(lock.lastChild, item.locked ? 'Locked' : 'Lock');
  paintSeam(item.seam);
  setHidden(within('.varying'), !item.take || !(state.view.capabilities && state.view.capabilities.vary));
  paintTakes(within('.takes'), item);
}

function optional(name, value, shown = (v) => v ?? '') {
  setHidden(field(name).closest('label'), value === undefined);
  if (value !== undefined) fill(field(name), shown(value));
}

function paintStrip(box, item) {
  setHidden(box, item.gain_db === undefined);
  if (item.gain_db === undefined) return;
  fill(box.querySelector('[data-strip="gain"]'), item.gain_db);
  fill(box.querySelector('[data-strip="pan"]'), item.pan);
  setText(box.querySelector('.gainvalue'), decibels(item.gain_db));
  setText(box.querySelector('.panvalue'), panWords(item.pan));
  setAttr(box.querySelector('[data-act="item_mute"]'), 'aria-pressed', Boolean(item.mute));
  setAttr(box.querySelector('[data-act="item_solo"]'), 'aria-pressed', Boolean(item.solo));
}

const panWords = (pan) => (Math.abs(pan) < 0.005 ? 'centre' : `${Math.round(Math.abs(pan) * 100)} % ${pan < 0 ? 'left' : 'right'}`);

function paintSeam(seam) {
  setHidden(within('.seam'), !seam);
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
  setText(within('.span'), `${laneOf(clip.id).name}, ${clock(clip.start_s, 2)} – ${clock(clip.start_s + clip.duration_s, 2)}`);
  const values = {
    name: clip.name, start: brief(clip.start_s), duration: brief(clip.duration_s), offset: brief(clip.offset_s),
    fade_in: brief(clip.fade_in_s), fade_out: brief(clip.fade_out_s), fade_in_curve: clip.fade_in_curve, fade_out_curve: clip.fade_out_curve, fit: clip.fit,
  }; // prettier-ignore
  for (const node of pane().querySelectorAll('.clippane [data-clip]')) {
    setHidden(node.closest('label'), values[node.dataset.clip] === undefined);
    if (values[node.dataset.clip] !== undefined) fill(node, values[node.dataset.clip]);
  }
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
  const item = eventOf(selected());
  const clip = clipOf(selected());
  const many = state.selection.length > 1;
  setHidden(pane(), !item && !clip);
  if (!item && !clip) return;
  setHidden(within('.eventpane'), many || !item);
  setHidden(within('.clippane'), many || !clip);
  setHidden(within('.manypane'), !many);
  setHidden(within('.cardhead .play'), many || !item);
  setHidden(within('.why'), many || !item);
  clearTyped(many ? { id: 'many' } : item || clip);
  if (many) paintMany();
  else if (item) paintEvent(item);
  else paintClip(clip);
}

// ---- what was typed or chosen

function changed(event) {
  const node = event.target;
  const id = selected();
  if (node.dataset.strip) {
    send('set', { ids: [id], [node.dataset.strip]: node.value }, { field: node });
  } else if (node.dataset.clip) {
    send('clip', { id, [node.dataset.clip]: node.value }, { field: node });
  } else if (node.dataset.field === 'steps' || node.dataset.field === 'guidance') {
    send('options', { id, [node.dataset.field]: node.value.trim() }, { field: node });
  } else if (node.dataset.field) {
    const host = node.closest('[data-event]');
    send(node.dataset.field, { id: host ? host.dataset.event : id, value: node.value }, { field: node });
  }
}

function live(event) {
  const box = event.target.closest('.stripfields');
  if (!box || !event.target.dataset.strip) return;
  const value = Number(event.target.value);
  if (event.target.dataset.strip === 'gain') setText(box.querySelector('.gainvalue'), decibels(value));
  else setText(box.querySelector('.panvalue'), panWords(value));
}

export function startInspector() {
  onPaint(paintInspector);
  state.root.addEventListener('change', changed);
  state.root.addEventListener('input', live);
  $$('.stripfields [data-strip="pan"], .stripfields [data-strip="gain"]').forEach((node) => {
    node.addEventListener('dblclick', () => { node.value = 0; node.dispatchEvent(new Event('change', { bubbles: true })); });
  });
}
