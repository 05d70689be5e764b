// The basket: images and words that show the concept or do not; dropped, pasted, typed or sent
// from the grid.

import { conceptPath, send, sendBytes } from './api.js';

const KINDS = /** @type {Record<string, string>} */ ({
  example: 'examples',
  counter_example: 'counter_examples',
  hint: 'hints',
  counter_hint: 'counter_hints',
});

/** @typedef {'example' | 'counter_example' | 'hint' | 'counter_hint'} Role */

export class Basket {
  /**
   * @param {import('./store.js').Store} store
   * @param {import('./review.js').Review} review
   */
  constructor(store, review) {
    this.store = store;
    this.review = review;
  }

  /**
   * Add parts; the first ones make a concept where there is none.
   * @param {Role} role
   * @param {string[]} parts
   * @param {{stay?: boolean}} [how] `stay` leaves what is on the screen
   */
  async add(role, parts, { stay = false } = {}) {
    if (!parts.length) return;
    const add = { [KINDS[role]]: parts };
    if (this.store.place.concept()) return this.#change({ add }, stay);
    if (role.startsWith('counter')) {
      this.store.trouble.set('Say first what you look for: type words, or drop an image that shows it.');
      return;
    }
    await this.#say(async () => {
      const name = this.#nameFor(role === 'hint' ? parts[0] : 'concept');
      await send('/api/concepts', { name, ...add });
      await this.store.loadState();
      this.store.place.concept.set(name);
    });
  }

  /** @param {string} part */
  drop(part) {
    return this.#change({ drop: [part] });
  }

  /**
   * @param {string} part
   * @param {number} weight 0 is off
   */
  weigh(part, weight) {
    return this.#change({ weights: { [part]: weight } });
  }

  /**
   * How words and images count together.
   * @param {string} how sum or product
   */
  combine(how) {
    return this.#change({ combine: how });
  }

  /**
   * Words as they were typed: "-" before them says what it is not; commas part them.
   * @param {string} text
   */
  async type(text) {
    for (const piece of text.split(',').map((one) => one.trim()).filter(Boolean)) {
      const against = /^[-−]\s*/.test(piece);
      const words = piece.replace(/^[-−+]\s*/, '');
      if (words) await this.add(against ? 'counter_hint' : 'hint', [words]);
      if (this.store.trouble()) return; // is about these words, and stays to be read
    }
  }

  /**
   * Pictures from outside: kept by the server, then put in the basket.
   * @param {Role} role
   * @param {File[]} files
   */
  async bring(role, files) {
    const pictures = files.filter((file) => !file.type || file.type.startsWith('image/'));
    if (!pictures.length) {
      this.store.trouble.set('That is no image; drop image files, or an image from another page.');
      return;
    }
    await this.#say(async () => {
      const ids = [];
      for (const file of pictures) ids.push((await sendBytes('/api/exemplars', file)).id);
      await this.add(role, ids);
    });
  }

  /**
   * What a drop or a paste holds: files, or the id of a tile that was dragged here.
   * @param {Role} role
   * @param {DataTransfer | null} data
   * @returns {boolean} whether there was anything
   */
  take(role, data) {
    const files = [...(data?.files ?? [])];
    if (files.length) void this.bring(role, files);
    return files.length > 0;
  }

  /**
   * @param {any} wanted
   * @param {boolean} [stay]
   */
  async #change(wanted, stay = false) {
    if (!stay) this.review.lock(); // what is shown is of the basket as it was
    await this.#say(async () => {
      const concept = await send(conceptPath(this.store.place.concept()), wanted, 'PATCH');
      this.store.concept.set(concept);
      await this.store.loadConcept();
      if (stay) await this.review.follower.follow();
      else await this.review.open();
    });
    if (!stay) this.review.unlock(); // where nothing was changed
  }

  /** @param {() => Promise<void>} work */
  async #say(work) {
    try {
      this.store.trouble.set('');
      await work();
    } catch (error) {
      this.store.trouble.set(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} words */
  #nameFor(words) {
    const plain = words.replace(/[^\p{L}\p{N} .\-_]/gu, ' ').replace(/^[\W_]+/u, '').trim().slice(0, 60) || 'concept';
    const taken = new Set(this.store.state().concepts.map((/** @type {any} */ one) => one.name));
    let name = plain;
    for (let n = 2; taken.has(name); n++) name = `${plain} ${n}`;
    return name;
  }
}
