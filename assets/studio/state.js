// What the modules share: the last view, and what this window alone knows (selection, playhead, zoom). The truth about
// the project stays on the server.
export const state = {
  root: null,
  view: null,
  serial: 0,
  selection: [], // ids of events or clips, in the order they were picked; the last one is in the inspector
  lane: 'story',
  strip: null, // whose strip the inspector shows instead of the selection: 'story', the id of a lane, or none
  cursor: 0, // playhead, seconds
  loop: false,
  snap: true,
  preview: null, // what a drag would make of the timeline, until the server has decided
};

export const $ = (selector) => state.root.querySelector(selector);
export const $$ = (selector) => [...state.root.querySelectorAll(selector)];

export const events = () => (state.view && state.view.events) || [];
export const lanes = () => (state.view && state.view.lanes) || [];
export const markers = () => (state.view && state.view.markers) || [];
export const clips = () => lanes().flatMap((lane) => lane.clips);
export const eventOf = (id) => events().find((event) => event.id === id);
export const clipOf = (id) => clips().find((clip) => clip.id === id);
export const laneOf = (clipId) => lanes().find((lane) => lane.clips.some((clip) => clip.id === clipId));
export const itemOf = (id) => eventOf(id) || clipOf(id);
export const selected = () => state.selection[state.selection.length - 1] || null;
export const chosenEvents = () => events().filter((event) => state.selection.includes(event.id));
export const address = (kind, file) => `studio/${state.view.project}/${kind}/${file}`;
export const totalS = () => Math.max(state.view ? state.view.total_s : 0, ...clips().map((clip) => clip.start_s + clip.duration_s), 0);

// ---- painting: modules register what they paint, and ask for it to be done

const painters = [];
export const onPaint = (paint) => painters.push(paint);

export function paint() {
  if (state.view) painters.forEach((one) => one(state.view));
}

// What an edit asked for now is about: runs it later as if selection, lane and playhead still were what they are now.
export function aimed() {
  const { selection, lane, strip, cursor } = state;
  return (edit) => {
    const now = { selection: state.selection, lane: state.lane, strip: state.strip, cursor: state.cursor };
    Object.assign(state, { selection: selection.filter(itemOf), lane, strip, cursor });
    try { edit(); } finally { Object.assign(state, now); }
  };
}

// ---- selection

const pickers = [];
export const onPick = (told) => pickers.push(told);

export function select(ids, { lane } = {}) {
  const before = state.selection.join();
  state.selection = ids.filter((id, at) => ids.indexOf(id) === at && itemOf(id));
  const last = selected();
  state.lane = lane || (last && laneOf(last) ? laneOf(last).id : 'story');
  if (state.selection.join() === before && !state.strip) return;
  state.strip = null;
  paint();
  pickers.forEach((told) => told());
}

// The strip of a lane in the inspector; what is selected stays so.
export function showStrip(id) {
  state.strip = id;
  state.lane = id;
  paint();
}

// Ctrl adds or takes away one, shift takes everything between the anchor and this one on the same lane.
export function pick(id, { add = false, range = false } = {}) {
  const held = state.selection;
  if (add) select(held.includes(id) ? held.filter((other) => other !== id) : [...held, id]);
  else if (range && held.length) select([...between(held[0], id)]);
  else select([id]);
}

function between(from, to) {
  const row = eventOf(to) ? events() : (laneOf(to) || { clips: [] }).clips;
  const [a, b] = [from, to].map((id) => row.findIndex((item) => item.id === id));
  if (a < 0) return [to];
  const ids = row.slice(Math.min(a, b), Math.max(a, b) + 1).map((item) => item.id);
  return a <= b ? ids : ids.reverse();
}

// What was selected may be gone in a new view: its neighbour takes its place.
let lastPlace = 0;
export function keepSelection() {
  state.selection = state.selection.filter(itemOf);
  const row = events();
  if (!state.selection.length && row.length) state.selection = [row[Math.min(lastPlace, row.length - 1)].id];
  const at = row.findIndex((event) => event.id === selected());
  if (at >= 0) lastPlace = at;
  if (state.lane !== 'story' && !lanes().some((lane) => lane.id === state.lane)) state.lane = 'story';
  if (state.strip && state.strip !== 'story' && !lanes().some((lane) => lane.id === state.strip)) state.strip = null;
}
