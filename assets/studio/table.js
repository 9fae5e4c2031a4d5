// The table of events: the second way to everything that the timeline shows, line by line.
import { $, eventOf, onPaint, pick, state } from './state.js';
import { button, brief, clock, keyed, make, setAttr, setText } from './dom.js';
import { action } from './actions.js';
import { fill } from './requests.js';
import { playTake } from './player.js';
import { LABEL, stateOf } from './queue.js';

function buildRow() {
  const row = make('tr');
  const cells = ['c-play', 'c-n', 'c-caption', 'c-when', 'c-seconds', 'c-state'].map((name) => make('td', name));
  cells[0].append(button('playrow', '', { name: 'play', title: 'Play' }));
  const caption = make('textarea');
  caption.rows = 1;
  caption.dataset.field = 'caption';
  cells[2].append(caption);
  const seconds = make('input');
  seconds.dataset.field = 'duration';
  seconds.inputMode = 'decimal';
  cells[4].append(seconds);
  cells[5].append(make('span', 'tag'), make('small'));
  row.append(...cells);
  return row;
}

function updateRow(row, item) {
  const shown = stateOf(item);
  setAttr(row, 'data-state', shown);
  row.toggleAttribute('data-selected', state.selection.includes(item.id));
  const [listen, n, caption, when, seconds, status] = row.children;
  listen.firstChild.disabled = !item.take;
  setAttr(listen.firstChild, 'aria-label', `Play event ${item.n}`);
  setText(n, String(item.n));
  fill(caption.firstChild, item.caption);
  setAttr(caption.firstChild, 'aria-label', `Caption of event ${item.n}`);
  setText(when, `${clock(item.start_s)} – ${clock(item.end_s)}`);
  fill(seconds.firstChild, brief(item.duration_s));
  setAttr(seconds.firstChild, 'aria-label', `Seconds of event ${item.n}`);
  setText(status.firstChild, (item.locked ? 'locked, ' : '') + LABEL[shown]);
  const why = shown === 'failed' ? item.job.text : item.state === 'stale' ? item.state_text.replace(/^stale: /, '') : '';
  setText(status.lastChild, why);
  status.title = item.state_text;
}

export function startTable() {
  onPaint((view) => keyed($('tbody'), view.events, buildRow, updateRow));
  action('playrow', 'Play', ({ node }) => playTake(eventOf(node.closest('tr').dataset.event)));
  $('tbody').addEventListener('focusin', (event) => {
    const row = event.target.closest('tr[data-event]');
    if (row && !state.selection.includes(row.dataset.event)) pick(row.dataset.event);
  });
  $('tbody').addEventListener('click', (event) => {
    const row = event.target.closest('tr[data-event]');
    if (!row || event.target.closest('button')) return;
    const many = { add: event.ctrlKey || event.metaKey, range: event.shiftKey };
    if (many.add || many.range || !event.target.closest('input, textarea')) pick(row.dataset.event, many);
  });
}
