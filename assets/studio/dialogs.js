// One modal dialog at a time: a native <dialog>, which keeps the focus inside and closes on Escape.
import { $ } from './state.js';
import { make } from './dom.js';

let settle = null;

// Shows `content` under a title; resolves with what `close` was given, null on Escape.
export function open(title, content, { wide = false, buttons = [] } = {}) {
  const box = $('dialog.sheet');
  const before = settle;
  settle = null;
  if (box.open) box.close();
  if (before) before(null);
  const head = make('h2', '', title);
  head.id = 'sheet-title';
  const close = make('button', 'sheetclose', '×');
  close.type = 'button';
  close.setAttribute('aria-label', 'Close');
  close.addEventListener('click', () => finish(null));
  const top = make('div', 'sheethead');
  top.append(head, close);
  const foot = make('div', 'sheetfoot');
  buttons.forEach((node) => foot.append(node));
  box.replaceChildren(top, content, ...(buttons.length ? [foot] : []));
  box.classList.toggle('wide', wide);
  box.showModal();
  return new Promise((resolve) => { settle = resolve; });
}

export function finish(value) {
  const told = settle;
  settle = null;
  $('dialog.sheet').close();
  if (told) told(value);
}

export const isOpen = () => $('dialog.sheet').open;

export function choice(text, value, name = '') {
  const node = make('button', name, text);
  node.type = 'button';
  node.addEventListener('click', () => finish(typeof value === 'function' ? value() : value));
  return node;
}

// A line of text: resolves with it, null when it was not given, false when the dangerous button was pressed.
export async function ask(title, label, value = '', { danger = '', submit = 'OK' } = {}) {
  const form = make('form', 'askform');
  const words = make('label', '', label);
  const field = make('input');
  field.value = value;
  words.append(field);
  form.append(words);
  form.addEventListener('submit', (event) => { event.preventDefault(); event.stopPropagation(); finish(field.value.trim() || null); });
  const buttons = [choice(submit, () => field.value.trim() || null, 'primary'), choice('Cancel', null)];
  if (danger) buttons.unshift(choice(danger, false, 'danger'));
  const answer = open(title, form, { buttons });
  field.focus();
  field.select();
  return answer;
}

export async function confirmed(title, text, yes) {
  const answer = await open(title, make('p', '', text), { buttons: [choice(yes, true, 'danger'), choice('Cancel', null)] });
  return answer === true;
}

export function startDialogs() {
  $('dialog.sheet').addEventListener('close', () => { if (settle && !isOpen()) { // the event comes late: another sheet may be open by now
    const told = settle;
    settle = null;
    told(null);
  } });
}
