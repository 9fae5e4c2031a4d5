// The timeline as text, out and in; the planner asked again; the story panel shown or hidden.
import { $, onPaint, state } from './state.js';
import { action } from './actions.js';
import { brief, make, setAttr } from './dom.js';
import { choice, open } from './dialogs.js';
import { say, send } from './requests.js';

const OPEN = 'audiostory-story-panel';

// What the server writes; without it, the same in plain lines.
async function textOut() {
  const answer = await fetch(`studio/${state.view.project}/timeline.txt`);
  if (answer.ok) return answer.text();
  return state.view.events.map((event) => `${brief(event.duration_s)} s: ${event.caption}`).join('\n');
}

async function textPlan() {
  const area = make('textarea', 'plantext');
  area.rows = 18;
  area.setAttribute('aria-label', 'The timeline as text');
  area.value = state.view.events.length ? await textOut() : '';
  const before = area.value;
  const copy = make('button', '', 'Copy');
  copy.type = 'button';
  copy.addEventListener('click', async () => {
    area.select();
    try { await navigator.clipboard.writeText(area.value); copy.textContent = 'Copied'; } catch { document.execCommand('copy'); }
  });
  const text = await open('The timeline as text', area, { wide: true, buttons: [copy, choice('Use this text', () => area.value, 'primary'), choice('Close', null)] });
  if (text && text !== before) send('text_in', { text });
}

// typed: what was given before, where the server could not use it; why: its sentence.
async function continueStory({ typed = { text: '', duration: '10' }, why = '' } = {}) {
  const form = make('div', 'askform');
  const [words, seconds] = [make('textarea'), make('input')];
  words.rows = 4;
  words.value = typed.text;
  seconds.value = typed.duration;
  for (const [label, node] of [['What happens next', words], ['Seconds', seconds]]) {
    const line = make('label', '', label);
    line.append(node);
    form.append(line);
  }
  if (why) form.append(make('p', 'refused', why));
  const answer = open('Continue the story', form, { buttons: [choice('Continue', () => ({ text: words.value, duration: seconds.value }), 'primary'), choice('Cancel', null)] });
  words.focus();
  const given = await answer;
  if (given) send('continue', given, { then: (next) => { if (next.notice) continueStory({ typed: given, why: next.notice }); } });
}

function toggleStory() {
  const workspace = document.getElementById('workspace');
  const closed = workspace.dataset.story !== 'closed';
  workspace.dataset.story = closed ? 'closed' : 'open';
  localStorage.setItem(OPEN, workspace.dataset.story);
  setAttr($('[data-act="story"]'), 'aria-expanded', !closed);
}

export function startPlan() {
  const workspace = document.getElementById('workspace');
  workspace.dataset.story = localStorage.getItem(OPEN) || 'open';
  setAttr($('[data-act="story"]'), 'aria-expanded', workspace.dataset.story !== 'closed');
  const group = 'Story';
  action('story', 'Show or hide the story', toggleStory, { keys: ['Y'], group });
  action('textplan', 'The timeline as text: copy or paste', textPlan, { keys: ['T'], group });
  action('plan_again', 'Plan again around locked events', () => send('plan_again'));
  action('continue', 'Continue the story', () => continueStory(), { keys: ['Shift+C'], group });
  onPaint((view) => {
    const failed = view.model.state === 'failed';
    if (failed && !view.events.length) say(view.model.text);
  });
}
