// The Export panel's form: a preset, what goes before it, and names. What is wrong with it is said as the server says it.
import { make, setHidden, setText } from './dom.js';
import { videoField } from './exportvideo.js';

const CREATOR = 'audiostory-creator';
const kept = { preset: '', creator: localStorage.getItem(CREATOR) || '', categories: new Map() }; // while this window lives
export const signed = (value) => (value < 0 ? `−${Math.abs(value)}` : String(value));
// What a person typed as a number, with a point or a comma; NaN where it is none.
export const decimal = (text) => { const plain = text.trim().replace(',', '.').replace('−', '-'); return plain ? Number(plain) : NaN; };
const CHANNELS = { 1: 'mono', 2: 'stereo' };
const kilohertz = (rate) => `${rate / 1000} kHz`;
const targetWords = (target) => [
  target.lufs === null ? '' : `${signed(target.lufs)} LUFS`, target.ceiling === null ? '' : `${signed(target.ceiling)} dBTP`,
].filter(Boolean).join(', ') || 'as mixed'; // prettier-ignore

function field(name, label, node) {
  const box = make('label', '', label);
  node.name = name;
  box.append(node);
  return box;
}

function options(node, pairs) {
  const was = node.value;
  node.replaceChildren(...pairs.map(([value, text]) => {
    const one = make('option', '', text);
    one.value = value;
    return one;
  }));
  node.value = pairs.some(([value]) => value === was) ? was : '';
}

const line = (name, label, attributes) => field(name, label, Object.assign(make('input'), { autocomplete: 'off', spellcheck: false }, attributes));

