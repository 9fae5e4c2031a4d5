// What is asked of the model: render, regenerate, vary, rewrite; and own recordings as takes.
import { $, clipOf, eventOf, onPaint, selected, state } from './state.js';
import { action } from './actions.js';
import { make, setAttr } from './dom.js';
import { choice, open } from './dialogs.js';
import { sent } from './leaving.js';
import { pending, say, send, show } from './requests.js';
import { scroller, snapped, timeAt } from './scale.js';

const LARGEST_BYTES = 2 ** 30;
const one = () => eventOf(selected()) || clipOf(selected());

function regenerate() {
  const item = one();
  if (state.selection.length > 1) send('render_selected', { ids: state.selection });
  else if (item) send('regenerate', { id: item.id, count: count() });
}

const count = () => Number($('[name="count"]').value) || 1;
const strength = () => Number($('[name="strength"]').value) / 100;

function vary({ take } = {}) {
  const item = one();
  if (item && item.take) send('vary', { id: item.id, ...(take ? { take } : {}), strength: strength(), count: count() });
}

// ---- own recordings: a file from the disk, dropped or picked, becomes a take of an event or a clip in a lane

async function post(file, query) {
  const words = new URLSearchParams({ ...query, revision: state.view.revision });
  try {
    const answer = await fetch(`studio/${state.view.project}/recording?${words}`, { method: 'POST', headers: { 'X-Studio': '1' }, body: file });
    const told = await answer.json();
    if (told.view) show(told.view);
    return told;
  } catch {
    return { ok: false, error: 'this file could not be sent' };
  }
}

// What was edited while a file was under way is no reason to refuse it: it is sent once more. Gives the server's answer.
async function upload(file, query) {
  if (file.size > LARGEST_BYTES) {
    const error = `“${file.name}” is larger than 1 GB; please cut it first`;
    say(error);
    return { ok: false, error };
  }
  say(`reading “${file.name}”…`, { kind: 'info' });
  let told = await sent(post(file, query));
  if (told.stale) told = await sent(post(file, query));
  say(told.ok ? '' : told.error || 'this file could not be taken in');
  return told;
}

export const takeIn = (file, id) => upload(file, { id, fit: $('[name="fit"]').value || 'trim', name: file.name.slice(0, 80) });
export const intoLane = (file, lane, start) => upload(file, { lane, start, name: file.name.replace(/\.[^.]*$/, '').slice(0, 80) });

function pickFile() {
  const item = one();
  const field = make('input');
  field.type = 'file';
  field.accept = '.wav,.flac,.mp3,.ogg,.opus,.m4a,.aiff,audio/*';
  field.addEventListener('change', () => { if (field.files.length && item) takeIn(field.files[0], item.id); });
  field.click();
}

function dropTarget(event) {
  const block = event.target.closest && event.target.closest('.ev, .clip');
  if (block) return { node: block, id: block.dataset.event };
  const row = event.target.closest && event.target.closest('.freelane, .lanesend');
  return row ? { node: row, lane: row.dataset.lane || '' } : null;
}

function startDrops() {
  const area = scroller();
  let lit = null;
  const light = (node) => { if (lit) lit.removeAttribute('data-drop'); lit = node; if (lit) lit.dataset.drop = '1'; };
  const files = (event) => event.dataTransfer && [...event.dataTransfer.types].includes('Files');
  document.addEventListener('dragover', (event) => {
    if (!files(event)) return;
    event.preventDefault(); // a file that misses must not replace the page
    const found = dropTarget(event);
    light(found && found.node);
    event.dataTransfer.dropEffect = found ? 'copy' : 'none';
  });
  document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) light(null); });
  document.addEventListener('drop', (event) => {
    if (!files(event)) return;
    event.preventDefault();
    light(null);
    const found = area.contains(event.target) && dropTarget(event);
    const file = event.dataTransfer.files[0];
    if (!found || !file) return;
    if (found.id) takeIn(file, found.id);
    else intoLane(file, found.lane, snapped(timeAt(event.clientX)));
  });
}

// ---- captions that the planner offers

let asking = null; // {id, before}: whose caption this window asked other words for, and the number of the last offer then

function rewrite() {
  const item = one();
  if (!item) return;
  asking = { id: item.id, before: state.view.offers ? state.view.offers.number : 0 };
  send('rewrite', { id: item.id }, { then: (next) => { if (next.notice) asking = null; } });
}

// Only where they were asked for: not in another window, nor after a reload.
function paintOffers(view) {
  if (!asking || !view.offers || view.offers.number <= asking.before || view.offers.id !== asking.id) return;
  asking = null;
  if (!eventOf(view.offers.id)) return;
  const list = make('div', 'offers');
  view.offers.captions.forEach((caption) => list.append(choice(caption, caption)));
  open(`Event ${eventOf(view.offers.id).n}: other words`, list, { buttons: [choice('Keep it', null)] })
    .then((caption) => { if (caption) send('caption', { id: view.offers.id, value: caption }); });
}

function paintButtons(view) {
  const active = Boolean(view.job && view.job.active);
  const press = (id, enabled) => {
    const node = document.getElementById(id);
    if (!node) return;
    node.toggleAttribute('data-off', !enabled);
    setAttr(node, 'aria-disabled', !enabled); // not `disabled`: pressing it tells why there is nothing to do
  };
  press('cancel', active);
  press('render', view.events.length > 0 && !(active && !view.jobs));
  press('mix', view.events.length > 0);
  setAttr(state.root, 'data-sending', pending());
}

export function startRendering() {
  onPaint(paintButtons);
  onPaint(paintOffers);
  startDrops();
  const group = 'Rendering';
  action('regenerate', 'Regenerate the selection with new seeds', regenerate, { keys: ['R'], group, once: true });
  action('again', 'Render again with its own seed', () => { if (one()) send('again', { id: one().id }); }, { keys: ['Shift+R'], group });
  action('vary', 'Vary the chosen take', () => vary(), { keys: ['V'], group, edits: true });
  action('reroll', 'Draw a new seed', () => { if (one()) send('reroll', { id: selected() }); });
  action('seedlock', 'Keep this seed when regenerating', () => { if (one()) send('options', { id: selected(), seed_locked: !one().seed_locked }); }, { edits: true });
  action('renderneeded', 'Render what is missing or stale', () => send('render', { what: 'needed' }), { keys: ['Shift+Enter'], group });
  action('renderstale', 'Regenerate what is stale', () => send('render', { what: 'stale' }));
  action('renderall', 'Render all, context-changed ones too', () => send('render', { what: 'all' }));
  action('rewrite', 'Offer three other captions', rewrite);
  action('splitplan', 'Let the planner break this event up', () => { if (eventOf(selected())) send('split_plan', { id: selected() }); });
  action('recording', 'Take in an own recording', pickFile, { keys: ['I'], group });
}

