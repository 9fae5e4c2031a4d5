// The door: Gradio runs this once with `element`, `props`, `trigger` and `watch`; the page itself is modules beside it.
// Gradio looks here for the names of the events that may be triggered: 'op' and 'follow'.
const ports = { op: (payload) => trigger('op', payload), follow: () => trigger('follow', {}) };
import(new URL('studio-assets/main.js', document.baseURI).href).then((page) => page.start({ element, props, watch, ...ports }));
