// The video of a project in the Export panel: whether the mix is laid under its picture; choosing one and taking it away.
import { button, make, setHidden, setText } from './dom.js';

export function videoField() {
  const node = make('div', 'exportvideo');
  const tick = make('label', 'tick alone');
  const box = Object.assign(make('input'), { type: 'checkbox', name: 'video' });
  const words = make('span', '', '');
  tick.append(box, words);
  const none = make('span', 'exportnote', 'No video. The mix can be laid under one: its picture is copied as it is.');
  const lasts = make('small', 'exportnote');
  const choose = button('export_video', 'Choose a video…');
  const remove = button('export_no_video', 'Take away');
  node.append(tick, none, choose, remove, lasts);
  let name = null;

  // video: {name, lasts} as the server has it, or null; `lasts`: what is to be said of its length. sending: whether another is under way.
  function update(video, sending) {
    choose.disabled = sending;
    if (video && video.name !== name) box.checked = true;
    name = video ? video.name : null;
    if (!video) box.checked = false;
    setText(words, video ? `Lay the mix under “${video.name}”` : '');
    setText(lasts, video ? video.lasts : '');
    setHidden(lasts, !video || !video.lasts);
    setHidden(tick, !video);
    setHidden(none, Boolean(video));
    setHidden(remove, !video);
    setText(choose, video ? 'Choose another…' : 'Choose a video…');
  }
  update(null, false);
  return { node, update };
}

// Asks for a file; calls `then` with it.
export function pickVideo(then) {
  const field = Object.assign(make('input'), { type: 'file', accept: '.mp4,.m4v,.mov,.mkv,.webm,video/*' });
  field.addEventListener('change', () => { if (field.files.length) then(field.files[0]); });
  field.click();
}
