// The strip of a lane in the inspector: level, place in the order, and what only one kind of lane has (ducking, fades).
import { lanes, state } from './state.js';
import { brief, setHidden, setText } from './dom.js';
import { action } from './actions.js';
import { paintStoryFades, paintStrip } from './inspector.js';
import { stripOf } from './lanes.js';
import { fill, send } from './requests.js';

const USUAL = { amount_db: 0, attack_s: 0.1, release_s: 0.6 }; // what is shown where nothing was typed yet

export function paintLane(pane, id) {
  const box = pane.querySelector('.lanepane');
  const strip = stripOf(id);
  const free = id !== 'story';
  const at = lanes().findIndex((lane) => lane.id === id);
  setText(pane.querySelector('h2'), free ? strip.name : 'Story lane');
  setText(pane.querySelector('.span'), free ? `lane ${at + 1} of ${lanes().length}` : '');
  box.querySelectorAll('.freeonly').forEach((node) => setHidden(node, !free));
  setHidden(box.querySelector('.storyonly'), free);
  paintStrip(box.querySelector('.stripfields'), strip, 'lanefield');
  if (!free) { paintStoryFades(box, strip); return; }
  fill(box.querySelector('[data-lanefield="name"]'), strip.name);
  box.querySelector('[data-act="lane_up"]').disabled = at === 0;
  box.querySelector('[data-act="lane_down"]').disabled = at === lanes().length - 1;
  paintDucking(box, strip.duck);
}

function paintDucking(box, duck) {
  const shown = duck || USUAL;
  for (const [name, key] of [['amount', 'amount_db'], ['attack', 'attack_s'], ['release', 'release_s']]) {
    fill(box.querySelector(`[data-duck="${name}"]`), brief(shown[key]));
  }
  const words = duck && duck.amount_db
    ? `Lowered by ${brief(duck.amount_db)} dB while the story sounds.`
    : 'Not ducked: an amount above 0 lowers this lane while the story sounds.';
  setText(box.querySelector('.ducknote'), words);
}

function duck(field) {
  const value = (name) => field.closest('.ducking').querySelector(`[data-duck="${name}"]`).value;
  send('duck', { id: state.strip, amount: value('amount'), attack: value('attack'), release: value('release') }, { field });
}

function move(by) {
  const at = lanes().findIndex((lane) => lane.id === state.strip);
  if (at >= 0) send('lane_move', { id: state.strip, to: at + by });
}

export function startLanePane() {
  state.root.querySelector('.lanepane').addEventListener('change', ({ target }) => {
    const name = target.dataset.lanefield;
    if (name) send('lane', { id: state.strip, [name]: target.value }, { field: target });
    else if (target.dataset.duck) duck(target);
  });
  action('lane_up', 'One lane higher', () => move(-1), { edits: true });
  action('lane_down', 'One lane lower', () => move(1), { edits: true });
  action('lane_remove', 'Remove the lane', () => send('lane_remove', { id: state.strip }));
}
