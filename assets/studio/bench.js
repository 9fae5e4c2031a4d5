// Paints the view that the server sends and sends requests back. Holds no truth of its own beside the selection.
// Whatever a user wrote becomes a text node or a field's value, never markup.
const root = element;
const $ = (selector) => root.querySelector(selector);
const SVG = 'http://www.w3.org/2000/svg';
const LABEL = { missing: 'not rendered', rendered: 'rendered', stale: 'stale', context: 'context changed', rendering: 'rendering' };

let view = null;
let serial = 0;
let selected = null;
let seenAt = 0;
let painted = 0;

const make = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};
const setText = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const clock = (s) => {
  const tenths = Math.round(s * 10) / 10;
  const minutes = Math.floor(tenths / 60);
  return `${minutes}:${(tenths - minutes * 60).toFixed(1).padStart(4, '0')}`;
};
const brief = (s) => String(Math.round(s * 1000) / 1000);
const eventOf = (id) => (view && view.events ? view.events.find((e) => e.id === id) : undefined);
const url = (kind, file) => `studio/${view.project}/${kind}/${file}`;

// ---- requests: one at a time, each against the revision that is shown

const queue = [];
let waiting = null;
let sequence = 0;

function send(op, payload, field) {
  queue.push({ op, payload, field });
  pump();
}

function pump() {
  if (waiting || !queue.length || !view) return;
  waiting = queue.shift();
  sequence += 1;
  waiting.seq = sequence;
  waiting.sentAt = Date.now();
  trigger('op', { ...waiting.payload, op: waiting.op, seq: sequence, revision: view.revision });
}

// What was typed stays in its field until its own answer comes, whatever views arrive before that.
function asked(field) {
  return (waiting && waiting.field === field) || queue.some((request) => request.field === field);
}

function answered(next) {
  if (!waiting || next.ack !== waiting.seq) return;
  if (waiting.field) waiting.field.classList.toggle('invalid', Boolean(next.notice));
  if (waiting.op === 'add' && !next.notice) waiting.field.value = '';
  waiting = null;
}

// ---- waveforms, fetched once per take

const waves = new Map();

function wave(address) {
  if (!waves.has(address)) waves.set(address, fetch(address).then((r) => (r.ok ? r.json() : null)).catch(() => null));
  return waves.get(address);
}

function drawWave(box, address, columns, widthPercent) {
  if (box.dataset.wave === address) {
    if (box.firstChild) box.firstChild.style.width = `${widthPercent}%`;
    return;
  }
  box.dataset.wave = address;
  box.replaceChildren();
  if (!address) return;
  wave(address).then((found) => {
    if (!found || box.dataset.wave !== address) return;
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('viewBox', `0 0 ${columns} 200`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.style.width = `${widthPercent}%`;
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', found.d);
    svg.append(path);
    box.replaceChildren(svg);
  });
}

// ---- one player for everything

const audio = new Audio();
audio.preload = 'auto';
let playing = null;

function play(what) {
  const same = playing && playing.address === what.address;
  if (same && !audio.paused) { audio.pause(); return; }
  if (!same) { playing = what; audio.src = what.address; }
  audio.play().catch(() => say('this sound can’t be played; render or mix again'));
}

function playEvent(event, take) {
  const chosen = take || (event && event.take);
  if (!chosen) { say('this event is not rendered yet'); return; }
  play({ address: url('takes', `${chosen.file}.wav`), event: event.id, start: event.start_s, take: chosen.id });
}

function playMix() {
  if (view.mix) play({ address: url('mixes', `${view.mix.file}.wav`), mix: true, start: 0 });
}

function paintPlayer() {
  const on = playing && !audio.paused;
  root.querySelectorAll('.playing').forEach((n) => n.classList.remove('playing'));
  if (on && playing.event) {
    root.querySelectorAll(`[data-event="${CSS.escape(playing.event)}"]`).forEach((n) => n.classList.add('playing'));
    if (playing.event === selected) $('.inspector').classList.add('playing');
  }
  if (on && playing.mix) $('.mixcard').classList.add('playing');
  const at = playing ? playing.start + audio.currentTime : 0;
  setText($('.clock'), playing ? clock(at) : '');
  const heads = root.querySelectorAll('.playhead');
  heads.forEach((h) => { h.hidden = true; });
  if (playing && view && view.total_s && (on || audio.currentTime > 0)) {
    const head = playing.mix ? [$('.mixbox .playhead'), $('.lane > .playhead')] : [$('.lane > .playhead')];
    head.filter(Boolean).forEach((h) => { h.hidden = false; h.style.left = `${(100 * at) / view.total_s}%`; });
  }
  if (on) requestAnimationFrame(paintPlayer);
}
['play', 'pause', 'ended', 'seeked'].forEach((name) => audio.addEventListener(name, paintPlayer));
audio.addEventListener('ended', () => { playing = null; paintPlayer(); });

// ---- painting

let noticeTimer = 0;
function say(text) {
  const box = $('.notice');
  setText(box.firstElementChild, text);
  box.hidden = !text;
  clearTimeout(noticeTimer);
}

function fill(field, value) {
  if (field === document.activeElement || field.classList.contains('invalid') || asked(field)) return;
  if (field.value !== value) field.value = value;
}

function keyed(parent, items, build, update) {
  const old = new Map([...parent.children].map((n) => [n.dataset.event, n]));
  items.forEach((item, index) => {
    let node = old.get(item.id);
    if (!node) { node = build(item); node.dataset.event = item.id; }
    old.delete(item.id);
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] || null);
    update(node, item);
  });
  old.forEach((node) => node.remove());
}

