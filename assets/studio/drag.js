// Drags on the timeline. While one is under way the page only shows what it would make; the server decides on the drop.
// Escape, or losing the pointer, puts everything back.
import { $, clipOf, eventOf, events, laneOf, markers, paint, pick, select, state } from './state.js';
import { brief, clock } from './dom.js';
import { scroller, snapped, timeAt } from './scale.js';
import { send } from './requests.js';
import { focusBlock } from './timeline.js';
import { seek } from './player.js';

const THRESHOLD_PX = 4;
const MIN_S = 0.1;
let drag = null;

const round = (value) => Math.round(value * 1000) / 1000;
const shown = (preview) => { state.preview = { ...preview, dragging: true }; paint(); };

// ---- what can be dragged: start -> what is remembered; move -> preview and a word; drop -> the request

const KINDS = {
  ruler: {
    move: (d, time) => { seek(snapped(time)); },
  },
  edge: {
    move: (d, time) => {
      const item = eventOf(d.id);
      d.value = Math.max(round(snapped(time, { without: [d.id] }) - item.start_s), MIN_S);
      shown({ durations: { [d.id]: d.value } });
      return `${brief(d.value)} s`;
    },
    drop: (d) => send('duration', { id: d.id, value: d.value }),
  },
  seam: {
    start: (d) => { d.into = eventOf(d.id); d.id = events()[d.into.n - 2].id; },
    move: (d, time) => {
      const longest = Math.min(eventOf(d.id).duration_s, d.into.duration_s);
      d.value = Math.min(Math.max(round(snapped(time) - d.into.start_s), 0), round(longest));
      shown({ fades: { [d.id]: d.value } });
      return `crossfade ${brief(d.value)} s`;
    },
    drop: (d) => send('fade', { id: d.id, value: d.value }),
  },
  storyin: {
    move: (d, time) => {
      const item = eventOf(d.id);
      d.value = Math.min(Math.max(round(state.view.story_lane.fade_in_s + time - d.from), 0), item.duration_s);
      shown({ opens: d.value });
      return `fade in ${brief(d.value)} s`;
    },
    drop: (d) => send('story_fade', { side: 'in', length: d.value }),
  },
  storyout: {
    move: (d, time) => {
      const item = eventOf(d.id);
      d.value = Math.min(Math.max(round(state.view.story_lane.fade_out_s - time + d.from), 0), item.duration_s);
      shown({ closes: d.value });
      return `fade out ${brief(d.value)} s`;
    },
    drop: (d) => send('story_fade', { side: 'out', length: d.value }),
  },
  event: {
    move: (d, time) => {
      const item = eventOf(d.id);
      const others = events().filter((event) => event.id !== d.id);
      const middle = time - d.grabbed + item.duration_s / 2;
      let at = 0;
      let sum = 0;
      for (const other of others) { if (middle > sum + other.duration_s / 2) at += 1; sum += other.duration_s; }
      d.value = at;
      const order = others.map((event) => event.id);
      order.splice(at, 0, d.id);
      shown({ order });
      return `place ${at + 1}`;
    },
    drop: (d) => (d.value === eventOf(d.id).n - 1 ? false : send('move', { id: d.id, to: d.value })),
  },
  clip: {
    move: (d, time, event) => {
      const clip = clipOf(d.id);
      const raw = Math.max(time - d.grabbed, 0);
      const [begin, end] = [snapped(raw, { without: [d.id] }), snapped(raw + clip.duration_s, { without: [d.id] }) - clip.duration_s];
      const start = Math.max(Math.abs(begin - raw) > 1e-9 || Math.abs(end - raw) < 1e-9 ? begin : end, 0);
      const over = document.elementsFromPoint(event.clientX, event.clientY).map((n) => n.closest('.freelane')).find(Boolean);
      d.value = { start_s: round(start), lane: over ? over.dataset.lane : laneOf(d.id).id };
      shown({ clip: { id: d.id, ...d.value } });
      return clock(start, 2);
    },
    drop: (d) => send('clip_move', { id: d.id, lane: d.value.lane, start: d.value.start_s }),
  },
  clipend: {
    move: (d, time) => {
      const clip = clipOf(d.id);
      d.value = Math.max(round(snapped(time, { without: [d.id] }) - clip.start_s), 0.01);
      shown({ clip: { id: d.id, duration_s: d.value } });
      return `${brief(d.value)} s`;
    },
    drop: (d) => send('clip', { id: d.id, duration: d.value }),
  },
  clipstart: {
    move: (d, time) => {
      const clip = clipOf(d.id);
      const end = clip.start_s + clip.duration_s;
      const start = Math.min(Math.max(snapped(time, { without: [d.id] }), clip.start_s - clip.offset_s, 0), end - 0.01);
      d.value = { start: round(start), duration: round(end - start), offset: round(Math.max(clip.offset_s + start - clip.start_s, 0)) };
      shown({ clip: { id: d.id, start_s: d.value.start, duration_s: d.value.duration, offset_s: d.value.offset } });
      return `${brief(d.value.duration)} s`;
    },
    drop: (d) => send('clip', { id: d.id, ...d.value }),
  },
  fadein: {
    move: (d, time) => {
      const clip = clipOf(d.id);
      d.value = Math.min(Math.max(round(clip.fade_in_s + time - d.from), 0), clip.duration_s - clip.fade_out_s);
      shown({ clip: { id: d.id, fade_in_s: d.value } });
      return `fade in ${brief(d.value)} s`;
    },
    drop: (d) => send('clip', { id: d.id, fade_in: d.value }),
  },
  fadeout: {
    move: (d, time) => {
      const clip = clipOf(d.id);
      d.value = Math.min(Math.max(round(clip.fade_out_s - time + d.from), 0), clip.duration_s - clip.fade_in_s);
      shown({ clip: { id: d.id, fade_out_s: d.value } });
      return `fade out ${brief(d.value)} s`;
    },
    drop: (d) => send('clip', { id: d.id, fade_out: d.value }),
  },
  marker: {
    move: (d, time) => {
      d.value = Math.max(snapped(time), 0);
      shown({ marker: { id: d.id, at: d.value } });
      return clock(d.value, 2);
    },
    drop: (d) => send('marker', { id: d.id, at: d.value }),
  },
};

