// Drags over the grid. With the mouse: a band around images selects them; from a selected or focused
// image it carries them into a basket. With a finger: to the right is yes, to the left is no.

/** @typedef {import('./grid.js').Grid} Grid */

const BEGIN = 6; // pixels from which on a press is a drag
const SWIPE = 56; // pixels of a swipe
const STEEP = 1.5; // times as far across as down, else it scrolls

/**
 * @param {Grid} grid
 * @param {object} on
 * @param {(id: string, mark: 1 | -1) => void} on.swipe
 * @param {(role: string, ids: string[]) => void} on.drop into an element with `data-drop`
 */
export function listenToDrags(grid, on) {
  const { host } = grid;
  const band = document.createElement('div');
  band.className = 'lw-band';
  const load = document.createElement('div');
  load.className = 'lw-load';
  /** @type {{x: number, y: number, id: string | undefined, touch: boolean, kept: Set<string>} | null} */
  let from = null;
  /** @type {'' | 'band' | 'carry' | 'swipe'} */
  let mode = '';
  /** @type {HTMLElement | null} */
  let over = null;

  const tileAt = (/** @type {EventTarget | null} */ target) =>
    /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest('[role=option]'));
  const carried = () => (from?.id && grid.selection.has(from.id) ? [...grid.selection] : from?.id ? [from.id] : []);
  const aim = (/** @type {HTMLElement | null} */ target) => {
    over?.classList.remove('dropping');
    over = target;
    over?.classList.add('dropping');
  };
  const end = () => {
    if (from?.id !== undefined) tileOfId(from.id)?.style.removeProperty('translate');
    band.remove();
    load.remove();
    aim(null);
    from = null;
    mode = '';
  };
  const tileOfId = (/** @type {string} */ id) =>
    /** @type {HTMLElement | undefined} */ ([...host.querySelectorAll('[role=option]')].find((tile) => /** @type {HTMLElement} */ (tile).dataset.id === id));
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
    from = { x: event.clientX, y: event.clientY, id: tileAt(event.target)?.dataset.id, touch: event.pointerType === 'touch', kept };
  });
  host.addEventListener('pointermove', (event) => {
    if (!from) return;
    if (!event.buttons) return end();
    const [right, down] = [event.clientX - from.x, event.clientY - from.y];
    if (!mode) {
      if (Math.hypot(right, down) < BEGIN) return;
      if (from.touch && (Math.abs(right) < STEEP * Math.abs(down) || !from.id)) return end();
      const carries = from.id !== undefined && (grid.selection.has(from.id) || grid.focusId === from.id);
      mode = from.touch ? 'swipe' : carries ? 'carry' : 'band';
      host.setPointerCapture(event.pointerId);
      document.body.append(...(mode === 'band' ? [band] : mode === 'carry' ? [load] : []));
    }
    if (mode === 'swipe') {
      const tile = from.id === undefined ? undefined : tileOfId(from.id);
      if (tile) tile.style.translate = `${Math.max(-SWIPE, Math.min(SWIPE, right))}px 0`;
    } else if (mode === 'carry') {
      const count = carried().length;
      load.textContent = count > 1 ? `${count} images` : '1 image';
      load.style.transform = `translate(${event.clientX + 12}px, ${event.clientY + 12}px)`;
      aim(/** @type {HTMLElement | null} */ (document.elementFromPoint(event.clientX, event.clientY)?.closest('[data-drop]') ?? null));
    } else select(event.clientX, event.clientY);
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
    const [done, ids, target] = [mode, carried(), over];
    end();
    if (done) swallowClick();
    if (done === 'swipe' && id !== undefined && Math.abs(right) >= SWIPE) on.swipe(id, right > 0 ? 1 : -1);
    if (done === 'carry' && target?.dataset.drop && ids.length) on.drop(target.dataset.drop, ids);
  });
  host.addEventListener('pointercancel', end);
}
