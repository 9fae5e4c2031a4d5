// Spectrograms of takes, worked out and drawn by the page: time across, frequency upwards, logarithmic, in decibels
// below full scale, so that two takes can be compared by eye. The sound is only fetched when a picture is asked for.
import { colour } from './dom.js';
import { prepared } from './waves.js';

const COLUMNS = 480;
const ROWS = 144;
const WINDOW = 2_048;
const RATE_HZ = 48_000;
const LOWEST_HZ = 40;
const HIGHEST_HZ = 20_000;
const FLOOR_DB = -85;
const TOP_DB = -8;
const LINES_HZ = [100, 1_000, 10_000];
const KEPT = 12;
const known = new Map(); // address of a sound -> promise of {levels, lengthS}

// In place, `re` and `im` as long as a power of two.
export function fourier(re, im) {
  const n = re.length;
  for (let at = 1, back = 0; at < n; at += 1) {
    let bit = n >> 1;
    for (; back & bit; bit >>= 1) back ^= bit;
    back |= bit;
    if (at < back) [re[at], re[back], im[at], im[back]] = [re[back], re[at], im[back], im[at]];
  }
  for (let half = 1; half < n; half *= 2) {
    for (let k = 0; k < half; k += 1) {
      const [c, s] = [Math.cos((-Math.PI * k) / half), Math.sin((-Math.PI * k) / half)];
      for (let a = k; a < n; a += 2 * half) {
        const b = a + half;
        const [x, y] = [re[b] * c - im[b] * s, re[b] * s + im[b] * c];
        [re[b], im[b]] = [re[a] - x, im[a] - y];
        re[a] += x;
        im[a] += y;
      }
    }
  }
}

const hann = Float32Array.from({ length: WINDOW }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW));
const rowHz = (row) => LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** (row / (ROWS - 1));

// Which bins of the transform a row shows: at least one.
function binsOf(row, rateHz) {
  const [low, high] = [row - 0.5, row + 0.5].map((edge) => (rowHz(edge) / rateHz) * WINDOW);
  const first = Math.min(Math.max(Math.round(low), 1), WINDOW / 2 - 1);
  return [first, Math.max(Math.min(Math.round(high), WINDOW / 2), first + 1)];
}

// Samples of one channel -> decibels, column by column, the lowest row first: COLUMNS times ROWS of them.
export function analysed(samples, rateHz) {
  const levels = new Float32Array(COLUMNS * ROWS);
  const bins = Array.from({ length: ROWS }, (_, row) => binsOf(row, rateHz));
  const [re, im] = [new Float32Array(WINDOW), new Float32Array(WINDOW)];
  for (let column = 0; column < COLUMNS; column += 1) {
    const from = Math.round(((column + 0.5) / COLUMNS) * samples.length - WINDOW / 2);
    for (let n = 0; n < WINDOW; n += 1) re[n] = (samples[from + n] || 0) * hann[n];
    im.fill(0);
    fourier(re, im);
    bins.forEach(([first, end], row) => {
      let most = 1e-20;
      for (let bin = first; bin < end; bin += 1) most = Math.max(most, re[bin] * re[bin] + im[bin] * im[bin]);
      levels[column * ROWS + row] = 10 * Math.log10(most / (WINDOW / 4) ** 2); // a full-scale sine is 0 dB
    });
  }
  return levels;
}

async function read(address) {
  const answer = await fetch(`${address}.wav`);
  if (!answer.ok) throw new Error('gone');
  const buffer = await new OfflineAudioContext(1, 1, RATE_HZ).decodeAudioData(await answer.arrayBuffer());
  const mono = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel += 1) {
    buffer.getChannelData(channel).forEach((value, at) => { mono[at] += value / buffer.numberOfChannels; });
  }
  return { levels: analysed(mono, RATE_HZ), lengthS: buffer.duration };
}

export function spectrum(address) {
  if (!known.has(address)) {
    const found = read(address);
    known.set(address, found);
    found.catch(() => known.delete(address));
    if (known.size > KEPT) known.delete(known.keys().next().value);
  }
  return known.get(address);
}

const rgb = (name) => {
  const hex = colour(name).replace('#', '');
  return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
};

// From the ground of the page through the colour of its waves to its ink.
function inks() {
  const stops = ['sunk', 'wave', 'ink'].map(rgb);
  return Array.from({ length: 256 }, (_, level) => {
    const place = (level / 255) * (stops.length - 1);
    const [one, two] = [stops[Math.floor(place)], stops[Math.ceil(place)]];
    return one.map((value, at) => value + (two[at] - value) * (place % 1));
  });
}

function picture(levels) {
  const canvas = new OffscreenCanvas(COLUMNS, ROWS);
  const ctx = canvas.getContext('2d');
  const image = ctx.createImageData(COLUMNS, ROWS);
  const ramp = inks();
  levels.forEach((level, at) => {
    const share = Math.min(Math.max((level - FLOOR_DB) / (TOP_DB - FLOOR_DB), 0), 1);
    const pixel = 4 * ((ROWS - 1 - (at % ROWS)) * COLUMNS + Math.floor(at / ROWS));
    image.data.set([...ramp[Math.round(share * 255)], 255], pixel);
  });
  ctx.putImageData(image, 0, 0);
  return canvas;
}

function lines(ctx, width, height) {
  ctx.font = '10px "IBM Plex Mono", monospace';
  for (const hz of LINES_HZ) {
    const y = height * (1 - Math.log(hz / LOWEST_HZ) / Math.log(HIGHEST_HZ / LOWEST_HZ));
    ctx.fillStyle = colour('line');
    ctx.fillRect(0, Math.round(y), width, 1);
    const words = hz < 1_000 ? `${hz} Hz` : `${hz / 1_000} kHz`;
    ctx.fillStyle = colour('sunk'); // a ground of its own: below it may be anything
    ctx.fillRect(0, y - 13, ctx.measureText(words).width + 8, 13);
    ctx.fillStyle = colour('soft');
    ctx.fillText(words, 4, y - 3);
  }
}

// Draws a sound's picture into a canvas as large as its box. spanS: what the whole width stands for, so that two
// pictures side by side share one scale; by default the sound's own length.
export async function paintSpectrogram(canvas, address, spanS = 0) {
  canvas.dataset.wanted = address;
  canvas.dataset.drawn = '';
  const { levels, lengthS } = await spectrum(address);
  const box = canvas.parentElement;
  if (canvas.dataset.wanted !== address || !box) return;
  const [width, height] = [box.clientWidth, box.clientHeight];
  const ctx = prepared(canvas, width, height);
  if (!ctx) return;
  ctx.drawImage(picture(levels), 0, 0, spanS ? (width * lengthS) / spanS : width, height);
  lines(ctx, width, height);
  canvas.dataset.drawn = address;
}
