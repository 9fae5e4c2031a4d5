// The transport: plays the server's mix of the current revision, or one take. Nothing is loaded before it is played.
import { $, $$, address, clipOf, eventOf, itemOf, onPaint, selected, state, totalS } from './state.js';
import { action } from './actions.js';
import { clock, setAttr, setText } from './dom.js';
import { awake, graph } from './graph.js';
import { isFitted, reveal } from './scale.js';
import { say } from './requests.js';
import { paintCursor } from './timeline.js';

const SEAM_S = 2;
const SPEEDS = [1, 1.5, 2, 4];
const audio = new Audio();
audio.preload = 'none';
let wired = false;
let playing = null; // {kind, source, base, from, to, event, take}: base is where the source begins on the timeline
let wanted = null; // what to play as soon as the mix is here

export const isPlaying = () => Boolean(playing) && !audio.paused;
export const nowPlaying = () => (isPlaying() ? playing : null);

async function start(what, at) {
  stopOthers();
  if (!wired) { wired = true; graph().context.createMediaElementSource(audio).connect(graph().output); }
  await awake();
  if (!playing || playing.source !== what.source) { audio.src = what.source; audio.load(); }
  playing = what;
  audio.currentTime = Math.max(at - what.base, 0);
  state.cursor = at;
  paintCursor();
  audio.playbackRate = 1;
  try {
    await audio.play();
  } catch (error) {
    if (error.name !== 'AbortError') say('this sound can’t be played; render or mix again');
  }
}

const others = [];
export const onStart = (stop) => others.push(stop);
function stopOthers() { others.forEach((stop) => stop()); }

export function pause() {
  audio.pause();
  wanted = null;
  stopOthers();
}

// ---- the mix: of the current revision, else it is asked for first

const mixReady = () => state.view.mix && state.view.mix.current;
const mixSource = () => address('mixes', `${state.view.mix.file}.wav`);

export function playMix({ from = state.cursor, to = null } = {}) {
  const end = to ?? totalS();
  const at = from >= end - 0.02 ? 0 : from;
  const what = { kind: 'mix', base: 0, from: to === null ? 0 : from, to };
  if (mixReady()) start({ ...what, source: mixSource() }, at);
  else askForMix({ what, at });
}

function askForMix(request) {
  const missing = state.view.events.filter((event) => !event.take);
  if (missing.length) { playWhatThereIs(missing); return; }
  wanted = request;
  if (!state.view.mixing) document.getElementById('mix').click();
}

function playWhatThereIs(missing) {
  const under = state.view.events.find((event) => state.cursor >= event.start_s && state.cursor < event.end_s);
  const event = under && under.take ? under : eventOf(selected());
  if (event && event.take) playTake(event);
  else say(`event ${missing[0].n} is not rendered yet: press Render, then the mix can be played`);
}

// A mix that was made meanwhile: begin what waits for it, or go on in it where the old one was.
function arrived() {
  if (!mixReady()) { if (state.view.notice) wanted = null; return; }
  const source = mixSource();
  if (wanted) {
    const { what, at } = wanted;
    wanted = null;
    start({ ...what, source }, at);
  } else if (playing && playing.kind === 'mix' && playing.source !== source) {
    if (isPlaying()) start({ ...playing, source }, state.cursor);
    else playing = null;
  }
}

// ---- one take

export function playTake(event, take = event.take) {
  if (!take) { say('this event is not rendered yet'); return; }
  const source = address('takes', `${take.file}.wav`);
  const same = playing && playing.source === source && playing.kind === 'take' && playing.event === event.id;
  if (same && isPlaying()) { pause(); return; }
  start({ kind: 'take', base: event.start_s, source, from: event.start_s, to: null, event: event.id, take: take.id }, event.start_s);
}

// ---- places

export function seek(time, { follow = true } = {}) {
  state.cursor = Math.min(Math.max(time, 0), totalS());
  if (playing && playing.kind === 'mix') {
    if (playing.to !== null && (time < playing.from || time > playing.to)) playing = { ...playing, from: 0, to: null };
    if (isPlaying()) audio.currentTime = state.cursor;
  }
  paintCursor();
  if (follow && !isFitted()) reveal(state.cursor);
}