function buildBlock() {
  const block = make('div', 'ev');
  block.setAttribute('role', 'option');
  block.append(make('i', 'fade'), make('div', 'blockwave'), make('b', 'name'), make('span', 'when'), make('span', 'tag'));
  return block;
}

function updateBlock(block, item) {
  block.style.left = `${(100 * item.start_s) / view.total_s}%`;
  block.style.width = `${(100 * item.duration_s) / view.total_s}%`;
  block.dataset.state = item.state;
  block.setAttribute('aria-selected', item.id === selected);
  block.title = `${item.n}. ${item.caption}\n${clock(item.start_s)} – ${clock(item.end_s)}\n${item.state_text}`;
  const [fade, box, name, when, tag] = block.children;
  fade.hidden = !item.fade_in_s;
  fade.style.width = `${(100 * item.fade_in_s) / item.duration_s}%`;
  setText(name, `${item.n}  ${item.caption}`);
  setText(when, `${clock(item.start_s)} – ${clock(item.end_s)}`);
  setText(tag, LABEL[item.state]);
  const take = item.take;
  drawWave(box, take ? url('takes', `${take.file}.json`) : '', 600, take ? (100 * take.length_s) / item.duration_s : 100);
}

function buildRow() {
  const row = make('tr');
  const cells = ['c-play', 'c-n', 'c-caption', 'c-when', 'c-seconds', 'c-state'].map((name) => make('td', name));
  const button = make('button', 'play');
  button.type = 'button';
  button.dataset.act = 'playrow';
  cells[0].append(button);
  const caption = make('textarea');
  caption.rows = 1;
  caption.dataset.field = 'caption';
  cells[2].append(caption);
  const seconds = make('input');
  seconds.dataset.field = 'duration';
  seconds.inputMode = 'decimal';
  cells[4].append(seconds);
  cells[5].append(make('span', 'tag'), make('small'));
  row.append(...cells);
  return row;
}

