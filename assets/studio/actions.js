// Everything the page can do, by name: buttons, keys and the help sheet read this one list.
export const actions = new Map();

// keys: as `combination` writes them. group: where the help sheet lists it; none keeps it out of the sheet.
export function action(name, label, run, { keys = [], group = '' } = {}) {
  actions.set(name, { name, label, run, keys, group });
}

export function perform(name, detail = {}) {
  const found = actions.get(name);
  if (found) found.run(detail);
  return Boolean(found);
}

export function combination(event) {
  const letter = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const shifted = event.shiftKey && (event.key.length > 1 || /[A-Z ]/.test(letter));
  return [
    event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : '', shifted ? 'Shift' : '',
    letter === ' ' ? 'Space' : letter,
  ].filter(Boolean).join('+'); // prettier-ignore
}

export const byKey = (keys) => [...actions.values()].find((one) => one.keys.includes(keys));
