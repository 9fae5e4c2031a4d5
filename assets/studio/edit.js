// Edits of the selection: what buttons and keys ask of the server. One action is one request, hence one step of undo.
import { $, chosenEvents, clipOf, clips, eventOf, events, lanes, laneOf, markers, onPaint, pick, select, selected, state } from './state.js';
import { action } from './actions.js';
import { setAttr, setHidden } from './dom.js';
import { inTurn, say, send } from './requests.js';
import { reveal } from './scale.js';
import { focusBlock } from './timeline.js';
import { ask } from './dialogs.js';

const NUDGE_S = 0.01;
const FRAME_S = 1 / 25;
const round = (value) => Math.round(value * 1000) / 1000;
const need = (ids, run) => (ids.length ? run(ids) : say('select an event or a clip first'));

// ---- moving the selection

function step(by, range) {
  const clip = clipOf(selected());
  const row = clip ? laneOf(clip.id).clips : events();
  const at = row.findIndex((item) => item.id === selected());
  const next = row[Math.min(Math.max(at + by, 0), row.length - 1)];
  if (!next) return;
  pick(next.id, { range });
  reveal(next.start_s);
  focusBlock(next.id);
}

function changeLane(by) {
  const rows = [{ id: 'story', clips: events() }, ...lanes()];
  const at = rows.findIndex((row) => row.id === state.lane);
  const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  const from = eventOf(selected()) || clipOf(selected());
  const time = from ? from.start_s : state.cursor;
  const nearest = [...next.clips].sort((a, b) => Math.abs(a.start_s - time) - Math.abs(b.start_s - time))[0];
  if (nearest) { select([nearest.id], { lane: next.id }); focusBlock(nearest.id); }
}

// ---- trims: the playhead becomes an edge

function trim(edge) {
  const clip = clipOf(selected());
  const item = clip || eventOf(selected());
  const at = state.cursor;
  if (!item || at <= item.start_s || at >= item.start_s + item.duration_s) {
    say('put the playhead inside the selected event first');
    return;
  }
  const head = round(at - item.start_s);
  if (edge === 'end') send(clip ? 'clip' : 'duration', clip ? { id: clip.id, duration: head } : { id: item.id, value: head });
  else if (clip) send('clip', { id: clip.id, start: round(at), duration: round(clip.duration_s - head), offset: round(clip.offset_s + head) });
  else send('duration', { id: item.id, value: round(item.duration_s - head) });
}

function split() {
  const inside = [...events(), ...clips()].filter((i) => state.selection.includes(i.id) && state.cursor > i.start_s && state.cursor < i.start_s + i.duration_s);
  send('split_at', { ids: inside.map((item) => item.id), at: round(state.cursor) });
}

function copyToLane() {
  const item = eventOf(selected());
  if (!item || !item.take) { say('select an event that is rendered first'); return; }
  const lane = lanes().find((one) => one.id === state.lane) || lanes()[lanes().length - 1];
  send('clip_add', { lane: lane ? lane.id : '', start: round(state.cursor), event: item.id, take: item.take.id });
}

async function addClip() {
  const form = { caption: await ask('A sound in a free lane', 'What is heard', '', { submit: 'Next' }) };
  if (!form.caption) return;
  form.duration = await ask('A sound in a free lane', 'Seconds', '5');
  if (form.duration) inTurn(() => send('clip_add', { lane: state.lane === 'story' ? (lanes()[0] || { id: '' }).id : state.lane, start: round(state.cursor), ...form }));
}

// ---- markers

function addMarker() {
  const at = round(state.cursor);
  const near = markers().find((marker) => Math.abs(marker.at_s - at) < 0.005);
  if (near) renameMarker(near.id);
  else send('marker_add', { at, name: `Marker ${markers().length + 1}` });
}

async function renameMarker(id) {
  const marker = markers().find((one) => one.id === id);
  const name = await ask('Marker', 'Name', marker.name, { danger: 'Remove this marker' });
  if (name === false) send('marker_remove', { id });
  else if (name) send('marker', { id, name });
}

// A marker that the key was pressed on, else the selection.
function remove({ event }) {
  const { marker } = event.target.dataset || {};
  if (marker) send('marker_remove', { id: marker });
  else need(state.selection, (ids) => send('remove', { ids }));
}

// ---- painting what depends on the history