function updateRow(row, item) {
  row.dataset.state = item.state;
  row.setAttribute('aria-selected', item.id === selected);
  const [button, n, caption, when, seconds, state] = row.children;
  button.firstChild.disabled = !item.take;
  button.firstChild.setAttribute('aria-label', `Play event ${item.n}`);
  setText(n, String(item.n));
  fill(caption.firstChild, item.caption);
  caption.firstChild.setAttribute('aria-label', `Caption of event ${item.n}`);
  setText(when, `${clock(item.start_s)} – ${clock(item.end_s)}`);
  fill(seconds.firstChild, brief(item.duration_s));
  seconds.firstChild.setAttribute('aria-label', `Seconds of event ${item.n}`);
  setText(state.firstChild, LABEL[item.state]);
  setText(state.lastChild, item.state === 'stale' ? item.state_text.replace(/^stale: /, '') : '');
  state.title = item.state_text;
  fitHeight(caption.firstChild);
}

function fitHeight(area) {
  area.style.height = 'auto';
  if (area.scrollHeight) area.style.height = `${area.scrollHeight}px`;
}

function paintRuler() {
  const ruler = $('.ruler');
  const wanted = `${view.total_s}`;
  if (ruler.dataset.total === wanted) return;
  ruler.dataset.total = wanted;
  const steps = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
  const step = steps.find((s) => view.total_s / s <= 14) || 600;
  const ticks = [];
  for (let at = 0; at < view.total_s - step / 3; at += step) {
    const tick = make('span', '', clock(at));
    tick.style.left = `${(100 * at) / view.total_s}%`;
    ticks.push(tick);
  }
  ruler.replaceChildren(...ticks);
}

function paintInspector() {
  const item = eventOf(selected);
  const pane = $('.inspector');
  pane.hidden = !item;
  if (!item) return;
  if (pane.dataset.shown !== item.id) {
    pane.querySelectorAll('.invalid').forEach((n) => n.classList.remove('invalid'));
    if (pane.contains(document.activeElement)) document.activeElement.blur();
    pane.dataset.shown = item.id;
    fill(pane.querySelector('[name="at"]'), brief(item.duration_s / 2));
  }
  pane.dataset.state = item.state;
  setText(pane.querySelector('h2'), `Event ${item.n}`);
  setText(pane.querySelector('.span'), `${clock(item.start_s)} – ${clock(item.end_s)}`);
  setText(pane.querySelector('.why'), item.state_text);
  pane.querySelector('[data-act="play"]').disabled = !item.take;
  pane.querySelector('[data-act="again"]').disabled = item.state === 'rendering';
  pane.querySelector('[data-act="earlier"]').disabled = item.n === 1;
  pane.querySelector('[data-act="later"]').disabled = item.n === view.events.length;
  drawWave(pane.querySelector('.wavebox'), item.take ? url('takes', `${item.take.file}.json`) : '', 600, 100);
  fill(pane.querySelector('[data-field="caption"]'), item.caption);
  fill(pane.querySelector('[data-field="duration"]'), brief(item.duration_s));
  fill(pane.querySelector('[data-field="seed"]'), String(item.seed));
  paintSeam(pane, item.seam);
  paintTakes(pane.querySelector('.takes'), item);
}

function paintSeam(pane, seam) {
  pane.querySelector('.seam').hidden = !seam;
  const note = pane.querySelector('.seamnote');
  note.hidden = !seam || seam.effective_s === seam.length_s;
  if (!seam) return;
  fill(pane.querySelector('[data-field="fade"]'), brief(seam.length_s));
  fill(pane.querySelector('[data-field="curve"]'), seam.curve);
  setText(note, `Shortened to ${brief(seam.effective_s)} s, so that it fits both events.`);
}

function paintTakes(list, item) {
  const signature = JSON.stringify([item.id, item.takes, item.take && item.take.id]);
  if (list.dataset.signature === signature) return;
  list.dataset.signature = signature;
  list.replaceChildren(...[...item.takes].reverse().map((take) => {
    const row = make('li', item.take && item.take.id === take.id ? 'chosen' : '');
    row.dataset.take = take.id;
    const listen = make('button', 'play');
    listen.type = 'button';
    listen.dataset.act = 'playtake';
    listen.setAttribute('aria-label', `Play take ${take.n}`);
    const words = make('span', 'takename', `Take ${take.n}`);
    const detail = make('small', '', `seed ${take.seed}`);
    detail.title = `seed ${take.seed}, made ${take.made_at}\n${take.caption}`;
    const use = make('button', 'use', row.className ? 'in use' : 'Use');
    use.type = 'button';
    use.dataset.act = 'usetake';
    use.disabled = Boolean(row.className);
    row.append(listen, words, detail, use);
    return row;
  }));
  if (!item.takes.length) list.append(make('li', 'none', 'none yet'));
}

