// Drags over the grid. With the mouse: a band around images selects them; a selected or focused image
// is carried to what takes images. With a finger: to the right is yes, to the left is no, and an image
// that is held for a moment is carried.

import { DropList } from './drop_list.js';

/** @typedef {import('./grid.js').Grid} Grid */

const BEGIN = 6; // pixels from which on a press is a drag
const SWIPE = 56; // pixels of a swipe
const STEEP = 1.5; // times as far across as down, else it scrolls
const HOLD_MS = 350; // a finger at rest so long carries; browsers open their menu later

/**
 * @param {Grid} grid
 * @param {object} on
 * @param {(id: string, mark: 1 | -1) => void} on.swipe
 * @param {(target: string, ids: string[]) => void} on.drop into an element with this `data-drop`
 */
export function listenToDrags(grid, on) {
  const { host } = grid;
  const band = document.createElement('div');
  band.className = 'lw-band';
  const load = document.createElement('div');
  load.className = 'lw-load';
  const targets = new DropList();
  /** @type {{x: number, y: number, id: string | undefined, touch: boolean, pointer: number, kept: Set<string>} | null} */
  let from = null;
  /** @type {'' | 'band' | 'carry' | 'swipe'} */
  let mode = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let hold;

  const tileAt = (/** @type {EventTarget | null} */ target) =>
    /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest('[role=option]'));
  const carried = () => (from?.id && grid.selection.has(from.id) ? [...grid.selection] : from?.id ? [from.id] : []);
  const end = () => {
    clearTimeout(hold);
    if (from?.id !== undefined) tileOfId(from.id)?.style.removeProperty('translate');
    band.remove();
    load.remove();
    targets.leave();
    from = null;
    mode = '';
  };
  const tileOfId = (/** @type {string} */ id) =>
    /** @type {HTMLElement | undefined} */ ([...host.querySelectorAll('[role=option]')].find((tile) => /** @type {HTMLElement} */ (tile).dataset.id === id));
  const begin = (/** @type {'band' | 'carry' | 'swipe'} */ what) => {
    clearTimeout(hold);
    mode = what;
    if (from) host.setPointerCapture(from.pointer);
    document.body.append(...(mode === 'band' ? [band] : mode === 'carry' ? [load] : []));
  };
  const carry = (/** @type {number} */ x, /** @type {number} */ y) => {
    const count = carried().length;
    load.textContent = count > 1 ? `${count} images` : '1 image';
    load.style.transform = `translate(${x + 12}px, ${y + 12}px)`;
    targets.aim(x, y);
  };
  /** A drag is no click on the image that it ends on. */
  const swallowClick = () => {
    const stop = (/** @type {Event} */ event) => event.stopImmediatePropagation();
    host.addEventListener('click', stop, { capture: true, once: true });
    setTimeout(() => host.removeEventListener('click', stop, { capture: true }));
  };

  host.addEventListener('pointerdown', (event) => {
    const isHand = /** @type {Element} */ (event.target).closest('.lw-hand');
    if (event.button !== 0 || isHand) return;
    end(); // of a press that ended elsewhere
    const kept = event.ctrlKey || event.metaKey || event.shiftKey ? new Set(grid.selection) : new Set();
    const { clientX: x, clientY: y, pointerId: pointer } = event;
    from = { x, y, id: tileAt(event.target)?.dataset.id, touch: event.pointerType === 'touch', pointer, kept };
    if (!from.touch || from.id === undefined) return;
    hold = setTimeout(() => {
      begin('carry');
      carry(x, y);
    }, HOLD_MS);
  });
  host.addEventListener('pointermove', (event) => {
    if (!from) return;
    if (!event.buttons) return end();
    const [right, down] = [event.clientX - from.x, event.clientY - from.y];
    if (!mode) {
      if (Math.hypot(right, down) < BEGIN) return;
      if (from.touch && (Math.abs(right) < STEEP * Math.abs(down) || !from.id)) return end();
      const carries = from.id !== undefined && (grid.selection.has(from.id) || grid.focusId === from.id);
      begin(from.touch ? 'swipe' : carries ? 'carry' : 'band');
    }
    if (mode === 'swipe') {
      const tile = from.id === undefined ? undefined : tileOfId(from.id);
      if (tile) tile.style.translate = `${Math.max(-SWIPE, Math.min(SWIPE, right))}px 0`;
    } else if (mode === 'carry') carry(event.clientX, event.clientY);
    else select(event.clientX, event.clientY);
  });
  const select = (/** @type {number} */ x, /** @type {number} */ y) => {
    if (!from) return;
    const box = { left: Math.min(x, from.x), right: Math.max(x, from.x), top: Math.min(y, from.y), bottom: Math.max(y, from.y) };
    Object.assign(band.style, { left: `${box.left}px`, top: `${box.top}px`, width: `${box.right - box.left}px`, height: `${box.bottom - box.top}px` });
    const inside = [...host.querySelectorAll('[role=option]:not([aria-hidden])')].filter((tile) => {
      const at = tile.getBoundingClientRect();
      return at.left < box.right && at.right > box.left && at.top < box.bottom && at.bottom > box.top;
    });
    grid.select([...from.kept, ...inside.map((tile) => /** @type {string} */ (/** @type {HTMLElement} */ (tile).dataset.id))]);
  };
  host.addEventListener('pointerup', (event) => {
    if (!from) return;
    const right = event.clientX - from.x;
    const { id } = from;
    const [done, ids, target] = [mode, carried(), targets.name];
    end();
    if (done) swallowClick();
    if (done === 'swipe' && id !== undefined && Math.abs(right) >= SWIPE) on.swipe(id, right > 0 ? 1 : -1);
    if (done === 'carry' && target && ids.length) on.drop(target, ids);
  });
  host.addEventListener('pointercancel', end);
  // While an image is carried the page does not scroll under the finger, and no menu opens.
  const stays = (/** @type {Event} */ event) => mode === 'carry' && event.preventDefault();
  host.addEventListener('touchmove', stays, { passive: false });
  host.addEventListener('contextmenu', stays);
}
