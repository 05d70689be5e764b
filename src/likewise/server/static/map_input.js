// The pointer, the wheel and the keys over a map, and the buttons that do the same.

/** @typedef {import('./points.js').Point} Point */
/** @typedef {import('./map.js').PointMap} PointMap */

const CLICK = 4; // pixels that a click may move
const STEP = 60; // pixels of an arrow key
const ZOOM_STEP = 1.5;
const AWAY = /** @type {Point} */ ([-1e6, -1e6]);

/**
 * Buttons to zoom, to show all and to draw around images.
 * @param {PointMap} map
 * @returns {HTMLElement}
 */
export function mapTools(map) {
  const tools = document.createElement('div');
  tools.className = 'lw-map-tools';
  const tool = (/** @type {string} */ sign, /** @type {string} */ name, /** @type {() => void} */ run) => {
    const button = tools.appendChild(document.createElement('button'));
    button.type = 'button';
    button.textContent = sign;
    button.title = name;
    button.setAttribute('aria-label', name);
    button.addEventListener('click', run);
    return button;
  };
  tool('+', 'Zoom in', () => map.zoomBy(ZOOM_STEP));
  tool('−', 'Zoom out', () => map.zoomBy(1 / ZOOM_STEP));
  tool('⤢', 'Show all', () => map.showAll());
  const draws = tool('◌', 'Draw around images (or Shift and drag)', () => {
    draws.setAttribute('aria-pressed', String(map.host.classList.toggle('lasso')));
  });
  draws.setAttribute('aria-pressed', 'false');
  return tools;
}

/**
 * @param {PointMap} map
 * @param {HTMLElement} over the element that takes the pointer
 * @param {object} on
 * @param {(pixel: Point) => void} on.begin of a lasso
 * @param {(pixel: Point) => void} on.draw its next corner
 * @param {(ended: boolean) => void} on.close it, or give it up
 * @param {(position: number, pixel: Point) => void} on.hover over a point, or over none
 * @param {(position: number) => void} on.pick a point; -1 for none
 * @param {AbortSignal} signal
 */
export function listenOnMap(map, over, on, signal) {
  /** @type {Point | null} */
  let from = null;
  let isDrawing = false;
  let moved = 0;
  /** @type {Point} */
  let pointer = [0, 0];
  let looking = 0;
  const pixelOf = (/** @type {MouseEvent} */ event) => {
    const box = over.getBoundingClientRect();
    return /** @type {Point} */ ([event.clientX - box.left, event.clientY - box.top]);
  };
  const look = () => {
    looking ||= requestAnimationFrame(() => {
      looking = 0;
      on.hover(from ? -1 : map.nearest(pointer), pointer);
    });
  };
  over.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    over.setPointerCapture(event.pointerId);
    from = pixelOf(event);
    moved = 0;
    look(); // what was pointed at is so no longer
    isDrawing = event.shiftKey || map.host.classList.contains('lasso');
    if (isDrawing) on.begin(from);
  }, { signal });
  over.addEventListener('pointermove', (event) => {
    pointer = pixelOf(event);
    if (!from) {
      look();
      return;
    }
    moved += Math.abs(pointer[0] - from[0]) + Math.abs(pointer[1] - from[1]);
    if (isDrawing) on.draw(pointer);
    else if (moved > CLICK) map.panBy(pointer[0] - from[0], pointer[1] - from[1]);
    from = pointer;
  }, { signal });
  over.addEventListener('pointerup', () => {
    if (isDrawing) on.close(true);
    else if (from && moved <= CLICK) on.pick(map.nearest(from));
    from = null;
    isDrawing = false;
  }, { signal });
  over.addEventListener('pointercancel', () => {
    if (isDrawing) on.close(false);
    from = null;
    isDrawing = false;
  }, { signal });
  over.addEventListener('pointerleave', () => {
    pointer = AWAY;
    look();
  }, { signal });
  over.addEventListener('wheel', (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 20 : 1;
    map.zoomBy(Math.exp(-event.deltaY * lines * 0.0015), pixelOf(event));
  }, { signal, passive: false });
  map.host.addEventListener('keydown', (event) => press(map, event), { signal });
}

/**
 * @param {PointMap} map
 * @param {KeyboardEvent} event
 */
function press(map, event) {
  const runs = /** @type {Record<string, () => void>} */ ({
    ArrowLeft: () => map.panBy(STEP, 0),
    ArrowRight: () => map.panBy(-STEP, 0),
    ArrowUp: () => map.panBy(0, STEP),
    ArrowDown: () => map.panBy(0, -STEP),
    '+': () => map.zoomBy(ZOOM_STEP),
    '-': () => map.zoomBy(1 / ZOOM_STEP),
    '0': () => map.showAll(),
    Escape: () => map.clearLasso(),
  });
  if (event.target !== map.host || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!(event.key in runs)) return;
  event.preventDefault();
  event.stopPropagation();
  runs[event.key]();
}
