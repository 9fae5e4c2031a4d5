// The mix of the project as a lane: outline or spectrogram under the timeline, and the file to take away.
import { $, address, onPaint, state } from './state.js';
import { colour, decibels, setAttr, setHidden, setText } from './dom.js';
import { action } from './actions.js';
import { px, scroller, viewWidth } from './scale.js';
import { drawOutline, outline, prepared } from './waves.js';
import { redraw } from './timeline.js';
import { fill, send } from './requests.js';

const file = () => address('mixes', state.view.mix.file);

function paintMix(view) {
  const mix = view.mix;
  const link = $('.download');
  setHidden(link, !mix);
  setHidden($('.mixstrip'), !view.events.length);
  fill($('.master'), view.master_db);
  setText($('.mastervalue'), decibels(view.master_db));
  setText($('.mixtext'), mix ? mix.text : '');
  setText($('.mixstale'), view.mixing ? 'mixing…' : mix ? mix.stale_text : '');
  if (!mix) return;
  link.href = `${file()}.wav`;
  link.download = `audiostory-${view.project.slice(0, 8)}-${mix.rate_hz / 1000}kHz.wav`;
  if (!$('.spectrogram').hidden) showPicture();
}

export function drawMix() {
  const box = $('.mixwave');
  const canvas = box.firstElementChild;
  if (!state.view.mix || !box.clientHeight) return;
  const [width, height] = [viewWidth(), box.clientHeight];
  const ctx = prepared(canvas, width, height);
  const shape = ctx && outline(file(), redraw);
  canvas.dataset.drawn = shape ? state.view.mix.file : '';
  if (!shape) return;
  ctx.fillStyle = colour('soft');
  const left = scroller().scrollLeft;
  drawOutline(ctx, shape, { x0: -left, width: px(state.view.mix.duration_s), from: 0, to: width, middle: height / 2, half: height / 2 - 2 });
}

function showPicture() {
  const picture = $('.spectrogram');
  picture.style.width = `${px(state.view.mix.duration_s)}px`;
  if (picture.dataset.src === file()) return;
  picture.dataset.src = file();
  picture.src = `${file()}.png`;
}

export function startMix() {
  onPaint(paintMix);
  const master = $('.master');
  master.title = 'Master gain; double-click: 0 dB';
  master.addEventListener('input', () => setText($('.mastervalue'), decibels(Number(master.value))));
  master.addEventListener('change', () => send('master', { gain: master.value }, { field: master }));
  action('spectrogram', 'Spectrogram or outline of the mix', () => {
    const picture = $('.spectrogram');
    setHidden(picture, !picture.hidden);
    setHidden($('.mixwave'), !picture.hidden);
    setAttr($('[data-act="spectrogram"]'), 'aria-pressed', !picture.hidden);
    if (!picture.hidden && state.view.mix) showPicture();
    redraw();
  }, { keys: ['G'], group: 'Playing' });
}
