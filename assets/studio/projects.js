// Projects: the name of this one, and the sheet with all of them. Opening one is going to its address.
import { $, onPaint, state } from './state.js';
import { action } from './actions.js';
import { brief, button, make, setHidden, setText } from './dom.js';
import { ask, choice, confirmed, open } from './dialogs.js';
import { sent } from './leaving.js';
import { say, send } from './requests.js';

const HEADERS = { 'X-Studio': '1' };
let library = null;

async function read() {
  const answer = await fetch('studio/library.json');
  library = answer.ok ? await answer.json() : null;
  return library;
}

async function post(what, body) {
  const json = !(body instanceof Blob);
  const headers = json ? { ...HEADERS, 'Content-Type': 'application/json' } : HEADERS;
  try {
    const answer = await fetch(`studio/library/${what}`, { method: 'POST', headers, body: json ? JSON.stringify(body) : body });
    const told = await answer.json();
    if (!told.ok) say(told.error || 'that could not be done');
    return told.ok ? told : null;
  } catch {
    say('the studio does not answer; is it still running?');
    return null;
  }
}

export function go(project) {
  const address = new URL(location.href);
  if (project) address.searchParams.set('project', project);
  else address.searchParams.delete('project');
  location.assign(address);
}

function when(text) {
  const then = new Date(text);
  return Number.isNaN(then.getTime()) ? '' : then.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function day(text) {
  const then = new Date(text);
  return Number.isNaN(then.getTime()) ? '' : then.toLocaleDateString(undefined, { dateStyle: 'medium' });
}

function card(project) {
  const node = make('li', 'project');
  node.dataset.project = project.id;
  const link = make('button', 'projectopen');
  link.type = 'button';
  link.dataset.act = 'project_open';
  const picture = make('span', 'projectpicture');
  if (project.picture) {
    const image = make('img');
    image.src = project.picture;
    image.alt = '';
    image.loading = 'lazy';
    picture.append(image);
  }
  link.append(picture, make('b', '', project.title || project.story || 'untitled'), make('small', '', `${project.events} event${project.events === 1 ? '' : 's'}, ${brief(project.length_s)} s · ${when(project.changed_at)}`));
  const tools = make('span', 'projecttools');
  tools.append(
    button('project_rename', '', { name: 'icononly', title: 'Rename', picture: 'pen' }),
    button('project_duplicate', '', { name: 'icononly', title: 'Duplicate', picture: 'copy' }),
    button('project_export', '', { name: 'icononly', title: 'Export as one file, without its video', picture: 'down' }),
    button('project_delete', '', { name: 'icononly', title: 'Delete', picture: 'trash' }),
  );
  node.append(link, tools);
  return node;
}

function listOf(projects) {
  const list = make('ul', 'projectlist');
  list.append(...projects.map(card));
  if (!projects.length) list.append(make('li', 'none', 'No projects yet: write a story and press Plan.'));
  return list;
}

function importField() {
  const label = make('label', 'importbutton', 'Import a project file');
  const field = make('input');
  field.type = 'file';
  field.accept = '.zip';
  field.addEventListener('change', async () => {
    const told = field.files.length && (await sent(post('import', field.files[0])));
    if (told) go(told.project);
  });
  label.append(field);
  return label;
}

async function sheet() {
  await read();
  if (!library) { say('the list of projects is not to be had'); return; }
  const box = make('div', 'projects');
  box.append(listOf(library.projects.filter((one) => one.id !== state.view.project || state.view.saved)));
  if (library.trash && library.trash.length) box.append(trashOf(library.trash));
  const fresh = make('button', 'primary', 'New project');
  fresh.type = 'button';
  fresh.addEventListener('click', () => go(null));
  open('Projects', box, { wide: true, buttons: [fresh, importField(), choice('Close', null)] });
}

function trashOf(thrown) {
  const box = make('details', 'projecttrash');
  box.append(make('summary', '', `Trash (${thrown.length})`));
  const list = make('ul');
  thrown.forEach((one) => {
    const line = make('li');
    line.dataset.project = one.id;
    line.append(make('span', 'thrownname', one.title || 'untitled'), make('small', '', `kept until ${day(one.until)}`), button('project_restore', 'Restore'), button('project_purge', 'Delete for good', { name: 'danger' }));
    list.append(line);
  });
  box.append(list, button('trash_empty', 'Empty the trash', { name: 'danger' }));
  return box;
}

// ---- the start page: what an empty project shows where its timeline will be

async function paintStart(view) {
  const empty = !view.events.length && !view.planned;
  const box = $('.recent');
  setHidden(box, !empty);
  if (!empty || box.dataset.read) return;
  box.dataset.read = '1';
  if (view.title === undefined) return;
  await fillStart();
}

async function fillStart() {
  await read();
  if (!library) return;
  const recent = library.projects.length ? [make('h3', '', 'Recent projects'), listOf(library.projects.slice(0, 8))] : [];
  $('.recent').replaceChildren(...recent, importField(), ...(library.trash && library.trash.length ? [trashOf(library.trash)] : []));
}

// What was done to a project shows where it was asked for: on the start page, or in the sheet.
async function shownAgain(onStart) {
  if (!$('.recent').hidden) await fillStart();
  if (!onStart) sheet();
  else if ($('.recent .projecttrash')) $('.recent .projecttrash').open = true;
}

const projectAt = (node) => node.closest('[data-project]').dataset.project;
const titleOf = (id) => { const found = library.projects.find((one) => one.id === id); return (found && (found.title || found.story)) || ''; };

export function startProjects() {
  onPaint((view) => {
    setText($('.projectname'), view.title || (view.planned ? 'untitled' : 'new project'));
    document.title = view.title ? `${view.title} – AudioStory Studio` : 'AudioStory Studio';
    paintStart(view);
  });
  action('projects', 'Projects', sheet, { keys: ['Ctrl+O'], group: 'Story' });
  action('title', 'Rename this project', async () => {
    const title = await ask('Rename this project', 'Name', state.view.title || '');
    if (title) send('title', { value: title });
  });
  action('project_open', 'Open', ({ node }) => go(projectAt(node)));
  action('project_restore', 'Restore', async ({ node }) => {
    const onStart = Boolean(node.closest('.recent'));
    if (await post('restore', { project: projectAt(node) })) shownAgain(onStart);
  });
  const forGood = async (node, question, what, body) => {
    const onStart = Boolean(node.closest('.recent'));
    if (!(await confirmed('Delete for good', question, 'Delete for good'))) { if (!onStart) sheet(); return; }
    if (await post(what, body)) shownAgain(onStart);
  };
  action('project_purge', 'Delete for good', ({ node }) => {
    const project = projectAt(node);
    const one = library.trash.find((thrown) => thrown.id === project);
    forGood(node, `“${one ? one.title : 'this project'}” and all its takes are removed from the disk. This can’t be undone.`, 'purge', { project });
  });
  action('trash_empty', 'Empty the trash', ({ node }) => {
    const ids = [...node.closest('.projecttrash').querySelectorAll('li')].map(projectAt); // what is shown, and nothing else
    forGood(node, `${ids.length === 1 ? 'One project' : `${ids.length} projects`} with all takes ${ids.length === 1 ? 'is' : 'are'} removed from the disk. This can’t be undone.`, 'empty_trash', { ids });
  });
  action('project_export', 'Export', ({ node }) => Object.assign(make('a'), { href: `studio/${projectAt(node)}/project.zip`, download: '' }).click());
  action('project_duplicate', 'Duplicate', async ({ node }) => { if (await post('duplicate', { project: projectAt(node) })) sheet(); });
  action('project_rename', 'Rename', async ({ node }) => {
    const project = projectAt(node);
    const title = await ask('Rename the project', 'Name', titleOf(project));
    if (title && (await post('rename', { project, title }))) sheet();
  });
  action('project_delete', 'Delete', async ({ node }) => {
    const project = projectAt(node);
    if (!(await confirmed('Delete the project', `“${titleOf(project)}” goes to the trash, from where it can be restored.`, 'Delete'))) return;
    if (!(await post('delete', { project }))) return;
    if (project === state.view.project) go(null);
    else sheet();
  });
}