function paintJob() {
  const job = view.job;
  const line = $('.jobline');
  line.hidden = !job;
  if (!job) return;
  line.dataset.status = job.status;
  const percent = Math.round(100 * job.fraction);
  const bar = line.firstElementChild;
  bar.hidden = !job.active;
  bar.setAttribute('aria-valuenow', percent);
  bar.firstElementChild.style.width = `${percent}%`;
  setText(line.querySelector('.jobtext'), job.text);
}

function paintMix() {
  const card = $('.mixcard');
  card.hidden = !view.mix;
  if (!view.mix) return;
  setText(card.querySelector('.mixtext'), view.mix.text);
  setText(card.querySelector('.mixstale'), view.mix.stale_text);
  const address = url('mixes', view.mix.file);
  const link = card.querySelector('.download');
  link.href = `${address}.wav`;
  link.download = `audiostory-${view.project.slice(0, 8)}-${view.mix.rate_hz / 1000}kHz.wav`;
  drawWave(card.querySelector('.mixwave'), `${address}.json`, 1200, 100);
  const picture = card.querySelector('.spectrogram');
  if (picture.dataset.src !== address) { picture.dataset.src = address; picture.src = `${address}.png`; picture.hidden = false; }
  card.querySelector('.marks').replaceChildren(...(view.mix.current ? view.events.slice(1) : []).map((event) => {
    const mark = make('i');
    mark.style.left = `${(100 * event.start_s) / view.total_s}%`;
    return mark;
  }));
}

function paintOutside() {
  const line = document.getElementById('model-line');
  if (line) { setText(line, view.model.text); line.dataset.state = view.model.state; }
  const active = Boolean(view.job && view.job.active);
  const press = (id, enabled) => {
    const button = document.getElementById(id);
    if (button) button.toggleAttribute('data-off', !enabled);
  };
  press('cancel', active);
  press('render', view.events.length > 0 && !active);
  press('mix', view.events.length > 0);
  if (view.saved) {
    const address = new URL(location.href);
    if (address.searchParams.get('project') !== view.project) {
      address.searchParams.set('project', view.project);
      history.replaceState(null, '', address);
    }
  }
}

function paint() {
  if (!eventOf(selected)) selected = view.events.length ? view.events[Math.min(painted, view.events.length - 1)].id : null;
  painted = Math.max(view.events.findIndex((e) => e.id === selected), 0);
  $('.bench').dataset.empty = String(!view.events.length);
  setText($('.total'), view.total_text);
  $('.total').dataset.exact = String(view.total_s === view.requested_s);
  setText($('.summary'), view.summary + (view.planned ? ` · seed ${view.seed}` : ''));
  paintRuler();
  keyed($('.strip'), view.events, buildBlock, updateBlock);
  keyed($('tbody'), view.events, buildRow, updateRow);
  paintInspector();
  paintJob();
  paintMix();
  paintOutside();
  const why = $('.reasoning');
  why.hidden = !view.reasoning;
  setText(why.lastElementChild, view.reasoning);
  fill($('[name="steps"]'), String(view.settings.steps));
  fill($('[name="guidance"]'), String(view.settings.guidance));
}

function show(next) {
  if (!next || !next.serial) return;
  answered(next);
  if (next.notice) say(next.notice);
  else if (next.ack !== null) say('');
  if (next.serial > serial && next.project) {
    serial = next.serial;
    seenAt = Date.now();
    view = next;
    paint();
  }
  pump();
}

// ---- following: ask for views while something is under way, and again if they stop coming