// choices: what the server offers. changed: called after every change that makes another export.
export function exportForm(choices, changed) {
  const node = make('form', 'exportform');
  const presets = make('fieldset', 'exportpresets');
  presets.append(make('legend', '', 'What is written'), ...choices.presets.map(presetCard));
  const sound = make('div', 'fields');
  sound.append(...[['format', 'Format'], ['rate', 'Rate'], ['bits', 'Depth'], ['channels', 'Channels']].map(([name, label]) => field(name, label, make('select'))));
  const loudness = make('div', 'fields loudfields');
  loudness.append(
    field('loudness', 'Loudness', make('select')),
    line('lufs', 'Loudness, LUFS', { value: '-18', inputMode: 'decimal' }),
    line('ceiling', 'Ceiling, dBTP (empty: none)', { value: '-1', inputMode: 'decimal' }),
  );
  const names = make('div', 'fields three');
  names.append(
    field('naming', 'Names of files', make('select')),
    line('creator', 'Creator', { value: kept.creator, maxLength: choices.limits.name, placeholder: 'who made it' }),
    line('source', 'Source', { maxLength: choices.limits.name, placeholder: 'the title' }),
  );
  const more = make('div', 'fields');
  const handlesNote = make('p', 'exportnote handlesnote', 'Handles are what a take has beyond its place. The take of an event begins with it, so an event has one after it; a clip has them on both sides.');
  more.append(line('handles', 'Handles of events and clips, s', { inputMode: 'decimal' }), field('frames', 'Frames a second of EDLs', make('select')), handlesNote);
  const video = videoField();
  const categories = make('div', 'exportcategories');
  const rest = make('div', 'exportchoices');
  rest.append(sound, loudness, names, more, video.node, categories);
  node.append(presets, rest);

  const value = (name) => node.elements[name].value;
  const asked = (name) => (node.elements[name].disabled ? '' : value(name)); // what can't be chosen now is not asked for
  const preset = () => choices.presets.find((one) => one.name === value('preset')) || choices.presets[0];
  const codecs = () => (value('format') ? [value('format')] : preset().formats).map((name) => choices.formats.find((one) => one.name === name));
  const ucs = () => (value('naming') || preset().naming) === 'ucs' && preset().events;

  function settle() {
    const one = preset();
    const titles = one.formats.map((name) => choices.formats.find((format) => format.name === name).title);
    options(node.elements.format, [['', `As the preset (${titles.join(', ') || 'none'})`], ...choices.formats.map((format) => [format.name, format.title])]);
    const held = codecs();
    const rates = held.length ? held.map((format) => format.rates).reduce((all, more) => all.filter((rate) => more.includes(rate))) : [];
    const usual = rates.includes(one.rate) ? one.rate : 48_000;
    options(node.elements.rate, [['', `As the preset (${kilohertz(usual)})`], ...rates.map((rate) => [String(rate), kilohertz(rate)])]);
    const whole = held.filter((format) => format.depths.length);
    const depths = whole.length ? whole.map((format) => format.depths).reduce((all, more) => all.filter((bits) => more.includes(bits))) : [];
    options(node.elements.bits, [['', depths.length ? 'As the preset (24 bit)' : 'none: it is lossy'], ...depths.map((bits) => [String(bits), bits === 32 ? '32 bit float' : `${bits} bit`])]);
    options(node.elements.channels, [['', `As the preset (${one.channels ? CHANNELS[one.channels] : 'as the mix'})`], ...Object.entries(CHANNELS)]);
    options(node.elements.frames, choices.frames.map((rate) => [rate === choices.frames_usual ? '' : rate, rate]));
    node.elements.handles.placeholder = `${one.handles} as the preset`;
    options(node.elements.loudness, [['', `As the preset (${targetWords(one.target)})`], ['off', 'Off: as mixed'], ...choices.targets.map((target) => [target.name, `${target.title} (${targetWords(target)})`]), ['own', 'Own value']]);
    options(node.elements.naming, [['', `As the preset (${one.naming === 'ucs' ? 'UCS' : 'plain words'})`], ['plain', 'Plain words'], ['ucs', 'Universal Category System']]);
    ['format', 'rate', 'channels', 'loudness', 'naming', 'video'].forEach((name) => { node.elements[name].disabled = !one.sound; });
    node.elements.bits.disabled = !one.sound || !depths.length;
    node.elements.handles.disabled = !one.events;
    node.elements.frames.disabled = !one.sessions;
    setHidden(more, !one.events && !one.sessions);
    setHidden(handlesNote, !one.events);
    setHidden(video.node, !one.sound);
    const own = asked('loudness') === 'own';
    ['lufs', 'ceiling'].forEach((name) => setHidden(node.elements[name].parentElement, !own));
    loudness.classList.toggle('three', own);
    setHidden(categories, !ucs());
  }

  // The field that is wrong, and why; nothing where all is well.
  function wrong() {
    if (asked('loudness') === 'own') {
      for (const [name, what, unit] of [['lufs', 'the loudness', 'LUFS'], ['ceiling', 'the ceiling', 'dBTP']]) {
        const [least, most] = choices.limits[name];
        if (!value(name).trim() && name === 'ceiling') continue;
        const given = decimal(value(name));
        if (!(given >= least && given <= most)) return [node.elements[name], `${what} must be a number from ${signed(least)} to ${signed(most)} ${unit}`];
      }
    }
    if (asked('handles').trim()) {
      const [least, most] = choices.limits.handles;
      const given = decimal(value('handles'));
      if (!(given >= least && given <= most)) return [node.elements.handles, `handles must be a number from ${least} to ${most} s`];
    }
    const unknown = ucs() && [...categories.querySelectorAll('input')].find((input) => input.value && !known.has(input.value));
    return unknown ? [unknown, `there is no category “${unknown.value.slice(0, 40)}” in the Universal Category System’s table`] : null;
  }

  // One sentence, and the field that it is about is marked; nothing where all is well.
  function fault() {
    node.querySelectorAll('.invalid').forEach((one) => one.classList.remove('invalid'));
    const [input, words] = wrong() || [null, ''];
    if (input) input.classList.add('invalid');
    return words;
  }

  let known = new Map();
  // What the server suggests for each event and clip; what was chosen in this window goes before it.
  function showCategories({ events, table }) {
    known = new Map(table);
    const list = make('datalist');
    list.id = 'ucs-categories';
    list.append(...table.map(([id, words]) => { const one = make('option', '', words); one.value = id; return one; }));
    const rows = make('ul');
    rows.append(...events.map((event) => categoryRow(event, known)));
    categories.replaceChildren(make('h3', '', 'Category of each event and clip, suggested by its caption; type to choose another'), rows, list);
  }

  function wish() {
    const rows = [...categories.querySelectorAll('input')].filter((input) => input.value && input.value !== input.dataset.suggested);
    return {
      preset: value('preset'), format: asked('format'), rate: asked('rate'), bits: asked('bits'), channels: asked('channels'), loudness: asked('loudness'),
      ...(asked('loudness') === 'own' ? { lufs: decimal(value('lufs')), ceiling: value('ceiling').trim() ? decimal(value('ceiling')) : '' } : {}),
      handles: asked('handles').trim() ? decimal(value('handles')) : '', frames: asked('frames'), video: !node.elements.video.disabled && node.elements.video.checked,
      naming: asked('naming'), creator: value('creator'), source: value('source'),
      categories: ucs() ? Object.fromEntries(rows.map((input) => [input.dataset.event, input.value])) : {},
    }; // prettier-ignore
  }

  // What the loudness is to become; null while something is wrong.
  function target() {
    const name = asked('loudness');
    if (wrong()) return null;
    if (!name) return preset().target;
    if (name === 'own') return { lufs: decimal(value('lufs')), ceiling: value('ceiling').trim() ? decimal(value('ceiling')) : null };
    return choices.targets.find((one) => one.name === name) || { lufs: null, ceiling: null };
  }

  node.addEventListener('submit', (event) => { event.preventDefault(); event.stopPropagation(); });
  node.addEventListener('change', (event) => {
    kept.preset = value('preset');
    kept.creator = value('creator');
    localStorage.setItem(CREATOR, kept.creator);
    if (event.target.dataset.event) kept.categories.set(event.target.dataset.event, event.target.value);
    settle();
    changed(event.target);
  });
  (node.elements.preset.forEach ? [...node.elements.preset] : [node.elements.preset]).forEach((radio, at) => { radio.checked = radio.value === kept.preset || (!kept.preset && at === 0); });
  settle();
  return { node, wish, fault, ucs, target, preset, video, showCategories, sayCategories: (words) => { const said = make('p', 'exportnote'); setText(said, words); categories.replaceChildren(said); } };
}

function presetCard(one) {
  const label = make('label', 'exportpreset');
  const radio = make('input');
  radio.type = 'radio';
  radio.name = 'preset';
  radio.value = one.name;
  const words = make('span');
  words.append(make('b', '', one.title), make('small', '', one.contents));
  label.append(radio, words);
  return label;
}

function categoryRow(event, known) {
  const row = make('li');
  const input = make('input');
  input.setAttribute('list', 'ucs-categories');
  input.setAttribute('aria-label', event.lane ? `Category of clip ${event.n} of ${event.lane}` : `Category of event ${event.n}`);
  input.dataset.event = event.id;
  input.dataset.suggested = event.category;
  input.value = kept.categories.get(event.id) || event.category;
  const words = make('small', '', known.get(input.value) || '');
  input.addEventListener('change', () => setText(words, known.get(input.value) || ''));
  row.append(make('span', 'c-n', String(event.n)), make('span', 'exportcaption', event.lane ? `${event.lane}: ${event.caption}` : event.caption), input, words);
  return row;
}
