// Colours of the page as a canvas understands them, whatever they are made of.

export class MapColours {
  /** @type {Map<string, string>} */
  #known = new Map();
  #probe = document.createElement('i');

  /** @param {HTMLElement} host whose colours they are */
  constructor(host) {
    this.#probe.hidden = true;
    host.append(this.#probe);
  }

  /**
   * @param {string} name of a custom property
   * @param {string} or the colour where the page has none of that name
   */
  get(name, or) {
    let colour = this.#known.get(name);
    if (colour === undefined) {
      this.#probe.style.color = `var(${name}, ${or})`;
      colour = getComputedStyle(this.#probe).color;
      this.#known.set(name, colour);
    }
    return colour;
  }

  /** The page has others now. */
  forget() {
    this.#known.clear();
  }
}
