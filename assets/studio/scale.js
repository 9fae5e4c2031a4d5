// Seconds to pixels and back: zoom, scroll, fit, snap. Knows the scroller and the head column, not what lies in them.
import { $, clips, events, markers, paint, state, totalS } from './state.js';
import { action } from './actions.js';

const MAX_PPS = 2_000;
const NEAR_PX = 8;
const ROOM_PX = 24; // after the end, so that the last edge can be taken hold of
const STEPS_S = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_200];

let pps = 40;
let fitted = true;

export const scroller = () => $('.scroller');
export const headWidth = () => parseFloat(getComputedStyle(state.root).getPropertyValue('--head')) || 120;
export const viewWidth = () => Math.max(scroller().clientWidth - headWidth(), 50);
export const px = (seconds) => seconds * pps;
export const seconds = (pixels) => pixels / pps;
export const worldWidth = () => Math.max(px(totalS()) + (fitted ? 0 : ROOM_PX * 4), viewWidth());
export const pixelsPerSecond = () => pps;
export const isFitted = () => fitted;

const fitting = () => (viewWidth() - ROOM_PX) / Math.max(totalS(), 0.5);

// Called before each painting: while the view is fitted it stays so, whatever the length becomes.
export function settle() {
  if (fitted) pps = fitting();
  pps = Math.min(Math.max(pps, fitting() / 4), MAX_PPS);
}

export const timeAt = (clientX) => {
  const box = scroller().getBoundingClientRect();
  return Math.max(seconds(clientX - box.left - headWidth() + scroller().scrollLeft), 0);
};

// Zoom by `factor`, keeping what is under clientX (or under the playhead, else the middle) where it is.
export function zoom(factor, clientX) {
  const box = scroller().getBoundingClientRect();
  let at = clientX === undefined ? px(state.cursor) - scroller().scrollLeft : clientX - box.left - headWidth();
  if (at < 0 || at > viewWidth()) at = viewWidth() / 2;
  const time = seconds(at + scroller().scrollLeft);
  fitted = false;
  pps = Math.min(Math.max(pps * factor, fitting()), MAX_PPS);
  if (pps <= fitting() * 1.001) fitted = true;
  paint();
  scroller().scrollLeft = px(time) - at;
}

export function fit() {
  fitted = true;
  paint();
  scroller().scrollLeft = 0;
}

// Scroll only when a time is out of sight; a page at a time while playing, so that the eye can rest.
export function reveal(time, { page = false } = {}) {
  const left = scroller().scrollLeft;
  const at = px(time);
  if (at >= left && at <= left + viewWidth()) return;
  scroller().scrollLeft = page && at > left ? at - 20 : at - viewWidth() / 3;
}

export function rulerStep() {
  return STEPS_S.find((step) => step * pps >= 64) || STEPS_S[STEPS_S.length - 1];
}

// The nearest edge, marker, playhead or line of the ruler within a few pixels; the time itself where there is none.
export function snapped(time, { without = [] } = {}) {
  if (!state.snap) return Math.round(time * 1000) / 1000;
  const step = rulerStep() / 5;
  const places = [Math.round(time / step) * step, state.cursor, ...markers().map((marker) => marker.at_s)];
  const edges = [...events().map((e) => [e.id, e.start_s, e.end_s]), ...clips().map((c) => [c.id, c.start_s, c.start_s + c.duration_s])];
  edges.filter(([id]) => !without.includes(id)).forEach(([, start, end]) => places.push(start, end));
  let best = time;
  let distance = NEAR_PX;
  for (const place of places) {
    const gap = Math.abs(px(place - time));
    if (gap < distance) { distance = gap; best = place; }
  }
  return Math.round(best * 1000) / 1000;
}

export function startScale() {
  scroller().addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 240), event.clientX);
  }, { passive: false });
  action('zoomin', 'Zoom in', () => zoom(1.5), { keys: ['+', '='], group: 'Timeline' });
  action('zoomout', 'Zoom out', () => zoom(1 / 1.5), { keys: ['-'], group: 'Timeline' });
  action('fit', 'Fit to the window', fit, { keys: ['0'], group: 'Timeline' });
  action('snap', 'Snap on or off', () => { state.snap = !state.snap; paint(); }, { keys: ['N'], group: 'Timeline' });
}
