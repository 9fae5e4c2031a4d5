// Meters beside the transport: what is heard now (peaks, momentary loudness), and what the server measured of the mix.
import { $, onPaint } from './state.js';
import { setText } from './dom.js';
import { measuring } from './graph.js';

const FLOOR_DB = -60;
const FALL_DB = 1.2; // per picture: about 70 dB a second
const MOMENT_S = 0.4;
const plain = new Float32Array(2_048);
let weighted = null;
const held = [FLOOR_DB, FLOOR_DB];
let still = 0;

const decibel = (value) => (value > 0 ? 20 * Math.log10(value) : -Infinity);
const share = (db) => Math.min(Math.max((db - FLOOR_DB) / -FLOOR_DB, 0), 1);

function peak(analyser) {
  analyser.getFloatTimeDomainData(plain);
  let most = 0;
  for (const value of plain) if (Math.abs(value) > most) most = Math.abs(value);
  return decibel(most);
}

function power(analyser, samples) {
  weighted = weighted || new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(weighted);
  let sum = 0;
  for (let at = weighted.length - samples; at < weighted.length; at += 1) sum += weighted[at] * weighted[at];
  return sum / samples;
}

function draw() {
  const graph = measuring();
  if (graph) {
    const levels = graph.channels.map((one) => peak(one.plain));
    const loud = levels.some((level) => level > FLOOR_DB);
    still = loud ? 0 : still + 1;
    if (still < 120) paintLive(graph, levels);
  }
  setTimeout(() => requestAnimationFrame(draw), graph && still < 120 ? 45 : 300);
}

function paintLive(graph, levels) {
  levels.forEach((level, side) => {
    held[side] = Math.max(level, held[side] - FALL_DB * 2, FLOOR_DB);
    $(`.meter i:nth-child(${side + 1})`).style.transform = `scaleX(${share(held[side])})`;
  });
  $('.meter').dataset.over = String(levels.some((level) => level > -0.1));
  const samples = Math.min(Math.round(MOMENT_S * graph.context.sampleRate), 32_768);
  const sum = graph.channels.reduce((all, one) => all + power(one.weighted, samples), 0);
  const momentary = -0.691 + 10 * Math.log10(Math.max(sum, 1e-12));
  setText($('.momentary'), momentary > -70 ? momentary.toFixed(1) : '−∞');
}

function paintMeasured(view) {
  const mix = view.mix;
  const known = mix && Number.isFinite(mix.lufs);
  setText($('.integrated'), known ? mix.lufs.toFixed(1) : '–');
  setText($('.truepeak'), mix && Number.isFinite(mix.true_peak_db) ? mix.true_peak_db.toFixed(1) : '–');
  $('.loudness').classList.toggle('old', Boolean(mix) && !mix.current);
}

export function startMeters() {
  onPaint(paintMeasured);
  draw();
}
