// The Export panel: asks the server for an export, follows it, shows the finished ones. Closing it stops nothing.
import { $, onPaint, state } from './state.js';
import { action } from './actions.js';
import { button, keyed, make, setAttr, setHidden, setText } from './dom.js';
import { choice, confirmed, isOpen, open } from './dialogs.js';
import { exportForm } from './exportform.js';
import { buildExport, loudnessTable, updateExport } from './exportlist.js';
import { pickVideo } from './exportvideo.js';
import { sent } from './leaving.js';
import { say } from './requests.js';

const HEADERS = { 'X-Studio': '1', 'Content-Type': 'application/json' };
const EVERY_MS = 400;
const AWAY = 'the studio does not answer; is it still running?';
let choices = null;
let told = null; // the server's last word: {revision, job, exports, trouble}
const NOTHING = { before: null, measuring: null, trouble: '' };
let now = NOTHING; // the mix as it is; `away`: it could not be asked for
let panel = null;
let said = { project: '', words: '' }; // what the server or the form refused
const sending = new Map(); // project -> what is told of a video under way
let lost = ''; // why the server's word could not be had the last time
let turn = 0;
let shownTurn = 0;
let timer = 0;

const shown = () => Boolean(panel && panel.box.isConnected && $('dialog.sheet').open);
const active = () => Boolean(told && told.job && told.job.active);
const here = () => (state.view ? state.view.project : '');
const tell = (words, project = here()) => { said = { project, words }; };
const why = (error) => (error instanceof TypeError || error instanceof SyntaxError ? AWAY : error.message);

async function get(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error((await answer.json()).detail || 'the studio does not know this project');
  return answer.json();
}

async function post(project, doing, body) {
  const answer = await fetch(`studio/${project}/exports/${doing}`, { method: 'POST', headers: HEADERS, body: JSON.stringify(body) });
  return answer.json();
}

// An answer never replaces one that was asked for later, or one of another project; says whether it was taken.
function take(found, asked, project) {
  if (asked < shownTurn || project !== here()) return false;
  shownTurn = asked;
  told = found;
  return true;
}

async function read() {
  const asked = ++turn;
  const project = here();
  try {
    take(await get(`studio/${project}/exports.json`), asked, project);
    lost = '';
  } catch (error) {
    lost = why(error);
  }
  paintPanel();
}

async function does(doing, body) {
  const asked = ++turn;
  const project = here();
  try {
    const answer = await post(project, doing, body);
    tell(answer.ok ? '' : answer.error || 'that could not be done', project);
    lost = '';
    // What was read meanwhile may be of before this was done: it is read once more.
    if (!answer.state || !take(answer.state, asked, project)) await read();
  } catch (error) {
    lost = why(error);
  }
  paintPanel();
  follow();
}

// ---- the mix as it is

const measured = () => { const { preset, format, rate, bits, channels } = panel.form.wish(); return { preset, format, rate, bits, channels }; };

async function measure() {
  if (!shown() || !panel.form.preset().sound) { now = NOTHING; return; }
  const about = measured();
  try {
    const answer = await post(here(), 'before', about);
    if (JSON.stringify(about) === JSON.stringify(measured())) now = answer.ok ? answer : { ...NOTHING, trouble: answer.error };
  } catch (error) {
    now = { ...NOTHING, trouble: `the loudness of the mix can’t be had: ${why(error)}`, away: true };
  }
}

// One loop asks as long as something is under way or, while the panel is shown, out of reach.
function follow() {
  clearTimeout(timer);
  const unmeasured = now.measuring !== null || Boolean(now.away);
  if (!active() && !(shown() && (unmeasured || lost))) return;
  timer = setTimeout(async () => {
    if (unmeasured) await measure();
    await read();
    follow();
  }, lost || now.away ? 5 * EVERY_MS : EVERY_MS);
}

async function look() {
  await measure();
  await read();
  follow();
}

// ---- the video under whose picture the mix may be laid

async function postVideo(project, file) {
  const words = new URLSearchParams({ name: file.name.slice(-80) });
  const answer = await fetch(`studio/${project}/video?${words}`, { method: 'POST', headers: { 'X-Studio': '1' }, body: file });
  return answer.json();
}

// It is of the project that was shown when it was asked for, whatever is shown when it has arrived.
async function bringVideo(project, file) {
  if (sending.has(project)) return;
  const asked = ++turn;
  let refused = '';
  sending.set(project, `sending “${file.name}”…`);
  tell('', project);
  paintPanel();
  try {
    const found = await sent(postVideo(project, file));
    refused = found.ok ? '' : found.error;
    if (!found.state || !take(found.state, asked, project)) await read();
  } catch {
    refused = 'this video could not be sent';
  }
  sending.delete(project);
  if (shown() && project === here()) tell(refused, project);
  else if (refused) say(`“${file.name}”: ${refused}`);
  paintPanel();
}

// ---- categories of the UCS

async function suggest() {
  if (!panel.form.ucs() || panel.suggested) return;
  panel.suggested = true;
  panel.form.sayCategories('looking for the categories of the captions…');
  try {
    const answer = await post(here(), 'categories', {});
    if (answer.ok) panel.form.showCategories(answer);
    else panel.form.sayCategories(answer.error);
    panel.suggested = answer.ok;
  } catch {
    panel.suggested = false;
    panel.form.sayCategories('the categories could not be had; is the studio still running?');
  }
}

// ---- what is shown