setInterval(() => {
  if (waiting && Date.now() - waiting.sentAt > 15000) { waiting = null; pump(); }
  if (!view) return;
  const under = (view.job && view.job.active) || view.model.state === 'loading';
  if (under && Date.now() - seenAt > (root.dataset.following ? 4000 : 100)) {
    root.dataset.following = '1';
    seenAt = Date.now();
    trigger('follow', {});
  }
  if (!under) delete root.dataset.following;
}, 150);

// ---- what the user does

function pick(id) {
  if (!eventOf(id) || id === selected) return;
  selected = id;
  paint();
}

const ACTS = {
  dismiss: () => say(''),
  play: () => playEvent(eventOf(selected)),
  playmix: () => playMix(),
  regenerate: () => send('regenerate', { id: selected }),
  again: () => send('again', { id: selected }),
  delete: () => send('delete', { id: selected }),
  earlier: () => send('move', { id: selected, to: eventOf(selected).n - 2 }),
  later: () => send('move', { id: selected, to: eventOf(selected).n }),
};

root.addEventListener('click', (event) => {
  const host = event.target.closest('[data-event]');
  const act = event.target.closest('[data-act]');
  if (host) pick(host.dataset.event);
  if (!act || act.disabled) return;
  const name = act.dataset.act;
  if (name === 'playrow') playEvent(eventOf(host.dataset.event));
  else if (name === 'playtake' || name === 'usetake') {
    const item = eventOf(selected);
    const take = item.takes.find((t) => t.id === act.closest('li').dataset.take);
    if (name === 'playtake') playEvent(item, take);
    else send('take', { id: selected, take: take.id });
  } else if (ACTS[name]) ACTS[name]();
});

root.addEventListener('dblclick', (event) => {
  const block = event.target.closest('.ev');
  if (block) playEvent(eventOf(block.dataset.event));
});

root.addEventListener('focusin', (event) => {
  const row = event.target.closest('tr[data-event]');
  if (row) pick(row.dataset.event);
});

root.addEventListener('change', (event) => {
  const field = event.target.closest('[data-field]');
  if (!field) return;
  const host = field.closest('[data-event]');
  send(field.dataset.field, { id: host ? host.dataset.event : selected, value: field.value }, field);
});

root.addEventListener('input', (event) => {
  if (event.target.matches('tbody textarea')) fitHeight(event.target);
});

root.addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target;
  const value = (name) => form.elements[name].value;
  if (form.dataset.form === 'add') {
    send('add', { caption: value('caption'), duration: value('duration'), after: selected || '' }, form.elements.caption);
  } else if (form.dataset.form === 'split') {
    send('split', { id: selected, value: value('at') }, form.elements.at);
  } else if (form.dataset.form === 'settings') {
    send('settings', { steps: value('steps'), guidance: value('guidance') }, form.elements.steps);
  }
});

$('.mixbox').addEventListener('click', (event) => {
  if (!view.mix) return;
  const box = $('.mixbox').getBoundingClientRect();
  if (!playing || !playing.mix) playMix();
  audio.currentTime = ((event.clientX - box.left) / box.width) * view.mix.duration_s;
});

function typing(target) {
  return target instanceof Element && target.closest('input, textarea, select, button, [contenteditable]');
}

document.addEventListener('keydown', (event) => {
  const field = event.target instanceof Element && event.target.closest('.bench [data-field]');
  if (field && event.key === 'Escape') {
    field.classList.remove('invalid');
    field.blur();
    paint();
  } else if (field && event.key === 'Enter' && !event.shiftKey) {
    event.preventDefault();
    field.blur();
  }
  if (!view || !view.events.length || typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const at = view.events.findIndex((e) => e.id === selected);
  if (step && view.events[at + step]) pick(view.events[at + step].id);
  else if (event.key === ' ') playEvent(eventOf(selected));
  else if (event.key === 'r' || event.key === 'R') ACTS.regenerate();
  else return;
  event.preventDefault();
});

const head = make('i', 'playhead');
head.hidden = true;
$('.lane').append(head);
watch('value', () => show(props.value));
show(props.value);
