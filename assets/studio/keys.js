// The keyboard: every action has its key; typing is left alone. "?" shows them all.
import { $, eventOf, paint, state } from './state.js';
import { action, actions, byKey, combination, perform, tooSoon } from './actions.js';
import { make } from './dom.js';
import { open, isOpen } from './dialogs.js';
import { cancel, dragging } from './drag.js';
import { pick } from './state.js';
import { playTake } from './player.js';
import { forget } from './requests.js';

const NAMES = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Delete: 'Del', Escape: 'Esc' };
const shown = (keys) => keys.split(/\+(?=.)/).map((key) => NAMES[key] || key).join(' '); // a plus at the end is the key

const typing = (target) => target instanceof Element && target.closest('input:not([type="range"]), textarea, select, [contenteditable], dialog');
const pressing = (target, key) => target instanceof Element && target.closest('button, a, summary, input[type="range"]') && [' ', 'Enter', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'].includes(key);

const FIELDS = ['field', 'clip', 'lanefield', 'source', 'storyfade', 'duck'].map((kind) => `.bench [data-${kind}]`).join();

// Leaving a field sends what was typed; not so when it is given up.
function unsent(leave) {
  const stop = (event) => event.stopImmediatePropagation();
  document.addEventListener('change', stop, true);
  leave();
  document.removeEventListener('change', stop, true);
}

function inField(event) {
  const field = event.target instanceof Element && event.target.closest(FIELDS);
  if (!field) return false;
  if (event.key === 'Escape') {
    unsent(() => field.blur());
    forget(field);
    paint();
  } else if (event.key === 'Enter' && !event.shiftKey && field.matches('input, textarea')) {
    event.preventDefault();
    field.blur();
  }
  return true;
}

function pressed(event) {
  if (isOpen()) return;
  if (event.key === 'Escape' && dragging()) { cancel(); event.preventDefault(); return; }
  if (inField(event) && typing(event.target)) return;
  if (!state.view || typing(event.target) || event.isComposing) return;
  const keys = combination(event);
  const ruler = event.target instanceof Element && event.target.closest('.rulerbar');
  const place = ruler && { ArrowLeft: 'tick-', ArrowRight: 'tick+' }[keys];
  if (!place && pressing(event.target, event.key) && !event.target.closest('.ev, .clip')) return;
  const found = place ? actions.get(place) : byKey(keys);
  if (!found) return;
  event.preventDefault();
  if (!event.repeat || !tooSoon(found)) perform(found, { event });
}

function help() {
  const sheet = make('div', 'helpsheet');
  const groups = new Map();
  for (const one of actions.values()) if (one.group) groups.set(one.group, [...(groups.get(one.group) || []), one]);
  for (const [name, list] of groups) {
    const part = make('section');
    part.append(make('h3', '', name));
    const lines = make('dl');
    list.forEach((one) => {
      const keys = make('dt');
      one.keys.forEach((key) => keys.append(make('kbd', '', shown(key)), ' '));
      lines.append(keys, make('dd', '', one.label));
    });
    part.append(lines);
    sheet.append(part);
  }
  sheet.append(make('p', 'helpmouse', 'Mouse: drag a right edge for the duration, the dot at the top of a seam for its crossfade, the dots at a clip’s corners (and at the story’s two ends) for fades, a block to re-order; Escape cancels. Ctrl and wheel zoom. Ctrl or shift click select several. Drop a sound file on an event or a clip to make it a take, on a lane to lay it there. Click a lane’s head for its strip.'));
  open('Keys', sheet, { wide: true });
}

export function startKeys() {
  action('help', 'This sheet', help, { keys: ['?'], group: 'Help' });
  document.addEventListener('keydown', pressed);
  state.root.addEventListener('click', (event) => {
    const node = event.target.closest('[data-act]');
    const found = node && !node.disabled && actions.get(node.dataset.act);
    const row = event.target.closest('.takes, .inspector') ? null : event.target.closest('tr[data-event]');
    if (row && found) pick(row.dataset.event);
    if (found) perform(found, { node, event });
  });
  $('.scroller').addEventListener('dblclick', (event) => {
    const block = event.target.closest('.ev');
    if (block && !event.target.closest('[data-grip]')) playTake(eventOf(block.dataset.event));
  });
}
