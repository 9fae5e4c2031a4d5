// Starts the page's parts, in the order in which they paint. What each does is told in its own file.
import { $, onPaint, paint, state } from './state.js';
import { action } from './actions.js';
import { fill, connect, say, send, show } from './requests.js';
import { forgetColours, setHidden, setText } from './dom.js';
import { startAb } from './ab.js';
import { startDialogs } from './dialogs.js';
import { startDrag } from './drag.js';
import { startEdits } from './edit.js';
import { startExport } from './export.js';
import { startInspector } from './inspector.js';
import { startKeys } from './keys.js';
import { startLanePane } from './lanepane.js';
import { startLanes } from './lanes.js';
import { startLeaving } from './leaving.js';
import { startMicrophone } from './microphone.js';
import { startSideBySide } from './sidebyside.js';
import { startMeters } from './meters.js';
import { startMix } from './mix.js';
import { startPlayer } from './player.js';
import { startPlan } from './plan.js';
import { startProjects } from './projects.js';
import { startQueue } from './queue.js';
import { startRendering } from './render.js';
import { startScale } from './scale.js';
import { startTable } from './table.js';
import { startTakes } from './takes.js';
import { startTimeline } from './timeline.js';

const THEME = 'audiostory-theme';

function paintRest(view) {
  const line = $('#model-line');
  setText(line, view.model.text);
  line.dataset.state = view.model.state;
  const why = $('.reasoning');
  setHidden(why, !view.reasoning);
  setText(why.lastElementChild, view.reasoning);
  fill($('[name="steps"]'), String(view.settings.steps));
  fill($('[name="guidance"]'), String(view.settings.guidance));
  if (!view.saved) return;
  const address = new URL(location.href);
  if (address.searchParams.get('project') === view.project) return;
  address.searchParams.set('project', view.project);
  history.replaceState(null, '', address);
}

function startTheme() {
  const wanted = localStorage.getItem(THEME);
  if (wanted) document.body.classList.toggle('dark', wanted === 'dark');
  action('theme', 'Dark or light', () => {
    const dark = document.body.classList.toggle('dark');
    localStorage.setItem(THEME, dark ? 'dark' : 'light');
  });
  new MutationObserver(() => { forgetColours(); paint(); }).observe(document.body, { attributeFilter: ['class'] });
}

function startForms() {
  state.root.addEventListener('submit', (event) => {
    event.preventDefault();
    const form = event.target;
    const value = (name) => form.elements[name].value;
    if (form.dataset.form === 'add') {
      const field = form.elements.caption;
      const after = state.selection.length && state.lane === 'story' ? state.selection[state.selection.length - 1] : '';
      send('add', { caption: value('caption'), duration: value('duration'), after }, { field, then: (next) => { if (!next.notice) field.value = ''; } });
    } else if (form.dataset.form === 'settings') {
      send('settings', { steps: value('steps'), guidance: value('guidance') }, { field: form.elements.steps });
    }
  });
}

export function start(port) {
  state.root = port.element.querySelector('.bench');
  connect(port);
  startTheme();
  startDialogs();
  startLeaving();
  startScale();
  startPlayer();
  startTimeline();
  startLanes();
  startLanePane();
  startTable();
  startAb();
  startTakes();
  startSideBySide();
  startMicrophone();
  startInspector();
  startEdits();
  startRendering();
  startQueue(onPaint);
  startMix();
  startMeters();
  startPlan();
  startProjects();
  startExport();
  startDrag();
  startForms();
  startKeys();
  onPaint(paintRest);
  action('dismiss', 'Dismiss', () => say(''));
  port.watch('value', () => show(port.props.value));
  show(port.props.value);
}
