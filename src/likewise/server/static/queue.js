// Decisions on their way to the server: kept in localStorage until they are acknowledged.
//
// ONE request is in flight at a time and later decisions ride along with the next, so that keys
// never wait and answers are never cancelled. Every decision is an entry of its own in the
// storage, under its own id: tabs do not overwrite one another's, and since the server knows a
// decision by its id, one that is sent twice counts once.

/** @typedef {{id: string, at: number, to: string, event: Record<string, any>}} Entry */
/** @typedef {{waiting: number, sending: boolean, error: Error | null, kept: boolean}} State */
/** @typedef {Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>} Store */
/**
 * @typedef {object} Options
 * @property {(to: string, events: Record<string, any>[]) => Promise<any>} send resolves once the
 *   server has the events on its disk; an error with `permanent` true is not tried again by itself
 * @property {Store | null} [storage] null where the browser refuses one
 * @property {string} [prefix] of the names in the storage; one a workspace
 * @property {(state: State) => void} [onChange]
 * @property {(answer: any, to: string) => void} [onSaved]
 * @property {number[]} [pauses] milliseconds before each new try; the last one repeats
 */

const MOST_AT_ONCE = 1000;
const PAUSES = [500, 1000, 2000, 5000, 10_000];

export class LabelQueue {
  /** @type {Entry[]} */
  #entries = [];
  #sending = false;
  #tries = 0;
  #kept = true;
  /** @type {Error | null} */
  #error = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #closed = false;
  /** @type {Set<Entry[]>} */
  #followers = new Set();
  #options;

  /** @param {Options} options */
  constructor(options) {
    this.#options = { prefix: 'likewise.event.', pauses: PAUSES, storage: null, ...options };
    this.#entries = this.#left();
    if (this.#entries.length) void this.#flush();
  }

  /** How many decisions the server has not acknowledged. */
  get waiting() {
    return this.#entries.length;
  }

  /** @returns {State} */
  get state() {
    const { length: waiting } = this.#entries;
    return { waiting, sending: this.#sending, error: this.#error, kept: this.#kept };
  }

  /** Decisions that were not acknowledged yet, the oldest first; also those of an earlier visit. */
  get entries() {
    return [...this.#entries];
  }

  /**
   * Queue events for one address; each gets an `id` of its own, by which the server knows it.
   * @param {string} to
   * @param {Record<string, any>[]} events
   * @returns {string[]} the ids
   */
  add(to, events) {
    const at = Date.now();
    const fresh = events.map((event) => ({ id: newId(), at, to, event }));
    for (const entry of fresh) this.#keep(entry);
    this.#entries.push(...fresh);
    for (const seen of this.#followers) seen.push(...fresh);
    this.#changed();
    if (!this.#error) void this.#flush();
    return fresh.map((entry) => entry.id);
  }

  /**
   * Note what the server may not know while it is asked: what waits now, and what is added until
   * the function that this gives is called, which answers them in order. That they are saved in
   * between does not matter: the server may have answered before.
   * @returns {() => Entry[]}
   */
  follow() {
    const seen = [...this.#entries];
    this.#followers.add(seen);
    return () => {
      this.#followers.delete(seen);
      return seen;
    };
  }

  /** Try again now. */
  retry() {
    this.#error = null;
    this.#tries = 0;
    clearTimeout(this.#timer);
    return this.#flush();
  }

  /** Leave out what the server refused for good, and go on with the rest. */
  discard() {
    if (this.#sending) return;
    const refused = this.#entries.splice(0, this.#atOnce());
    for (const entry of refused) this.#forget(entry);
    this.#changed();
    return this.retry();
  }

  /** Stop trying; what is unsaved stays in the storage for the next visit. */
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #flush() {
    if (this.#sending || this.#closed || !this.#entries.length) return;
    this.#sending = true;
    this.#changed();
    const { to } = this.#entries[0];
    const sent = this.#entries.slice(0, this.#atOnce());
    const events = sent.map((entry) => ({ ...entry.event, id: entry.id }));
    let answer;
    try {
      answer = await this.#options.send(to, events);
    } catch (error) {
      this.#sending = false;
      this.#failed(error instanceof Error ? error : new Error(String(error)));
      this.#changed();
      return;
    }
    this.#entries.splice(0, sent.length);
    for (const entry of sent) this.#forget(entry);
    this.#sending = false;
    this.#error = null;
    this.#tries = 0;
    void this.#flush(); // first, so that the next request is under way while the answer is shown
    this.#changed();
    this.#options.onSaved?.(answer, to);
  }

  /** How many of the oldest go to one address in one request. */
  #atOnce() {
    const other = this.#entries.findIndex((entry) => entry.to !== this.#entries[0].to);
    return Math.min(other < 0 ? this.#entries.length : other, MOST_AT_ONCE);
  }

  /** @param {Error & {permanent?: boolean}} error */
  #failed(error) {
    this.#error = error;
    if (error.permanent || this.#closed) return;
    const pauses = this.#options.pauses;
    const pause = pauses[Math.min(this.#tries++, pauses.length - 1)];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#flush(), pause);
  }

  #changed() {
    this.#options.onChange?.(this.state);
  }

  /** @param {Entry} entry */
  #keep(entry) {
    try {
      if (!this.#options.storage) throw new Error('no storage');
      this.#options.storage.setItem(this.#options.prefix + entry.id, JSON.stringify(entry));
    } catch {
      this.#kept = false; // full or forbidden: the page still holds it
    }
  }

  /** @param {Entry} entry */
  #forget(entry) {
    this.#options.storage?.removeItem(this.#options.prefix + entry.id);
  }

  /** @returns {Entry[]} what an earlier visit could not send */
  #left() {
    const { storage, prefix } = this.#options;
    const found = [];
    for (let i = 0; storage && i < storage.length; i++) {
      const key = storage.key(i);
      if (!key?.startsWith(prefix)) continue;
      try {
        found.push(/** @type {Entry} */ (JSON.parse(storage.getItem(key) ?? '')));
      } catch {
        // not ours, or cut short: nothing that could be sent
      }
    }
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}

let serial = 0;

/** @returns {string} unlike any other, and sorted by when it was made */
function newId() {
  const random = new Uint32Array(2);
  crypto.getRandomValues(random);
  const part = (/** @type {number} */ n, /** @type {number} */ width) =>
    n.toString(36).padStart(width, '0');
  return [part(Date.now(), 9), part(serial++, 5), part(random[0], 7) + part(random[1], 7)].join('-');
}
