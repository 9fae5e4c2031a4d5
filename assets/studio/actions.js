// Everything the page can do, by name: buttons, keys and the help sheet read this one list.
import { inTurn, pending } from './requests.js';

export const actions = new Map();

// keys: as `combination` writes them. group: where the help sheet lists it; none keeps it out of the sheet.
// edits: what it asks for is read off the view, so it waits for one that has everything asked for before it.
// once: a key that is held down does it a single time.
export function action(name, label, run, { keys = [], group = '', edits = false, once = false } = {}) {
  actions.set(name, { name, label, run, keys, group, edits, once });
}

export function perform(found, detail) {
  if (found.edits) inTurn(() => found.run(detail));
  else found.run(detail);
}

// Whether a key that is held down has to wait: edits are repeated no faster than they are answered.
export const tooSoon = (found) => found.once || (found.edits && pending());

export function combination(event) {
  const letter = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const shifted = event.shiftKey && (event.key.length > 1 || /[A-Z ]/.test(letter));
  return [
    event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : '', shifted ? 'Shift' : '',
    letter === ' ' ? 'Space' : letter,
  ].filter(Boolean).join('+'); // prettier-ignore
}

export const byKey = (keys) => [...actions.values()].find((one) => one.keys.includes(keys));
