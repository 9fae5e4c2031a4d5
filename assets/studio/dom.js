// Small tools for nodes and words. What a user wrote becomes a text node or a field's value, never markup.
const SVG = 'http://www.w3.org/2000/svg';

export function make(tag, name, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

export function button(act, text, { name = '', title = '', picture = '' } = {}) {
  const node = make('button', name);
  node.type = 'button';
  node.dataset.act = act;
  if (picture) node.append(icon(picture));
  if (text) node.append(text);
  if (title) { node.title = title; if (!text) node.setAttribute('aria-label', title); }
  return node;
}

export const setText = (node, text) => { if (node.textContent !== text) node.textContent = text; };
export const setAttr = (node, name, value) => { if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value); };
export const setHidden = (node, hidden) => { if (node.hidden !== hidden) node.hidden = hidden; };

export function clock(seconds, digits = 1) {
  const unit = 10 ** digits;
  const whole = Math.round(Math.max(seconds, 0) * unit) / unit;
  const minutes = Math.floor(whole / 60);
  return `${minutes}:${(whole - minutes * 60).toFixed(digits).padStart(digits ? 3 + digits : 2, '0')}`;
}

export const brief = (value) => String(Math.round(value * 1000) / 1000);
export const decibels = (value, unit = 'dB') => (Number.isFinite(value) ? `${value > 0 ? '+' : ''}${value.toFixed(1)} ${unit}` : `−∞ ${unit}`);

// Children of `parent`, one per item, kept by id so that focus and half-typed text survive a new view.
export function keyed(parent, items, build, update, key = 'event') {
  const old = new Map([...parent.children].filter((n) => n.dataset[key]).map((n) => [n.dataset[key], n]));
  let before = [...parent.children].find((n) => n.dataset[key]) || null;
  items.forEach((item) => {
    let node = old.get(item.id);
    if (!node) { node = build(item); node.dataset[key] = item.id; }
    old.delete(item.id);
    if (node === before) before = nextKeyed(before, key);
    else parent.insertBefore(node, before);
    update(node, item);
  });
  old.forEach((node) => node.remove());
}

function nextKeyed(node, key) {
  let next = node.nextElementSibling;
  while (next && !next.dataset[key]) next = next.nextElementSibling;
  return next;
}

// The colours of the theme, for canvases; read again when the theme changes.
let colours = null;
export function colour(name) {
  if (!colours) colours = new Map();
  if (!colours.has(name)) colours.set(name, getComputedStyle(document.body).getPropertyValue(`--s-${name}`).trim());
  return colours.get(name);
}
export function forgetColours() { colours = null; }

export const frame = (work) => {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; work(); });
  };
};
