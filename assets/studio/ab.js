// Two takes of one event side by side: both run together, sample for sample; one is heard, at the loudness of the other.
import { address, paint, state } from './state.js';
import { awake } from './graph.js';
import { onStart, pause } from './player.js';
import { say } from './requests.js';
import { measured } from './waves.js';

const SMOOTH_S = 0.012; // long enough to hide the click of a switch
const buffers = new Map(); // file -> promise of {buffer, loudness}
const sides = new Map(); // event id -> {a, b}
let running = null; // {event, heard, sources, gains, levels}

// Which takes are A and B of an event: what was set, else the chosen one and the newest other one.
export function abOf(item) {
  const set = sides.get(item.id) || {};
  const has = (id) => item.takes.some((take) => take.id === id);
  const a = has(set.a) ? set.a : item.take ? item.take.id : null;
  const others = item.takes.filter((take) => take.id !== a);
  const b = has(set.b) && set.b !== a ? set.b : others.length ? others[others.length - 1].id : null;
  return { a, b, heard: running && running.event === item.id ? running.heard : null };
}

export function setSide(item, side, takeId) {
  const now = abOf(item);
  const other = side === 'a' ? 'b' : 'a';
  sides.set(item.id, { a: now.a, b: now.b, [side]: takeId, ...(now[other] === takeId ? { [other]: now[side] } : {}) });
  if (running) stop();
  paint();
}

async function loaded(context, take) {
  if (!buffers.has(take.file)) {
    const audio = fetch(address('takes', `${take.file}.wav`))
      .then((answer) => { if (!answer.ok) throw new Error('gone'); return answer.arrayBuffer(); })
      .then((bytes) => context.decodeAudioData(bytes));
    const both = Promise.all([audio, measured(address('takes', take.file))])
      .then(([buffer, known]) => ({ buffer, loudness: known ? known.loudness : 0 }));
    buffers.set(take.file, both);
    both.catch(() => buffers.delete(take.file));
    if (buffers.size > 8) buffers.delete(buffers.keys().next().value);
  }
  return buffers.get(take.file);
}

export async function compare(item) {
  if (!item) return;
  if (running && running.event === item.id) { toggle(); return; }
  const { a, b } = abOf(item);
  if (!a || !b) { say('comparing needs two takes of this event: regenerate it first'); return; }
  pause();
  const { context, output } = await awake();
  try {
    const two = await Promise.all([a, b].map((id) => loaded(context, item.takes.find((take) => take.id === id))));
    begin(item, two, context, output);
  } catch {
    say('these takes can’t be compared: the audio of one is gone');
  }
}

function begin(item, two, context, output) {
  const quiet = Math.min(...two.map((one) => one.loudness)); // the louder one is lowered: nothing can clip
  const levels = two.map((one) => 10 ** ((quiet - one.loudness) / 20));
  const at = context.currentTime + 0.03;
  const gains = two.map((_, n) => new GainNode(context, { gain: n ? 0 : levels[0] }));
  const sources = two.map((one, n) => {
    const source = new AudioBufferSourceNode(context, { buffer: one.buffer, loop: true, loopEnd: Math.min(...two.map((t) => t.buffer.duration)) });
    source.connect(gains[n]).connect(output);
    source.start(at);
    return source;
  });
  running = { event: item.id, heard: 'a', sources, gains, levels, context };
  state.root.dataset.ab = 'a';
  paint();
}

function toggle() {
  const { gains, levels, context } = running;
  running.heard = running.heard === 'a' ? 'b' : 'a';
  const on = running.heard === 'a' ? 0 : 1;
  gains.forEach((gain, n) => gain.gain.setTargetAtTime(n === on ? levels[n] : 0, context.currentTime, SMOOTH_S / 3));
  state.root.dataset.ab = running.heard;
  paint();
}

export function stop() {
  if (!running) return;
  running.sources.forEach((source) => source.stop());
  running.gains.forEach((gain) => gain.disconnect());
  running = null;
  delete state.root.dataset.ab;
  paint();
}

export const comparing = () => running;

export function startAb() {
  onStart(stop);
}
