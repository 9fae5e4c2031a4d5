// The takes of the selected event or clip: listen, choose, compare, keep, copy settings back, throw away and fetch back.
import { itemOf, selected } from './state.js';
import { button, make, setHidden, setText } from './dom.js';
import { action } from './actions.js';
import { send } from './requests.js';
import { playTake } from './player.js';
import { abOf, compare, setSide } from './ab.js';

export function paintTakes(pane, item) {
  const list = pane.querySelector('.takes');
  paintTrash(pane.querySelector('.taketrash'), item);
  const sides = abOf(item);
  const signature = JSON.stringify([item.id, item.takes, item.take && item.take.id, sides.a, sides.b, sides.heard]);
  if (list.dataset.signature === signature) return;
  list.dataset.signature = signature;
  const focused = list.contains(document.activeElement) ? [document.activeElement.closest('li').dataset.take, document.activeElement.dataset.act] : null;
  list.replaceChildren(...[...item.takes].reverse().map((take) => row(item, take, sides)));
  if (!item.takes.length) list.append(make('li', 'none', 'none yet: press Render'));
  if (focused) {
    const again = [...list.querySelectorAll(`[data-act="${focused[1]}"]`)].find((n) => n.closest('li').dataset.take === focused[0]);
    if (again) again.focus();
  }
}

// What was thrown away can be heard and fetched back.
function paintTrash(box, item) {
  const thrown = item.trash || [];
  setHidden(box, !thrown.length);
  setText(box.firstElementChild, `Trash (${thrown.length})`);
  const signature = JSON.stringify([item.id, thrown]);
  if (box.dataset.signature === signature) return;
  box.dataset.signature = signature;
  box.lastElementChild.replaceChildren(...[...thrown].reverse().map((take) => {
    const node = make('li');
    node.dataset.take = take.id;
    node.append(button('playtake', '', { name: 'play', title: `Play take ${take.n}` }), make('span', 'takename', `Take ${take.n}`), detail(take), button('take_restore', 'Restore'));
    return node;
  }));
}

function row(item, take, sides) {
  const chosen = Boolean(item.take && item.take.id === take.id);
  const node = make('li', chosen ? 'chosen' : '');
  node.dataset.take = take.id;
  node.append(button('playtake', '', { name: 'play', title: `Play take ${take.n}` }));
  if (item.takes.length > 1) node.append(side('a', take, sides), side('b', take, sides));
  node.append(make('span', 'takename', `Take ${take.n}`), detail(take));
  if (take.favourite !== undefined) {
    const star = button('favourite', '', { name: 'icononly star', title: take.favourite ? `Take ${take.n} is a favourite` : `Make take ${take.n} a favourite`, picture: 'star' });
    star.setAttribute('aria-pressed', take.favourite);
    node.append(star);
  }
  const use = button('usetake', chosen ? 'in use' : 'Use', { name: 'use' });
  use.disabled = chosen || Boolean(take.missing);
  node.append(use);
  if (take.favourite !== undefined) {
    node.append(button('copy_settings', '', { name: 'icononly', title: `Copy the settings of take ${take.n} back to the event`, picture: 'copy' }));
    const away = button('delete_take', '', { name: 'icononly', title: `Delete take ${take.n}`, picture: 'trash' });
    away.disabled = chosen;
    node.append(away);
  }
  return node;
}

function side(name, take, sides) {
  const node = button(`side_${name}`, name.toUpperCase(), { name: `side${sides.heard === name && sides[name] === take.id ? ' heard' : ''}`, title: `Take ${take.n} is ${name.toUpperCase()} of the comparison` });
  node.setAttribute('aria-pressed', sides[name] === take.id);
  node.setAttribute('aria-label', `${name.toUpperCase()}: take ${take.n}`);
  return node;
}

function detail(take) {
  const words = [take.missing ? 'file missing' : take.source === 'recording' ? 'recording' : take.parent && take.strength < 1 ? `variation ${Math.round(take.strength * 100)} %` : '', `seed ${take.seed}`];
  if (take.name) words.push(take.name);
  const small = make('small', '', words.filter(Boolean).join(' · '));
  const settings = take.steps ? `\n${take.steps} steps, guidance ${take.guidance}` : '';
  small.title = `seed ${take.seed}, ${take.length_s.toFixed(2)} s, made ${take.made_at}${settings}\n${take.caption}${take.negative ? `\nnot: ${take.negative}` : ''}`;
  return small;
}

function takeAt(item, node) {
  const { take: id } = node.closest('[data-take]').dataset;
  return [...item.takes, ...(item.trash || [])].find((take) => take.id === id);
}

export function startTakes() {
  const group = 'Takes';
  const each = (name, label, run) => action(name, label, ({ node }) => {
    const item = itemOf(selected());
    const take = node && item && takeAt(item, node);
    if (take) run(item, take);
  });
  each('playtake', 'Play this take', (item, take) => playTake(item, take));
  each('usetake', 'Use this take', (item, take) => send('take', { id: item.id, take: take.id }));
  each('copy_settings', 'Copy settings back', (item, take) => send('use_settings', { id: item.id, take: take.id }));
  each('delete_take', 'Delete take', (item, take) => send('take_trash', { id: item.id, take: take.id }));
  each('take_restore', 'Fetch a take back from the trash', (item, take) => send('take_restore', { id: item.id, take: take.id }));
  each('side_a', 'A', (item, take) => setSide(item, 'a', take.id));
  each('side_b', 'B', (item, take) => setSide(item, 'b', take.id));
  action('favourite', 'Favourite take', ({ node }) => {
    const item = itemOf(selected());
    if (!item) return;
    const take = node ? takeAt(item, node) : item.take;
    if (take) send('favourite', { id: item.id, take: take.id, value: !take.favourite });
  }, { keys: ['F'], group, edits: true });
  action('ab', 'Compare takes A and B at equal loudness; again: the other one', () => compare(itemOf(selected())), { keys: ['A'], group, once: true });
}

