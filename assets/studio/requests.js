// Requests to the server: one at a time, each against the revision that is shown; the views that come back; and edits
// that wait for them, because what they ask for is read off the view.
import { $, aimed, keepSelection, paint, state } from './state.js';
import { setText } from './dom.js';

const LATE_MS = 2_000;
const TOO_LATE_MS = 15_000;
const queue = []; // requests and edits, in the order in which they were asked for
let waiting = null; // the request that is under way
let place = null; // while an edit of the queue is made: where its requests go
let sequence = 0;
let seenAt = 0;
let port = null;

// `field`: the field that holds what is sent; it is not overwritten before its own answer. `then`: told the answer.
export function send(op, payload = {}, { field = null, then = null } = {}) {
  queue.splice(place ?? queue.length, 0, { op, payload, field, then });
  if (place === null) pump();
  else place += 1;
}

// Run `edit` on a view that has everything asked for before it: now, or as soon as that is answered. It is about what
// was selected and where the playhead was when it was asked for; what it sends goes before what was asked for after it.
export function inTurn(edit) {
  if (!pending()) { edit(); return; }
  const asThen = aimed();
  queue.push({ edit: () => asThen(edit) });
  pump();
}

function pump() {
  while (!waiting && place === null && queue.length && state.view) {
    const next = queue.shift();
    if (next.edit) make(next.edit);
    else post(next);
  }
}

function make(edit) {
  place = 0;
  try { edit(); } finally { place = null; }
}

function post(request) {
  waiting = request;
  sequence += 1;
  waiting.seq = sequence;
  waiting.sentAt = Date.now();
  waiting.revision = state.view.revision;
  port.op({ ...waiting.payload, op: waiting.op, seq: sequence, revision: waiting.revision });
}

export const asked = (field) => (waiting && waiting.field === field) || queue.some((request) => request.field === field);
// The field is given back to the server's value: what was asked for from it may still be answered, but not in the field.
export function forget(field) {
  for (const request of [waiting, ...queue]) if (request && request.field === field) request.field = null;
  field.classList.remove('invalid');
}

export const pending = () => Boolean(waiting) || queue.length > 0;

export function fill(field, value) {
  if (field === document.activeElement || field.classList.contains('invalid') || asked(field)) return;
  if (field.type === 'checkbox') field.checked = Boolean(value);
  else if (field.value !== String(value)) field.value = value;
}

// Of views that come at the same moment only the last one is told: an answer may be lost to a followed view. A later
// revision than the one that was asked of answers as well.
function answered(next) {
  if (!waiting || (next.ack !== waiting.seq && !(next.revision > waiting.revision))) return null;
  const done = waiting;
  waiting = null;
  if (done.field) done.field.classList.toggle('invalid', Boolean(next.notice));
  return done;
}

let sayTimer = 0;
export function say(text, { kind = 'warn' } = {}) {
  const box = $('.notice');
  box.dataset.kind = kind;
  setText(box.firstElementChild, text);
  box.hidden = !text;
  clearTimeout(sayTimer);
  if (text && kind === 'info') sayTimer = setTimeout(() => say(''), 6_000);
}

export function show(next) {
  if (!next || !next.serial) return;
  const done = answered(next);
  if (done && state.preview && !state.preview.dragging) { state.preview = null; if (next.serial <= state.serial) paint(); }
  if (next.notice) say(next.notice);
  else if (next.ack !== null && $('.notice').dataset.kind === 'warn') say('');
  if (next.serial > state.serial && next.project) {
    state.serial = next.serial;
    seenAt = Date.now();
    state.view = next;
    keepSelection();
    paint();
  }
  if (done && done.then) done.then(next);
  pump();
}

// Whether something is under way that brings more views.
const under = (view) => view.model.state === 'loading' || view.mixing || (view.jobs || [view.job]).some((job) => job && job.active);

// What ended while a view was being put together may be missing from its other half: one more view settles it.
let settled = '';
function settle(view) {
  const last = view.job ? `${view.job.number} ${view.job.status}` : '';
  if (last === settled) return;
  settled = last;
  port.follow();
}

// Ask for views while something is under way, and again if they stop coming.
function follow() {
  if (waiting && Date.now() - waiting.sentAt > TOO_LATE_MS) { waiting = null; state.preview = null; pump(); }
  const view = state.view;
  if (!view) return;
  if (waiting && Date.now() - Math.max(waiting.sentAt, seenAt) > LATE_MS) {
    seenAt = Date.now();
    port.follow();
  }
  if (!under(view)) {
    delete state.root.dataset.following;
    settle(view);
  } else if (Date.now() - seenAt > (state.root.dataset.following ? 4000 : 100)) {
    state.root.dataset.following = '1';
    seenAt = Date.now();
    port.follow();
  }
}

export function connect(given) {
  port = given;
  setInterval(follow, 150);
}
