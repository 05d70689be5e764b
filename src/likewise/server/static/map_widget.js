// The map as a widget of a notebook, which loads it together with what it imports as one text.

import { PointMap } from './map.js';
import { CATEGORIES, RAMP } from './points.js';

/**
 * As a widget of a notebook: `xy` (u16 bytes), `classes` (u8 bytes), `scale` ("ramp" or
 * "categories") and `legend` are shown; `inside` (u32 bytes: positions) comes back from the lasso
 * and `at` (a position) from a click. The picture of a point is asked for by {want: position} and
 * answered by {have: position, id} and a buffer.
 * @param {{model: any, el: HTMLElement}} place
 */
function render({ model, el }) {
  const host = el.appendChild(document.createElement('div'));
  const status = el.appendChild(document.createElement('div'));
  const tip = document.createElement('figure');
  dress(host, status, tip);
  const map = new PointMap(host);
  host.append(tip);
  const picture = tip.appendChild(new Image());
  const caption = tip.appendChild(document.createElement('figcaption'));
  picture.alt = '';
  let hovered = -1;
  const bytes = (/** @type {string} */ name) => {
    const view = /** @type {DataView} */ (model.get(name));
    return view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  };
  const colour = () => {
    const isRamp = model.get('scale') === 'ramp';
    map.setColours(new Uint8Array(bytes('classes')), isRamp ? RAMP : CATEGORIES);
    status.replaceChildren(...legendOf(model.get('legend'), isRamp), hint(model));
  };
  const show = () => {
    map.setPoints(new Uint16Array(bytes('xy')));
    colour();
  };
  const answer = (/** @type {string} */ name, /** @type {any} */ value) => {
    model.set(name, value);
    model.save_changes();
  };
  host.addEventListener('map-lasso', (event) => {
    const { positions } = /** @type {CustomEvent} */ (event).detail;
    answer('inside', new DataView(positions.buffer));
    status.lastElementChild?.replaceWith(hint(model));
  });
  host.addEventListener('map-pick', (event) => answer('at', /** @type {CustomEvent} */ (event).detail.position));
  host.addEventListener('map-hover', (event) => {
    const { position, x, y } = /** @type {CustomEvent} */ (event).detail;
    hovered = position;
    tip.hidden = true;
    if (position < 0) return;
    tip.style.left = `${Math.max(0, Math.min(x + 14, host.clientWidth - 160))}px`;
    tip.style.top = `${Math.max(0, Math.min(y + 14, host.clientHeight - 180))}px`;
    model.send({ want: position });
  });
  const come = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    if (message.have !== hovered || !message.id) return;
    URL.revokeObjectURL(picture.src);
    picture.hidden = !buffers[0]?.byteLength;
    if (!picture.hidden) picture.src = URL.createObjectURL(new Blob([/** @type {any} */ (buffers[0])]));
    caption.textContent = message.id;
    tip.hidden = false;
  };
  const listeners = /** @type {[string, (...given: any[]) => void][]} */ ([
    ['change:xy', show],
    ['change:classes', colour],
    ['msg:custom', come],
  ]);
  for (const [name, run] of listeners) model.on(name, run);
  show();
  return () => {
    for (const [name, run] of listeners) model.off(name, run);
    URL.revokeObjectURL(picture.src);
    map.destroy();
  };
}

/** @param {any} model */
function hint(model) {
  const element = document.createElement('span');
  const count = ((model.get('inside')?.byteLength ?? 0) / 4).toLocaleString('en');
  element.textContent = `${count} selected · Shift and drag draws around images`;
  return element;
}

/**
 * What the colours mean: a swatch and a name for each, or the two ends of a ramp.
 * @param {string[]} names
 * @param {boolean} isRamp
 */
function legendOf(names, isRamp) {
  const colours = isRamp ? [RAMP[0], RAMP[255]] : names.map((_, i) => CATEGORIES[i % CATEGORIES.length]);
  return names.map((name, i) => {
    const item = document.createElement('span');
    const swatch = item.appendChild(document.createElement('i'));
    swatch.style.cssText = `display: inline-block; width: 10px; height: 10px; border-radius: 50%;
      margin-right: 5px; background: ${colours[i]}`;
    item.append(name);
    return item;
  });
}

/**
 * The look of a notebook: its colours; its shortcuts are kept off the map.
 * @param {HTMLElement} host
 * @param {HTMLElement} status
 * @param {HTMLElement} tip
 */
function dress(host, status, tip) {
  host.style.cssText = `height: 480px; --bg: var(--jp-layout-color0, Canvas);
    --ink: var(--jp-ui-font-color1, CanvasText); --panel: var(--jp-layout-color1, Canvas);`;
  host.dataset.lmSuppressShortcuts = 'true';
  host.addEventListener('mousedown', (event) => event.stopPropagation()); // with Shift: selects cells
  status.setAttribute('role', 'status');
  status.style.cssText = `display: flex; flex-wrap: wrap; gap: 0 14px; opacity: .85;
    font: 12px/2 system-ui, sans-serif;`;
  tip.hidden = true;
  tip.style.cssText = `position: absolute; margin: 0; max-width: 150px; pointer-events: none;
    overflow: hidden; border-radius: 6px; background: var(--panel); color: var(--ink);
    box-shadow: 0 2px 10px #0006; font: 11px/1.4 system-ui, sans-serif; overflow-wrap: anywhere;`;
  tip.className = 'lw-map-tip';
}

export default { render };