function statusOf() {
  const job = told && told.job;
  const trouble = (said.project === here() && said.words) || lost || now.trouble;
  const besides = trouble || sending.get(here()) || '';
  if (active()) {
    const since = state.view.revision !== job.revision ? '; the project changed since' : '';
    const words = `${job.text}, ${Math.round(100 * job.fraction)} % · revision ${job.revision}${since}`;
    return [job.status, besides ? `${words} · ${besides}` : words];
  }
  if (besides) return [trouble ? 'trouble' : '', besides];
  if (told && told.trouble) return ['trouble', told.trouble];
  return job ? [job.status, job.text] : ['', ''];
}

function paintTop() {
  const node = $('.exportshare');
  setText(node, active() ? `${Math.round(100 * told.job.fraction)} %` : '');
}

function paintPanel() {
  paintTop();
  if (!shown()) return;
  const [kind, words] = statusOf();
  setText(panel.status, words);
  setAttr(panel.status, 'data-status', kind);
  const share = active() ? Math.round(100 * told.job.fraction) : 0;
  setHidden(panel.bar, !active());
  setAttr(panel.bar, 'aria-valuenow', share);
  panel.bar.firstElementChild.style.width = `${share}%`;
  setHidden(panel.cancel, !active());
  panel.start.disabled = active() || !told || Boolean(told.trouble);
  setText(panel.start, told ? `Export revision ${told.revision}` : 'Export');
  panel.form.video.update(told && told.video, sending.has(here()));
  const found = told ? told.exports : [];
  const last = found.find((made) => made.sound);
  const sound = panel.form.preset().sound;
  panel.loudness.update({ now: now.before, measuring: now.measuring, last, target: panel.form.target() });
  [panel.loudness.node, panel.loudness.notes].forEach((node) => setHidden(node, !sound && !last));
  keyed(panel.list, found, (made) => buildExport(state.view.project, made), updateExport, 'export');
  setHidden(panel.none, found.length > 0);
}

function changed(field) {
  tell(panel.form.fault());
  suggest();
  paintPanel();
  if (['preset', 'format', 'rate', 'bits', 'channels'].includes(field.name)) look();
}

function build() {
  const box = make('div', 'exportpanel');
  const form = exportForm(choices, changed);
  const loudness = loudnessTable();
  form.node.querySelector('.exportchoices').append(loudness.node, loudness.notes);
  const list = make('ol', 'exportlist');
  const none = make('p', 'exportnote', 'Nothing was exported yet.');
  const kept = make('p', 'exportnote', 'The newest twenty exports of a project are kept here; the oldest goes when another is finished.');
  const recent = make('section', 'exportrecent');
  recent.append(make('h3', '', 'Recent exports of this project'), none, list, kept);
  box.append(form.node, recent);
  const status = make('p', 'exportstatus');
  status.setAttribute('role', 'status');
  const bar = make('span', 'bar');
  bar.setAttribute('role', 'progressbar');
  bar.setAttribute('aria-label', 'Progress of the export');
  setAttr(bar, 'aria-valuemin', 0);
  setAttr(bar, 'aria-valuemax', 100);
  bar.append(make('i'));
  const start = button('export_start', 'Export', { name: 'primary' });
  const cancel = button('export_cancel', 'Cancel export');
  panel = { box, form, loudness, list, none, status, bar, start, cancel, suggested: false };
}

function present() {
  const { box, bar, status, cancel, start } = panel;
  open('Export', box, { wide: true, buttons: [bar, status, cancel, start, choice('Close', null)] });
  paintPanel();
}

async function show() {
  if (!state.view) return;
  tell('');
  now = NOTHING;
  lost = '';
  try {
    choices = choices || (await get('studio/export-choices.json'));
  } catch (error) {
    say(`what can be exported is not known: ${why(error)}`);
    return;
  }
  build();
  present();
  suggest();
  await look();
}

// There is one dialog: the question takes the panel's place, which then comes back with all that was chosen in it.
async function remove(id) {
  const made = told.exports.find((one) => one.id === id);
  const count = made.files.length;
  const question = `“${made.preset_title}” of revision ${made.revision} and its ${count === 1 ? 'file' : `${count} files`} are removed from the disk. This can’t be undone.`;
  const sure = await confirmed('Delete the export', question, 'Delete for good');
  if (!isOpen()) present();
  if (sure) await does('delete', { export: id });
  await look();
}

// A view that brings another revision or mix makes what is shown old.
let seen = '';
function painted(view) {
  const key = [view.project, view.revision, view.mix && view.mix.file, view.job && view.job.status].join();
  if (key === seen) return;
  const first = !seen;
  seen = key;
  if (first ? view.saved : shown()) look();
}

export function startExport() {
  onPaint(painted);
  action('export', 'Export: files, stems, sessions, pictures', show, { keys: ['E'], group: 'Story' });
  action('export_start', 'Export', () => {
    tell(panel.form.fault());
    if (said.words) paintPanel();
    else does('start', { ...panel.form.wish(), revision: told.revision });
  });
  action('export_cancel', 'Cancel the export', () => { if (active()) does('cancel', { job: told.job.number }); });
  action('export_video', 'Choose a video to lay the mix under', () => {
    const project = here();
    if (!sending.has(project)) pickVideo((file) => bringVideo(project, file));
  });
  action('export_no_video', 'Take the video away', () => does('no_video', {}));
  action('export_delete', 'Delete this export', ({ node }) => remove(node.closest('[data-export]').dataset.export));
}