function under(event) {
  const grip = event.target.closest('[data-grip]');
  const block = event.target.closest('.ev, .clip');
  const flag = event.target.closest('.flag');
  if (flag) return { kind: 'marker', id: flag.dataset.marker, node: flag };
  if (grip && block) return { kind: grip.dataset.grip, id: block.dataset.event, node: block };
  if (block) return { kind: block.classList.contains('ev') ? 'event' : 'clip', id: block.dataset.event, node: block };
  if (event.target.closest('.rulerbar')) return { kind: 'ruler', node: $('.rulerbar') };
  return null;
}

function down(event) {
  if (event.button !== 0 || drag) return;
  const found = under(event);
  if (!found) {
    if (event.target.closest('.track')) seek(snapped(timeAt(event.clientX)));
    return;
  }
  drag = { ...found, from: timeAt(event.clientX), x: event.clientX, y: event.clientY, pointer: event.pointerId, live: found.kind === 'ruler' };
  const item = eventOf(found.id) || clipOf(found.id);
  if (item) {
    drag.grabbed = timeAt(event.clientX) - item.start_s;
    const many = event.shiftKey || event.ctrlKey || event.metaKey;
    if (many) pick(found.id, { add: !event.shiftKey, range: event.shiftKey });
    else if (!state.selection.includes(found.id)) select([found.id]);
    else drag.collapse = true; // a click on one of several selects it alone, a drag does not
    focusBlock(found.id);
  }
  if (KINDS[drag.kind].start) KINDS[drag.kind].start(drag);
  if (drag.live) KINDS.ruler.move(drag, timeAt(event.clientX));
}

function move(event) {
  if (!drag || event.pointerId !== drag.pointer) return;
  if (!drag.live && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < THRESHOLD_PX) return;
  if (gone()) { cancel(); return; }
  if (!drag.held) {
    drag.held = true;
    drag.live = true;
    scroller().setPointerCapture(event.pointerId);
    state.root.dataset.drag = drag.kind;
  }
  edgeScroll(event);
  const word = KINDS[drag.kind].move(drag, timeAt(event.clientX), event);
  bubble(word, event);
}

// A view that came meanwhile may have taken away what is being dragged.
const gone = () => drag.id && !(eventOf(drag.id) || clipOf(drag.id) || markers().some((m) => m.id === drag.id));

function edgeScroll(event) {
  const box = scroller().getBoundingClientRect();
  if (event.clientX > box.right - 24) scroller().scrollLeft += 14;
  else if (scroller().scrollLeft > 0 && event.clientX < box.left + 150) scroller().scrollLeft -= 14;
}

function bubble(word, event) {
  const node = $('.bubble');
  node.hidden = !word;
  if (!word) return;
  node.textContent = word;
  node.style.left = `${Math.min(event.clientX + 12, window.innerWidth - 120)}px`;
  node.style.top = `${event.clientY - 30}px`;
}

function up(event) {
  if (!drag || event.pointerId !== drag.pointer) return;
  const done = drag;
  const { drop } = KINDS[done.kind];
  const acts = done.live && done.kind !== 'ruler' && drop && !gone();
  drag = null;
  settleDown();
  if (acts) {
    if (state.preview) state.preview.dragging = false; // stays on screen until the answer
    if (drop(done) === false) { state.preview = null; paint(); }
  } else if (done.collapse) select([done.id]);
}

function settleDown() {
  delete state.root.dataset.drag;
  $('.bubble').hidden = true;
}

export const dragging = () => Boolean(drag && drag.live);

export function cancel() {
  if (!drag) return;
  const { pointer } = drag;
  drag = null;
  settleDown();
  state.preview = null;
  if (scroller().hasPointerCapture(pointer)) scroller().releasePointerCapture(pointer);
  paint();
}

export function startDrag() {
  const area = scroller();
  area.addEventListener('pointerdown', down);
  area.addEventListener('pointermove', move);
  area.addEventListener('pointerup', up);
  area.addEventListener('pointercancel', cancel);
  area.addEventListener('lostpointercapture', () => { if (drag && drag.held) cancel(); });
  window.addEventListener('blur', cancel);
}

