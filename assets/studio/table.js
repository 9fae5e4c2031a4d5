// The table: the second way to everything that the timeline shows, line by line: events, then the clips of each lane.
import { $, itemOf, lanes, onPaint, pick, showStrip, state } from './state.js';
import { button, brief, clock, keyed, make, setAttr, setHidden, setText } from './dom.js';
import { action } from './actions.js';
import { fill } from './requests.js';
import { playTake } from './player.js';
import { LABEL, stateOf } from './queue.js';

const CELLS = ['c-play', 'c-n', 'c-caption', 'c-when', 'c-seconds', 'c-state'];

function field(kind, name) {
  const node = make('input');
  node.dataset[kind] = name;
  if (name !== 'name') node.inputMode = 'decimal';
  return node;
}

function buildCells() {
  const row = make('tr');
  const cells = CELLS.map((name) => make('td', name));
  cells[0].append(button('playrow', '', { name: 'play', title: 'Play' }));
  cells[5].append(make('span', 'tag'), make('small'));
  row.append(...cells);
  return row;
}

function buildRow() {
  const row = buildCells();
  const caption = make('textarea');
  caption.rows = 1;
  caption.dataset.field = 'caption';
  row.children[2].append(caption);
  row.children[4].append(field('field', 'duration'));
  return row;
}

function updateState(row, item, why) {
  const shown = stateOf(item);
  setAttr(row, 'data-state', shown);
  row.toggleAttribute('data-selected', state.selection.includes(item.id));
  row.children[0].firstChild.disabled = !item.take;
  const status = row.children[5];
  setText(status.firstChild, (item.locked ? 'locked, ' : '') + LABEL[shown]);
  setText(status.lastChild, shown === 'failed' ? item.job.text : why);
  status.title = item.state_text || '';
}

function updateRow(row, item) {
  updateState(row, item, item.state === 'stale' ? item.state_text.replace(/^stale: /, '') : '');
  const [listen, n, caption, when, seconds] = row.children;
  setAttr(listen.firstChild, 'aria-label', `Play event ${item.n}`);
  setText(n, String(item.n));
  fill(caption.firstChild, item.caption);
  setAttr(caption.firstChild, 'aria-label', `Caption of event ${item.n}`);
  setText(when, `${clock(item.start_s)} – ${clock(item.end_s)}`);
  fill(seconds.firstChild, brief(item.duration_s));
  setAttr(seconds.firstChild, 'aria-label', `Seconds of event ${item.n}`);
}

// ---- free lanes: a line for the lane, which shows its strip, then one for each clip

const laneLines = () => lanes().flatMap((lane) => [{ id: `lane-${lane.id}`, lane }, ...lane.clips.map((clip, at) => ({ id: clip.id, lane, clip, n: at + 1 }))]);

function buildLine({ clip, lane }) {
  if (clip) {
    const row = buildCells();
    row.dataset.event = clip.id;
    row.children[2].append(field('clip', 'name'));
    row.children[3].append(field('clip', 'start'), make('span'));
    row.children[4].append(field('clip', 'duration'));
    return row;
  }
  const row = make('tr', 'lanerow');
  const cell = make('td');
  cell.colSpan = CELLS.length;
  const strip = button('lane_row', '', { name: 'flat', title: 'Strip of the lane: level, pan, ducking, order, remove' });
  strip.dataset.laneRow = lane.id;
  cell.append(strip, make('small'));
  row.append(cell);
  return row;
}

function updateLine(row, { lane, clip, n }) {
  if (!clip) {
    const [strip, count] = row.firstElementChild.children;
    setText(strip, lane.name);
    setText(count, `${lane.clips.length} clip${lane.clips.length === 1 ? '' : 's'}${lane.mute ? ', muted' : ''}${lane.solo ? ', solo' : ''}`);
    return;
  }
  updateState(row, clip, clip.mute ? 'muted' : '');
  const [listen, number, name, when, seconds] = row.children;
  const words = `clip ${n} of ${lane.name}`;
  setAttr(listen.firstChild, 'aria-label', `Play ${words}`);
  setText(number, String(n));
  fill(name.firstChild, clip.name);
  setAttr(name.firstChild, 'aria-label', `Name of ${words}`);
  fill(when.firstChild, brief(clip.start_s));
  setAttr(when.firstChild, 'aria-label', `Start of ${words}, seconds`);
  setText(when.lastChild, `–${clock(clip.start_s + clip.duration_s)}`);
  fill(seconds.firstChild, brief(clip.duration_s));
  setAttr(seconds.firstChild, 'aria-label', `Seconds of ${words}`);
}

export function startTable() {
  const table = $('.tablescroll table');
  onPaint((view) => {
    keyed($('.eventrows'), view.events, buildRow, updateRow);
    keyed($('.laneclips'), laneLines(), buildLine, updateLine, 'line');
    setHidden($('.laneclips'), !lanes().length);
  });
  action('playrow', 'Play', ({ node }) => playTake(itemOf(node.closest('tr').dataset.event)));
  action('lane_row', 'Strip of the lane', ({ node }) => showStrip(node.dataset.laneRow));
  table.addEventListener('focusin', (event) => {
    const row = event.target.closest('tr[data-event]');
    if (row && !state.selection.includes(row.dataset.event)) pick(row.dataset.event);
  });
  table.addEventListener('click', (event) => {
    const row = event.target.closest('tr[data-event]');
    if (!row || event.target.closest('button')) return;
    const many = { add: event.ctrlKey || event.metaKey, range: event.shiftKey };
    if (many.add || many.range || !event.target.closest('input, textarea')) pick(row.dataset.event, many);
  });
}
