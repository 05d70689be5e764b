// Saved views: what is chosen, the condition, the order, the concept and the colours, by name.

import { address, get, newest, send } from './api.js';
import { batch, effect, signal, untracked } from './dom.js';

/** @typedef {{name: string, who: string, own: boolean, chosen: Record<string, import('./facets.js').Chosen>, where: string, order: string, concept: string, words: string[], colour: string, images: number | null}} View */

/** @param {string} name */
const viewPath = (name) => `/api/views/${encodeURIComponent(name)}`;

/**
 * What of the page a view is, as one text, to see whether it was changed since.
 * @param {import('./place.js').Place} place
 * @param {boolean} ofConcept whether the view is of a concept
 */
const signatureOf = (place, ofConcept) =>
  JSON.stringify([place.chosen(), place.condition(), place.order(), ofConcept && place.concept(), place.colour()]);

export class Views {
  /** All views, by name; null before they were asked for. */
  all = signal(/** @type {View[] | null} */ (null));
  /** The view that was opened last, and what the page was then. */
  opened = signal(/** @type {{name: string, who: string, ofConcept: boolean, signature: string} | null} */ (null));
  /** What of the opened view is gone, in sentences. */
  remarks = signal(/** @type {string[]} */ ([]));
  /** The words that rank the images where a view has no concept. */
  words = signal(/** @type {string[]} */ ([]));
  /** A view that was removed just now, and can be brought back. */
  removed = signal(/** @type {View | null} */ (null));
  #newest = newest();

  /** @param {import('./store.js').Store} store */
  constructor(store) {
    this.store = store;
  }

  /** Whether what is shown differs from the opened view as it was saved. */
  get isChanged() {
    const opened = this.opened();
    return opened !== null && signatureOf(this.store.place, opened.ofConcept) !== opened.signature;
  }

  /** The address has the name of a view as long as the page shows it as it was saved. */
  follow() {
    const { place } = this.store;
    effect(() => {
      const opened = this.opened();
      const name = opened && !this.isChanged ? opened.name : '';
      batch(() => {
        if (opened && !name) this.remarks.set([]);
        place.saved.set(name);
        place.savedBy.set(name ? (opened?.who ?? '') : '');
      });
    });
  }

  async load() {
    try {
      this.all.set(await this.#newest(get('/api/views')));
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * Show a view; choices that no image meets any more are left out, and said.
   * @param {string} name
   * @param {string} who whose view; one's own if empty
   */
  async open(name, who) {
    const { place } = this.store;
    try {
      const saved = await get(address(viewPath(name), { who }));
      const { view, chosen } = saved.now;
      const hasConcept = this.store.state().concepts.some((/** @type {any} */ one) => one.name === view.concept);
      batch(() => {
        place.condition.set(view.where);
        place.chosen.set(view.chosen);
        place.chosenCondition.set(chosen);
        place.order.set(view.order);
        place.colour.set(view.colour);
        if (hasConcept || view.words.length) place.concept.set(hasConcept ? view.concept : '');
        this.words.set(hasConcept ? [] : view.words);
        this.#show(saved, hasConcept);
        this.remarks.set(saved.remarks);
      });
      return true;
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /**
   * Save what is shown.
   * @param {string} name
   * @param {boolean} [replace] one's own view of that name
   */
  async save(name, replace = false) {
    const { place } = this.store;
    const concept = this.store.concept();
    const hints = /** @type {string[]} */ (place.concept() ? concept?.hints ?? [] : this.words());
    await this.#change(async () => {
      const view = await send('/api/views', {
        name,
        chosen: place.chosen(),
        where: place.condition(),
        order: place.order(),
        concept: place.concept(),
        words: hints,
        colour: place.colour(),
        replace,
      });
      this.#show(view, view.concept !== '');
      this.removed.set(null);
    });
  }

  /**
   * @param {View} view
   * @param {string} to
   */
  async rename(view, to) {
    await this.#change(async () => {
      const renamed = await send(`${address(`${viewPath(view.name)}/rename`, { who: view.who })}`, { to });
      const opened = this.opened();
      if (opened?.name === view.name && opened.who === view.who) this.opened.set({ ...opened, name: renamed.name });
    });
  }

  /** @param {View} view */
  async remove(view) {
    await this.#change(async () => {
      await send(address(viewPath(view.name), { who: view.who }), {}, 'DELETE');
      this.removed.set(view);
      if (this.opened()?.name === view.name && this.opened()?.who === view.who) this.opened.set(null);
    });
  }

  /** Save the view again that was removed just now. */
  async bringBack() {
    const view = this.removed();
    if (!view) return;
    const { name, chosen, where, order, concept, words, colour } = view;
    await this.#change(async () => {
      await send('/api/views', { name, chosen, where, order, concept, words, colour });
      this.removed.set(null);
    });
  }

  /**
   * The page shows a view now.
   * @param {{name: string, who: string}} view
   * @param {boolean} ofConcept
   */
  #show({ name, who }, ofConcept) {
    const signature = untracked(() => signatureOf(this.store.place, ofConcept));
    this.opened.set({ name, who, ofConcept, signature });
  }

  /** @param {() => Promise<void>} change */
  async #change(change) {
    try {
      this.store.trouble.set('');
      await change();
      await this.load();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    this.store.trouble.set(/** @type {Error} */ (error).message);
  }
}