export function span(ids = state.selection) {
  const items = ids.map((id) => eventOf(id) || clipOf(id)).filter(Boolean);
  if (!items.length) return null;
  return [Math.min(...items.map((i) => i.start_s)), Math.max(...items.map((i) => i.start_s + i.duration_s))];
}

function playSpan(range, room = 0) {
  if (!range) { say('select something first'); return; }
  const from = Math.max(range[0] - room, 0);
  playMix({ from, to: Math.min(range[1] + room, totalS()) });
}

function toggle() {
  if (isPlaying() || wanted) pause();
  else playMix();
}

function faster() {
  if (!isPlaying()) { playMix(); return; }
  const next = SPEEDS[Math.min(SPEEDS.indexOf(audio.playbackRate) + 1, SPEEDS.length - 1)];
  audio.playbackRate = next;
  paintTransport();
}

// ---- while it plays

function tick() {
  if (!playing) { paintTransport(); return; }
  const at = playing.base + audio.currentTime;
  if (isPlaying()) {
    if (playing.to !== null && at >= playing.to) { ended(playing.to); return; }
    state.cursor = Math.min(at, totalS());
    paintCursor();
    if (!isFitted()) reveal(state.cursor, { page: true });
    requestAnimationFrame(tick);
  }
}

function ended(at) {
  if (state.loop && playing) { start(playing, playing.from); return; }
  audio.pause();
  state.cursor = Math.min(at, totalS());
  paintCursor();
}

function paintTransport() {
  const on = nowPlaying();
  const main = $('.transport [data-act="toggle"]');
  setAttr(main, 'aria-pressed', Boolean(on) || Boolean(wanted));
  main.classList.toggle('waits', Boolean(wanted));
  setText($('.speed'), on && audio.playbackRate !== 1 ? `${audio.playbackRate}×` : wanted ? 'mixing' : '');
  $('[data-act="loop"]').setAttribute('aria-pressed', state.loop);
  $$('.playing').forEach((node) => node.classList.remove('playing'));
  if (!on) return;
  state.root.querySelector('.transport').classList.add('playing');
  if (on.event) $$(`[data-event="${CSS.escape(on.event)}"]`).forEach((node) => node.classList.add('playing'));
  if (on.event && on.event === selected()) $('.inspector').classList.add('playing');
}

function clockTotal(view) {
  setText($('.clocktotal'), `/ ${clock(view.total_s, 2)}`);
}

export function startPlayer() {
  audio.addEventListener('play', () => { paintTransport(); requestAnimationFrame(tick); });
  audio.addEventListener('pause', paintTransport);
  audio.addEventListener('ended', () => ended(playing ? playing.base + audio.duration : 0));
  audio.addEventListener('error', () => { if (playing) say('this sound can’t be played; render or mix again'); playing = null; paintTransport(); });
  onPaint((view) => { clockTotal(view); arrived(); paintTransport(); });
  const group = 'Playing';
  action('toggle', 'Play or stop, from the playhead', toggle, { keys: ['Space'], group, once: true });
  action('back', 'Jump two seconds back (playing backwards is not possible)', () => seek(state.cursor - 2), { keys: ['J'], group });
  action('stop', 'Stop', pause, { keys: ['K'], group });
  action('faster', 'Play; again: faster', faster, { keys: ['L'], group });
  action('playsel', 'Play the selection', () => playSpan(span()), { keys: ['Shift+Space'], group });
  action('playseams', 'Play the selected event with its seams', () => playSpan(span(), SEAM_S), { keys: ['P'], group });
  action('play', 'Play the chosen take', () => playTake(itemOf(selected()) || {}), { keys: ['Enter'], group });
  action('loop', 'Loop on or off', () => { state.loop = !state.loop; paintTransport(); }, { keys: ['O'], group });
  action('home', 'Playhead to the beginning', () => seek(0), { keys: ['Home'], group });
  action('end', 'Playhead to the end', () => seek(totalS()), { keys: ['End'], group });
  action('tick-', 'Playhead 0.1 s back', () => seek(state.cursor - 0.1), { keys: [','], group });
  action('tick+', 'Playhead 0.1 s on', () => seek(state.cursor + 0.1), { keys: ['.'], group });
}

