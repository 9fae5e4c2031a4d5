// Takes A and B side by side: their spectrograms in the inspector, and a sheet with both, what made each, and their sound.
import { $, address, itemOf, onPaint, selected, state } from './state.js';
import { button, brief, clock, decibels, make, setAttr, setHidden, setText } from './dom.js';
import { action } from './actions.js';
import { abOf, setSide } from './ab.js';
import { choice, isOpen, open } from './dialogs.js';
import { say } from './requests.js';
import { paintSpectrogram } from './spectrogram.js';
import { measured } from './waves.js';

let pictured = false; // whether the inspector shows spectrograms
let sheet = null; // the open sheet: {item, box}

const addressOf = (take) => address('takes', take.file);
const takeOf = (item, id) => item.takes.find((take) => take.id === id);
const pairOf = (item) => { const sides = abOf(item); return ['a', 'b'].map((side) => takeOf(item, sides[side])).filter(Boolean); };
const spanOf = (takes) => Math.max(...takes.map((take) => take.length_s));

function draw(canvas, take, spanS) {
  paintSpectrogram(canvas, addressOf(take), spanS).catch(() => { canvas.dataset.drawn = ''; say('the audio of this take can’t be read'); });
}

function canvasFor(take) {
  const canvas = make('canvas');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', `Spectrogram of take ${take.n}`);
  return canvas;
}

// ---- in the inspector

function paintPictures() {
  const box = $('.pictures');
  const item = state.strip || state.selection.length > 1 ? null : itemOf(selected());
  const takes = item && pictured ? pairOf(item) : [];
  setAttr($('[data-act="takepicture"]'), 'aria-pressed', pictured);
  setHidden(box, !takes.length);
  setHidden($('.wavebox'), takes.length > 0);
  const signature = JSON.stringify([takes.map((take) => take.id), document.body.className, box.clientWidth]);
  if (!takes.length || box.dataset.signature === signature) return;
  box.dataset.signature = signature;
  box.replaceChildren(...takes.map((take, side) => {
    const frame = make('figure');
    const canvas = canvasFor(take);
    const ground = make('div', 'ground');
    ground.append(canvas);
    frame.append(ground, make('figcaption', '', `${'AB'[side]}: take ${take.n}, ${brief(take.length_s)} s`));
    return frame;
  }));
  box.querySelectorAll('canvas').forEach((canvas, at) => draw(canvas, takes[at], spanOf(takes)));
}

// ---- the sheet

const facts = (take) => [
  ['Seed', String(take.seed)],
  ['Steps', take.steps ? String(take.steps) : '–'],
  ['Guidance', take.steps ? brief(take.guidance) : '–'],
  ['From', take.source === 'recording' ? `recording ${take.name}` : take.parent && take.strength < 1 ? `variation, ${Math.round(take.strength * 100)} %` : 'noise'],
  ['Length', clock(take.length_s, 2)],
  ['Caption', take.caption],
  ['Not heard', take.negative || '–'],
];

function column(item, side, take, other) {
  const box = make('section', 'half');
  box.dataset.take = take.id;
  box.dataset.half = side;
  const head = make('div', 'halfhead');
  const chooser = make('select');
  chooser.setAttribute('aria-label', `Take ${side.toUpperCase()}`);
  item.takes.forEach((one) => chooser.append(new Option(`Take ${one.n}`, one.id, false, one.id === take.id)));
  chooser.addEventListener('change', () => { setSide(item, side, chooser.value); paintSheet(); });
  const use = button('usetake', item.take && item.take.id === take.id ? 'in use' : 'Use', { name: 'use' });
  use.disabled = Boolean(item.take && item.take.id === take.id);
  head.append(make('b', '', side.toUpperCase()), button('playtake', '', { name: 'play', title: `Play take ${take.n}` }), chooser, use);
  const ground = make('div', 'ground');
  ground.append(canvasFor(take));
  box.append(head, ground, listOf(take, other));
  return box;
}

// What made a take; what the other one has otherwise stands out.
function listOf(take, other) {
  const list = make('dl', 'facts');
  const others = new Map(facts(other));
  const loud = make('dd', 'loud', '–');
  for (const [name, value] of facts(take)) list.append(make('dt', '', name), make('dd', value === others.get(name) ? '' : 'differs', value));
  list.append(make('dt', '', 'Loudness'), loud);
  measured(addressOf(take)).then((found) => setText(loud, found ? decibels(found.loudness, 'LUFS') : '–'));
  return list;
}

function paintSheet() {
  const item = sheet && itemOf(sheet.item);
  const takes = item ? pairOf(item) : [];
  if (takes.length < 2) return;
  sheet.signature = JSON.stringify([takes.map((take) => take.id), item.take && item.take.id]);
  const [a, b] = takes;
  sheet.box.replaceChildren(column(item, 'a', a, b), column(item, 'b', b, a));
  sheet.box.querySelectorAll('canvas').forEach((canvas, at) => draw(canvas, takes[at], spanOf(takes)));
}

function refreshSheet() {
  if (!sheet) return;
  if (!isOpen() || !sheet.box.isConnected) { sheet = null; return; }
  const item = itemOf(sheet.item);
  if (item && sheet.signature !== JSON.stringify([pairOf(item).map((take) => take.id), item.take && item.take.id])) paintSheet();
}

function show() {
  const item = itemOf(selected());
  if (!item || pairOf(item).length < 2) { say('comparing needs two takes of this event: regenerate it first'); return; }
  const box = make('div', 'halves');
  open(item.n ? `Event ${item.n}: two takes` : `“${item.name}”: two takes`, box, {
    wide: true, buttons: [button('ab', 'A/B at equal loudness'), choice('Close', null)],
  });
  sheet = { item: item.id, box };
  paintSheet();
}

export function startSideBySide() {
  onPaint(paintPictures);
  onPaint(refreshSheet);
  const group = 'Takes';
  action('compare', 'Two takes side by side', show, { keys: ['Shift+B'], group });
  action('takepicture', 'Spectrograms of takes A and B, or the outline', () => { pictured = !pictured; paintPictures(); }, { keys: ['Shift+G'], group });
}