function paintHistory(view) {
  const history = view.history;
  for (const name of ['undo', 'redo']) {
    const node = $(`[data-act="${name}"]`);
    setHidden(node, !history);
    if (!history) continue;
    node.disabled = !history[name];
    const words = history[name] ? `${name === 'undo' ? 'Undo' : 'Redo'}: ${history[name]}` : `Nothing to ${name}`;
    setAttr(node, 'title', words);
    setAttr(node, 'aria-label', words);
  }
}

function strip(name) {
  const first = eventOf(selected()) || clipOf(selected());
  if (first) send('set', { ids: state.selection, [name]: !first[name] });
}

export function startEdits() {
  onPaint(paintHistory);
  const group = 'Editing';
  const edits = true;
  action('undo', 'Undo', () => send('undo'), { keys: ['Ctrl+Z'], group, edits });
  action('redo', 'Redo', () => send('redo'), { keys: ['Ctrl+Y', 'Ctrl+Shift+Z'], group, edits });
  action('split', 'Split at the playhead', split, { keys: ['S'], group, edits });
  action('duplicate', 'Duplicate', () => need(state.selection, (ids) => send('duplicate', { ids })), { keys: ['D', 'Ctrl+D'], group, edits });
  action('delete', 'Delete', remove, { keys: ['Delete', 'Backspace'], group, edits });
  action('nudge-', '10 ms earlier', () => need(state.selection, (ids) => send('nudge', { ids, by: -NUDGE_S })), { keys: ['Alt+ArrowLeft'], group, edits });
  action('nudge+', '10 ms later', () => need(state.selection, (ids) => send('nudge', { ids, by: NUDGE_S })), { keys: ['Alt+ArrowRight'], group, edits });
  action('frame-', '1 frame of 25 a second earlier', () => need(state.selection, (ids) => send('nudge', { ids, by: -FRAME_S })), { keys: ['Alt+Shift+ArrowLeft'], group, edits });
  action('frame+', '1 frame of 25 a second later', () => need(state.selection, (ids) => send('nudge', { ids, by: FRAME_S })), { keys: ['Alt+Shift+ArrowRight'], group, edits });
  action('trimstart', 'Trim the beginning to the playhead', () => trim('start'), { keys: ['['], group, edits });
  action('trimend', 'Trim the end to the playhead', () => trim('end'), { keys: [']'], group, edits });
  action('earlier', 'One place earlier', () => move(-1), { keys: ['Ctrl+ArrowLeft'], group, edits });
  action('later', 'One place later', () => move(1), { keys: ['Ctrl+ArrowRight'], group, edits });
  action('marker', 'Marker at the playhead', addMarker, { keys: ['M'], group, edits });
  action('mute', 'Mute', () => strip('mute'), { keys: ['U'], group, edits });
  action('solo', 'Solo', () => strip('solo'), { keys: ['Shift+S'], group, edits });
  action('item_mute', 'Mute', () => strip('mute'), { edits });
  action('item_solo', 'Solo', () => strip('solo'), { edits });
  action('lock', 'Lock or unlock', () => need(chosenEvents(), (all) => send('set', { ids: all.map((e) => e.id), locked: !eventOf(all[all.length - 1].id).locked })), { keys: ['Shift+K'], group, edits });
  action('tolane', 'Copy the take into a free lane, at the playhead', copyToLane, { keys: ['Shift+D'], group: 'Lanes', edits });
  action('addclip', 'Add a sound to a free lane', addClip, { keys: ['Shift+A'], group: 'Lanes' });
  const moving = 'Selecting';
  action('prev', 'Previous', () => step(-1, false), { keys: ['ArrowLeft'], group: moving });
  action('next', 'Next', () => step(1, false), { keys: ['ArrowRight'], group: moving });
  action('more-', 'Extend to the previous', () => step(-1, true), { keys: ['Shift+ArrowLeft'], group: moving });
  action('more+', 'Extend to the next', () => step(1, true), { keys: ['Shift+ArrowRight'], group: moving });
  action('up', 'Lane above', () => changeLane(-1), { keys: ['ArrowUp'], group: moving });
  action('down', 'Lane below', () => changeLane(1), { keys: ['ArrowDown'], group: moving });
  action('all', 'All events', () => select(events().map((event) => event.id)), { keys: ['Ctrl+A'], group: moving });
  $('.markers').addEventListener('dblclick', (event) => {
    const flag = event.target.closest('.flag');
    if (flag) renameMarker(flag.dataset.marker);
  });
}

function move(by) {
  const item = eventOf(selected());
  const to = item ? item.n - 1 + by : -1;
  if (item && to >= 0 && to < events().length) send('move', { id: item.id, to });
}
