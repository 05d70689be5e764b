// The grid as a widget of a notebook, which loads it together with what it imports as one text.

import { Grid } from './grid.js';
import { pressInGrid } from './grid_keys.js';

/** @typedef {import('./grid.js').Mark} Mark */

/**
 * As a widget of a notebook: `ids`, `marks` ({id: 1, -1 or 0}) and `size` are shown, `selected`
 * (ids) comes back. The JPEGs of the first ids are in `first`, one after the other, each until its
 * number in `ends`; others are asked for when they come on the screen: {want: ids}, which is
 * answered by {have: ids} and a buffer an id, which is empty where there is no picture.
 * @param {{model: any, el: HTMLElement}} place
 */
function render({ model, el }) {
  /** @type {Map<string, string>} */
  const addresses = new Map();
  /** @type {Set<string>} */
  const asked = new Set();
  /** @type {string[]} */
  let wanted = [];
  const keep = (/** @type {string} */ id, /** @type {DataView | Uint8Array<ArrayBuffer>} */ jpeg) =>
    addresses.set(id, URL.createObjectURL(new Blob([/** @type {any} */ (jpeg)])));
  const source = (/** @type {string} */ id) => {
    if (!addresses.has(id) && !asked.has(id)) {
      asked.add(id);
      if (!wanted.length) setTimeout(ask);
      wanted.push(id);
    }
    return addresses.get(id) ?? '';
  };
  const ask = () => {
    model.send({ want: wanted });
    wanted = [];
  };
  const host = el.appendChild(document.createElement('div'));
  const status = el.appendChild(document.createElement('div'));
  dress(host, status);
  const grid = new Grid(host, { source, size: model.get('size'), keeps: true });
  const forget = () => {
    for (const address of addresses.values()) URL.revokeObjectURL(address);
    addresses.clear();
    asked.clear();
  };
  const showIds = () => {
    forget();
    const { buffer, byteOffset } = /** @type {DataView} */ (model.get('first'));
    let start = 0;
    for (const [rank, end] of model.get('ends').entries()) {
      keep(model.get('ids')[rank], new Uint8Array(/** @type {ArrayBuffer} */ (buffer), byteOffset + start, end - start));
      start = end;
    }
    grid.setIds(model.get('ids'));
  };
  const showMarks = () =>
    grid.setMarks(new Map(Object.entries(/** @type {Record<string, Mark>} */ (model.get('marks')))));
  const showSelected = () => {
    const ids = /** @type {string[]} */ (model.get('selected'));
    if (ids.join('\n') !== [...grid.selection].join('\n')) grid.select(ids);
    const count = ids.length.toLocaleString('en');
    status.textContent = `${count} of ${grid.length.toLocaleString('en')} selected · click or Space selects, with Shift a range`;
  };
  const come = (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => {
    for (const [i, id] of (message.have ?? []).entries()) keep(id, buffers[i]);
    grid.draw();
  };
  host.addEventListener('keydown', (event) => pressInGrid(grid, event));
  host.addEventListener('click', (event) => {
    const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey;
    if (plain && grid.focusId !== undefined) grid.toggle(grid.focusId);
  });
  host.addEventListener('grid-select', () => {
    model.set('selected', [...grid.selection]);
    model.save_changes();
  });
  const listeners = /** @type {[string, (...given: any[]) => void][]} */ ([
    ['change:ids', showIds],
    ['change:marks', showMarks],
    ['change:selected', showSelected],
    ['msg:custom', come],
  ]);
  for (const [name, run] of listeners) model.on(name, run);
  showIds();
  showMarks();
  showSelected();
  return () => {
    for (const [name, run] of listeners) model.off(name, run);
    grid.destroy();
    forget();
  };
}

/**
 * The look of a notebook: its colours; its shortcuts are kept off the grid.
 * @param {HTMLElement} host
 * @param {HTMLElement} status
 */
function dress(host, status) {
  host.style.cssText = 'height: 420px; --bg: var(--jp-layout-color0, Canvas);';
  host.dataset.lmSuppressShortcuts = 'true';
  host.addEventListener('mousedown', (event) => event.stopPropagation()); // with Shift: selects cells
  status.setAttribute('role', 'status');
  status.style.cssText = 'font: 12px/2 system-ui, sans-serif; opacity: .75;';
}

export default { render };
