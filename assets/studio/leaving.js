// The browser asks before it leaves a page that would lose something: a file on its way, or what another part still holds.
const sending = new Set();
const keepers = [];

// What is sent counts until the server has answered.
export async function sent(work) {
  sending.add(work);
  try {
    return await work;
  } finally {
    sending.delete(work);
  }
}

// holds: whether this part has something that leaving would lose.
export const onLeave = (holds) => keepers.push(holds);

// Who is asked may stay: Gradio, which closes its connection before a page is left, is not to hear of it then.
export function startLeaving() {
  window.addEventListener('beforeunload', (event) => {
    if (!sending.size && !keepers.some((holds) => holds())) return;
    event.preventDefault();
    event.returnValue = true;
    event.stopImmediatePropagation();
  }, { capture: true });
}
