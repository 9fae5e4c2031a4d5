// What is under way: the line at the foot, the panel with every job, and how far each event is.
import { $, state } from './state.js';
import { action } from './actions.js';
import { button, keyed, make, setAttr, setHidden, setText } from './dom.js';
import { say, send } from './requests.js';

export const LABEL = {
  missing: 'not rendered', rendered: 'rendered', stale: 'stale', context: 'context changed', rendering: 'rendering',
  queued: 'queued', failed: 'failed', lost: 'file missing',
}; // prettier-ignore

// What an event or clip shows: a job about it goes before how its take relates to the timeline.
export function stateOf(item) {
  if (item.job && item.job.state) return item.job.state;
  return item.take && item.take.missing ? 'lost' : item.state;
}

// 0 to 1: how far its render is.
export const progressOf = (item) => (stateOf(item) === 'rendering' && item.job && item.job.steps ? item.job.step / item.job.steps : 0);

const jobs = () => state.view.jobs || (state.view.job ? [state.view.job] : []);

function paintLine(job) {
  const line = $('.jobline');
  setHidden(line, !job);
  if (!job) return;
  setAttr(line, 'data-status', job.status);
  const percent = Math.round(100 * job.fraction);
  const bar = line.firstElementChild;
  setHidden(bar, !job.active);
  setAttr(bar, 'aria-valuenow', percent);
  bar.firstElementChild.style.width = `${percent}%`;
  setText(line.querySelector('.jobtext'), job.text);
}

function buildJob() {
  const row = make('li', 'jobrow');
  const bar = make('span', 'bar');
  bar.append(make('i'));
  row.append(make('b'), bar, make('span', 'jobwords'), button('job_cancel', 'Cancel', { title: 'Cancel this job' }));
  return row;
}

function updateJob(row, job) {
  const [name, bar, words, stop] = row.children;
  setAttr(row, 'data-status', job.status);
  setText(name, job.active && job.order ? `${job.order}. ${job.kind}` : job.kind);
  bar.firstElementChild.style.width = `${Math.round(100 * job.fraction)}%`;
  setText(words, job.text);
  setHidden(stop, !job.active);
}

// A job of this project that failed since the page was opened is told once.
let told = null; // number of the last job that was looked at
const watched = new Set(); // those that were not over then

function tellFailures() {
  const all = jobs();
  const last = Math.max(told ?? 0, ...all.map((job) => job.number));
  for (const job of told === null ? all.filter((one) => one.active) : all) {
    const fresh = told !== null && job.number > told;
    if (job.active) watched.add(job.number);
    else if ((watched.delete(job.number) || fresh) && job.status === 'failed') say(job.text);
  }
  told = last;
}

function paintQueue(view) {
  paintLine(view.job);
  tellFailures();
  const all = jobs();
  const active = all.filter((job) => job.active).length;
  setText($('.queuecount'), active ? String(active) : '');
  keyed($('.joblist'), all.map((job) => ({ ...job, id: String(job.number) })), buildJob, updateJob, 'job');
  setHidden($('.queuenone'), all.length > 0);
  setHidden($('[data-act="cancel_all"]'), !active);
}

export function startQueue(onPaint) {
  onPaint(paintQueue);
  const panel = $('.queuepanel');
  const show = (on) => {
    setHidden(panel, !on);
    setAttr($('[data-act="queue"]'), 'aria-expanded', on);
  };
  action('queue', 'Show or hide the queue', () => show(panel.hidden), { keys: ['Q'], group: 'Rendering' });
  action('job_cancel', 'Cancel this job', ({ node }) => {
    const number = Number(node.closest('[data-job]').dataset.job);
    send('cancel_job', { job: number });
  });
  action('cancel_all', 'Cancel everything', () => send('cancel_all'), { keys: ['Shift+Escape'], group: 'Rendering' });
  document.addEventListener('pointerdown', (event) => {
    if (!panel.hidden && event.target instanceof Element && !event.target.closest('.queuepanel, [data-act="queue"]')) show(false);
  });
}
