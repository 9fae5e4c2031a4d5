// The microphone: what is recorded becomes a take of the event or clip that was selected when it began, by the same way
// as a file from the disk. Nothing is asked of the microphone before the button is pressed.
import { $, itemOf, onPaint, selected, state } from './state.js';
import { clock, make, setAttr, setText } from './dom.js';
import { action } from './actions.js';
import { choice, open } from './dialogs.js';
import { onLeave } from './leaving.js';
import { intoLane, takeIn } from './render.js';
import { say } from './requests.js';
import { waveFile } from './wavefile.js';

const AS_IT_IS = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const LONGEST_S = 595; // the longest recording that is taken in has 600
const BITS_PER_S = 256_000;
let running = null; // {recorder, stream, item, start, began, timer}
let underway = 0; // recordings that are being taken in
const unsent = []; // {file, item, start}: recordings that the server did not take in, and that nobody discarded

const WHY = {
  NotAllowedError: 'the browser does not let this page use the microphone; allow it in the address bar',
  NotFoundError: 'there is no microphone on this computer',
  NotReadableError: 'the microphone is in use by another program',
};

async function begin(item) {
  if (!navigator.mediaDevices || !window.MediaRecorder) {
    say('this browser gives a microphone only to pages of this computer or over https');
    return;
  }
  running = { item: item.id };
  let stream = null;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: AS_IT_IS });
    const recorder = new MediaRecorder(stream, { audioBitsPerSecond: BITS_PER_S });
    const parts = [];
    recorder.addEventListener('dataavailable', (event) => parts.push(event.data));
    recorder.addEventListener('stop', () => ended(new Blob(parts, { type: recorder.mimeType })));
    recorder.start();
    running = { item: item.id, start: item.start_s || 0, recorder, stream, began: performance.now(), timer: setInterval(paintMicrophone, 200) };
  } catch (error) {
    running = null;
    if (stream) letGo(stream);
    say(WHY[error.name] || 'the microphone can’t be used');
  }
  paintMicrophone();
}

function stop() {
  if (running && running.recorder && running.recorder.state !== 'inactive') running.recorder.stop();
}

const letGo = (stream) => stream.getTracks().forEach((track) => track.stop()); // the browser's red light goes out

async function ended(blob) {
  const { item, start, stream, timer } = running;
  running = null;
  clearInterval(timer);
  letGo(stream);
  paintMicrophone();
  underway += 1;
  const file = await waveFile(blob, 'microphone.wav').catch(() => null);
  underway -= 1;
  if (file) await deliver({ file, item, start });
  else say('nothing could be heard in this recording; please try again');
}

// To its event or clip; where that is gone meanwhile, as a clip into a new lane. It is kept until the server has it.
async function deliver(kept) {
  const { file, item, start } = kept;
  underway += 1;
  try {
    const there = itemOf(item);
    const told = there ? await takeIn(file, item) : await intoLane(file, '', start);
    if (!told.ok) await offer(kept, told.error || 'this recording could not be taken in');
    else if (!there) say('what was recorded for is gone: the recording lies in a new lane', { kind: 'info' });
  } finally {
    underway -= 1;
  }
}

// While it asks, the recording counts as unsent: a page that is left would lose it.
async function offer(kept, why) {
  unsent.unshift(kept);
  const buttons = [choice('Discard it', 'discard', 'danger'), choice('Try again', 'again', 'primary')];
  const answer = await open('The recording is not taken in yet', make('p', '', why), { buttons });
  if (answer === 'again' || answer === 'discard') unsent.splice(unsent.indexOf(kept), 1);
  if (answer === 'again') await deliver(kept);
  else if (answer !== 'discard') say('the recording is kept: Record offers it again');
}

function paintMicrophone() {
  const node = $('[data-act="microphone"]');
  const seconds = running && running.began ? (performance.now() - running.began) / 1_000 : 0;
  setAttr(node, 'aria-pressed', Boolean(running));
  node.classList.toggle('recording', Boolean(running));
  setText(node.lastElementChild, running ? `Stop ${clock(seconds, 0)}` : 'Record');
  if (seconds > LONGEST_S) stop();
}

export function startMicrophone() {
  onPaint(paintMicrophone);
  onLeave(() => Boolean(running) || underway > 0 || unsent.length > 0);
  action('microphone', 'Record with the microphone; again: stop', () => {
    const item = itemOf(selected());
    if (running) stop();
    else if (unsent.length) offer(unsent.shift(), 'the last recording is still to be taken in');
    else if (item && !state.strip) begin(item);
    else say('select an event or a clip to record for');
  }, { keys: ['Shift+I'], group: 'Takes' });
}
