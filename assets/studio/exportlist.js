// What the Export panel shows of loudness and of finished exports.
import { button, make, setHidden, setText } from './dom.js';
import { signed } from './exportform.js';

const ROWS = [['Integrated', 'integrated_lufs', 'LUFS'], ['Range', 'range_lu', 'LU'], ['True peak', 'true_peak_dbtp', 'dBTP']];
const tenth = (value) => signed(Number(value.toFixed(1)) || 0).replace(/^(−?\d+)$/, '$1.0');
const figure = (value, unit) => (Number.isFinite(value) ? `${tenth(value)} ${unit}` : unit === 'LU' ? '–' : `−∞ ${unit}`);

export function size(bytes) {
  if (bytes < 1_000) return `${bytes} bytes`;
  const unit = bytes < 1e6 ? ['kB', 1e3] : bytes < 1e9 ? ['MB', 1e6] : ['GB', 1e9];
  return `${(bytes / unit[1]).toFixed(bytes / unit[1] < 10 ? 1 : 0)} ${unit[0]}`;
}

function moment(text) {
  const then = new Date(text);
  return Number.isNaN(then.getTime()) ? '' : then.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

// ---- loudness before and after

export function loudnessTable() {
  const node = make('table', 'exportloudness');
  const head = make('tr');
  head.append(make('th', '', 'Loudness'), make('th', '', 'The mix now'), make('th', '', 'Last export, before'), make('th', '', 'After'));
  const thead = make('thead');
  thead.append(head);
  const body = make('tbody');
  ROWS.forEach(([name, key]) => {
    const row = make('tr');
    row.dataset.figure = key;
    row.append(make('th', '', name), make('td', 'now'), make('td', 'before'), make('td', 'after'));
    body.append(row);
  });
  node.append(thead, body);
  const notes = make('div', 'exportnotes');

  // now: figures or null; measuring: 0 to 1 or null; last: the newest export with sound, or none; target: what is asked for, or null.
  function update({ now, measuring, last, target }) {
    ROWS.forEach(([, key, unit], at) => {
      const [, current, before, after] = body.children[at].children;
      setText(current, now ? figure(now[key], unit) : measuring === null ? '–' : at ? '…' : `measuring, ${Math.round(100 * measuring)} %`);
      setText(before, last ? figure(last.before[key], unit) : '–');
      setText(after, last ? figure(last.after[key], unit) : '–');
    });
    node.classList.toggle('old', Boolean(last && last.changed));
    const lines = [];
    const expected = now && target && forecast(now, target);
    if (expected) lines.push(['', expected]);
    if (last) {
      lines.push([last.gave_way ? 'gave' : '', `${last.preset_title} at revision ${last.revision}${last.changed ? ' (the project changed since)' : ''}: ${last.sentences.join(' ')}`]);
    }
    notes.replaceChildren(...lines.map(([name, text]) => make('p', name, text)));
  }
  return { node, notes, update };
}

// What will be done to the mix, as far as it can be known before.
function forecast(now, target) {
  if (now.sample_peak_dbfs === null) return 'The mix is silent: it will be written as it is.';
  const gain = target.lufs === null || now.integrated_lufs === null ? 0 : target.lufs - now.integrated_lufs;
  const over = target.ceiling === null ? 0 : now.true_peak_dbtp + gain - target.ceiling;
  const words = target.lufs === null ? 'No loudness is asked for: no gain.' : now.integrated_lufs === null ? 'The mix has no loudness: no gain.' : `Gain ${gain < 0 ? '' : '+'}${tenth(gain)} dB to ${signed(target.lufs)} LUFS.`;
  return over > 0.05 ? `${words} Peaks will be ${tenth(over)} dB over ${signed(target.ceiling)} dBTP: the limiter lowers them.` : words;
}

// ---- finished exports

function link(address, text, name) {
  const node = make('a', 'download', text);
  node.href = address;
  node.download = name || '';
  return node;
}

const base = (project, made) => `studio/${project}/exports/${made.id}`;

function files(project, made) {
  const list = make('ul');
  list.append(...made.files.map((file, at) => {
    const row = make('li');
    row.append(link(`${base(project, made)}/files/${at}`, file.name, file.name.split('/').pop()), make('small', '', size(file.bytes)));
    return row;
  }));
  return list;
}

export function buildExport(project, made) {
  const row = make('li', 'exportrow');
  const head = make('div', 'exporthead');
  const words = make('span', 'exportwords');
  const formats = made.formats.length > 2 ? '' : made.formats.join(', ');
  words.append(make('b', '', made.preset_title), make('small', '', formats), make('small', 'exportwhen'), make('small', 'exportsince', 'the project changed since'));
  head.append(words, link(`${base(project, made)}/bundle.zip`, `All as zip, ${size(made.bytes)}`, ''), button('export_delete', '', { name: 'icononly', title: 'Delete this export', picture: 'trash' }));
  const inside = make('details');
  const count = made.files.length;
  inside.append(make('summary', '', `${count} file${count === 1 ? '' : 's'}`));
  inside.addEventListener('toggle', () => { if (inside.open && inside.children.length === 1) inside.append(files(project, made)); });
  inside.open = count <= 3;
  row.append(head, inside);
  return row;
}

export function updateExport(row, made) {
  setText(row.querySelector('.exportwhen'), `${moment(made.made_at)} · revision ${made.revision}`);
  setHidden(row.querySelector('.exportsince'), !made.changed);
}
