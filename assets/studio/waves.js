// Outlines of sounds: fetched once per file, drawn on canvases column by column. Never the audio itself.
const AT_ONCE = 4;
const known = new Map(); // address -> outline, null while it comes or where there is none
const line = [];
let running = 0;

// The outline of a file (its address without a suffix), or null while it is not here; `ready` is called when it has come.
export function outline(address, ready) {
  if (known.has(address)) return known.get(address);
  known.set(address, null);
  line.push({ address, ready });
  next();
  return null;
}

function next() {
  if (running >= AT_ONCE || !line.length) return;
  const { address, ready } = line.pop(); // what was asked for last is what is on screen now
  running += 1;
  fetch(`${address}.peaks`)
    .then((answer) => (answer.ok ? answer.json() : null))
    .then((found) => { if (found) { known.set(address, parsed(found)); ready(); } })
    .catch(() => known.delete(address))
    .finally(() => { running -= 1; next(); });
}

// Two zoom levels, the coarse one first, in 127ths of full scale.
function parsed(found) {
  const levels = found.levels.map((level) => ({ high: Int8Array.from(level.high), low: Int8Array.from(level.low), columns: level.high.length }));
  return { levels, lengthS: found.length_s, loudness: Number.isFinite(found.lufs) ? found.lufs : found.rms_db };
}

// The coarsest level that has a column for every pixel.
const levelFor = (shape, width) => shape.levels.find((level) => level.columns >= width) || shape.levels[shape.levels.length - 1];

// What the server measured of a file, without its audio: {loudness} in dB, null where it is not to be had.
export function measured(address) {
  const here = known.get(address);
  if (here) return Promise.resolve(here);
  return new Promise((resolve) => { outline(address, () => resolve(known.get(address) || null)); setTimeout(() => resolve(known.get(address) || null), 10_000); });
}

// Draws `shape` from `x0` (fractions allowed), `width` pixels for its whole length, only where from <= x < to.
export function drawOutline(ctx, shape, { x0, width, from, to, middle, half, gain = () => 1 }) {
  const first = Math.max(Math.floor(Math.max(from, x0)), 0);
  const last = Math.min(to, x0 + width);
  const level = levelFor(shape, width);
  const scale = level.columns / width;
  const unit = half / 127;
  ctx.beginPath();
  for (let x = first; x < last; x += 1) {
    const a = Math.max(Math.floor((x - x0) * scale), 0);
    const b = Math.min(Math.max(Math.floor((x + 1 - x0) * scale), a + 1), level.columns);
    let high = -128;
    let low = 127;
    for (let at = a; at < b; at += 1) {
      if (level.high[at] > high) high = level.high[at];
      if (level.low[at] < low) low = level.low[at];
    }
    if (a >= b) continue;
    const loud = unit * gain(x);
    ctx.rect(x, middle - high * loud - 0.4, 1, Math.max((high - low) * loud, 0) + 0.8);
  }
  ctx.fill();
}

// A canvas as large as its box on this screen, cleared; null while it has no size.
export function prepared(canvas, width, height) {
  if (width <= 0 || height <= 0) return null;
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const ctx = canvas.getContext('2d');
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}

// One whole sound in a box of its own, e.g. in the inspector.
export function paintBox(canvas, address, ink) {
  const box = canvas.parentElement;
  const shape = address ? outline(address, () => paintBox(canvas, address, ink)) : null;
  if (canvas.dataset.wanted !== address) canvas.dataset.wanted = address || '';
  if (address && !shape) canvas.dataset.drawn = '';
  const ctx = prepared(canvas, box.clientWidth, box.clientHeight);
  if (!ctx || !shape) return;
  ctx.fillStyle = ink;
  const middle = box.clientHeight / 2;
  drawOutline(ctx, shape, { x0: 0, width: box.clientWidth, from: 0, to: box.clientWidth, middle, half: middle - 2 });
  canvas.dataset.drawn = address;
}
