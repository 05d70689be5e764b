// Zoom and pan of a picture in its frame: wheel, pinch, double click; a drag moves it.

const MOST = 12; // times the size at which all of it is seen
const DOUBLE = 2.5; // times, where a picture is no larger than its frame
const PER_PIXEL = 0.0015; // of a wheel: the share by which it zooms

export class LoupeZoom {
  /** How many times larger than where all of the picture is seen. */
  scale = 1;
  #x = 0;
  #y = 0;
  /** @type {Map<number, {x: number, y: number}>} fingers, or the mouse, that are down */
  #down = new Map();

  /**
   * @param {HTMLElement} frame what is seen of it
   * @param {HTMLElement} stage in the frame, as large as it: what is moved
   * @param {HTMLImageElement} picture on the stage
   */
  constructor(frame, stage, picture) {
    this.frame = frame;
    this.stage = stage;
    this.picture = picture;
    frame.addEventListener('wheel', (event) => {
      event.preventDefault();
      this.by(Math.exp(-event.deltaY * PER_PIXEL * (event.deltaMode ? 30 : 1)), event.clientX, event.clientY);
    }, { passive: false });
    frame.addEventListener('dblclick', (event) => {
      if (this.scale > 1) this.reset();
      else this.by(this.#fullSize(), event.clientX, event.clientY);
    });
    frame.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      this.#down.set(event.pointerId, { x: event.clientX, y: event.clientY });
      frame.setPointerCapture(event.pointerId);
    });
    frame.addEventListener('pointermove', (event) => this.#moved(event));
    for (const name of ['pointerup', 'pointercancel']) {
      frame.addEventListener(name, (event) => this.#down.delete(/** @type {PointerEvent} */ (event).pointerId));
    }
  }

  /** All of the picture again. */
  reset() {
    this.scale = 1;
    this.#place(0, 0);
  }

  /**
   * Zoom; a point of the window keeps its place, the middle of the frame if none is given.
   * @param {number} factor
   * @param {number} [x] pixels of the window
   * @param {number} [y]
   */
  by(factor, x, y) {
    const box = this.frame.getBoundingClientRect();
    const [atX, atY] = [(x ?? box.left + box.width / 2) - box.left, (y ?? box.top + box.height / 2) - box.top];
    const scale = Math.max(1, Math.min(MOST, this.scale * factor));
    const ratio = scale / this.scale;
    this.scale = scale;
    this.#place(atX - (atX - this.#x) * ratio, atY - (atY - this.#y) * ratio);
  }

  /** The factor by which a pixel of the picture is a pixel of the screen. */
  #fullSize() {
    const { naturalWidth, naturalHeight, offsetWidth, offsetHeight } = this.picture;
    const shown = Math.min(offsetWidth / naturalWidth, offsetHeight / naturalHeight) * devicePixelRatio;
    return shown < 1 / 1.2 ? 1 / shown : DOUBLE;
  }

  /** @param {PointerEvent} event */
  #moved(event) {
    const before = this.#down.get(event.pointerId);
    if (!before) return;
    const other = [...this.#down].find(([id]) => id !== event.pointerId)?.[1];
    const now = { x: event.clientX, y: event.clientY };
    this.#down.set(event.pointerId, now);
    if (!other) {
      this.#place(this.#x + now.x - before.x, this.#y + now.y - before.y);
      return;
    }
    const apart = (/** @type {{x: number, y: number}} */ one) => Math.max(1, Math.hypot(one.x - other.x, one.y - other.y));
    this.by(apart(now) / apart(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
  }

  /**
   * The picture never leaves its frame.
   * @param {number} x
   * @param {number} y
   */
  #place(x, y) {
    const { offsetWidth: width, offsetHeight: height } = this.frame;
    this.#x = Math.min(0, Math.max(width * (1 - this.scale), x));
    this.#y = Math.min(0, Math.max(height * (1 - this.scale), y));
    this.stage.style.transform = this.scale > 1 ? `translate(${this.#x}px, ${this.#y}px) scale(${this.scale})` : '';
    this.frame.classList.toggle('zoomed', this.scale > 1);
  }
}
