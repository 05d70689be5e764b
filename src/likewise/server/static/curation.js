// What is being curated: one look at a time, the newest wish next; what people choose to stay; and
// what is kept under a name.

import { get, send } from './api.js';
import { effect, root, signal } from './dom.js';
import { withoutCommands } from './messages.js';

/** @typedef {{part: string, options: Record<string, any>, where: string | null}} Look */

export class Curation {
  part = signal('near_duplicates');
  /** Options that are not as usual, by curator. */
  options = signal(/** @type {Record<string, Record<string, any>>} */ ({}));
  /** The newest selection, with the `look` that it is of. */
  found = signal(/** @type {any} */ (null));
  /** The job that looks now. */
  job = signal(0);
  trouble = signal('');
  /** What people chose to stay, for every threshold. */
  stay = signal(/** @type {ReadonlySet<string>} */ (new Set()));
  /** @type {Look | null} */
  #next = null;
  /** @type {Look | null} */
  #now = null;

  /** @param {import('./store.js').Store} store */
  constructor(store) {
    this.store = store;
  }

  /** The newest selection of the curator that is chosen. */
  shown() {
    const found = this.found();
    return found?.part === this.part() ? found : null;
  }

  /**
   * Change an option; what is shown follows.
   * @param {string} name
   * @param {any} value null for the usual one
   */
  set(name, value) {
    const part = this.part.peek();
    const { [name]: _, ...others } = this.options.peek()[part] ?? {};
    this.options.update((all) => ({ ...all, [part]: value === null ? others : { ...others, [name]: value } }));
    if (this.found.peek()?.part === part) void this.look();
  }

  /** Look with the options as they are now; a look that waits gives way to a newer one. */
  async look() {
    const part = this.part.peek();
    this.#next = { part, options: this.options.peek()[part] ?? {}, where: this.store.place.filter() || null };
    if (this.#now) {
      if (this.#now.part !== part) this.stop();
      return;
    }
    try {
      while (this.#next) {
        this.#now = this.#next;
        this.#next = null;
        this.trouble.set('');
        const job = await this.#run(this.#now, {});
        if (job.state === 'done') this.found.set({ ...job.result, look: this.#now });
        else if (job.error) this.trouble.set(withoutCommands(job.error));
      }
    } catch (error) {
      this.trouble.set(/** @type {Error} */ (error).message);
    } finally {
      this.#now = null;
    }
  }

  /** End the look that runs. */
  stop() {
    if (this.job.peek()) void send(`/api/jobs/${this.job.peek()}`, {}, 'DELETE').catch(() => {});
  }

  /** What people chose so far. */
  async loadStay() {
    this.stay.set(new Set((await get('/api/keepers')).stay));
  }

  /**
   * Let images stay, or leave them to the curator again; what is shown follows.
   * @param {string[]} stay
   * @param {string[]} release
   */
  async choose(stay, release) {
    this.trouble.set('');
    try {
      this.stay.set(new Set((await send('/api/keepers', { stay, release })).stay));
      await this.look();
    } catch (error) {
      this.trouble.set(/** @type {Error} */ (error).message);
    }
  }

  /**
   * Keep what is shown under a name; refused where it has become another selection.
   * @param {string} tag
   */
  async keep(tag) {
    const found = this.shown();
    this.trouble.set('');
    try {
      const job = await this.#run(found.look, { tag, digest: found.digest });
      if (job.state === 'done') this.found.set({ ...job.result, look: found.look });
      else if (job.error) this.trouble.set(withoutCommands(job.error));
    } catch (error) {
      this.trouble.set(/** @type {Error} */ (error).message);
    }
  }

  /**
   * @param {Look} look
   * @param {{tag?: string, digest?: string}} keeping
   * @returns {Promise<any>} the job once it has ended
   */
  async #run({ part, options, where }, keeping) {
    const { jobs } = this.store;
    const started = await send(`/api/curate/${part}`, { options, where, ...keeping });
    jobs.update((all) => new Map(all).set(started.id, all.get(started.id) ?? started));
    this.job.set(started.id);
    return new Promise((resolve) => {
      root((dispose) => effect(() => {
        const job = jobs().get(started.id);
        if (job?.state === 'running') return;
        queueMicrotask(dispose);
        resolve(job ?? { state: 'cancelled' });
      }));
    });
  }
}
