// What the page knows of a label set: its classes, what was answered, what its model proposes.

import { address, get, newest, send } from './api.js';
import { derived, signal } from './dom.js';

/** @typedef {import('./grid.js').Mark} Mark */
/** @typedef {{class: string, confidence: number | null, because: string}} Proposal */

export const NONE = 'none of these';
export const QUEUES = /** @type {const} */ ([
  ['teaching', 'Teaches most'],
  ['class', 'All of one class'],
  ['between', 'Undecided between two'],
  ['new', 'New kinds'],
  ['suspects', 'Suspects'],
]);
const FEWEST = 2; // classes with an image that a model needs

/** @param {string} name */
export const setPath = (name) => `/api/label-sets/${encodeURIComponent(name)}`;

export class SetStore {
  /** Every label set, as GET /api/label-sets answers them. */
  sets = signal(/** @type {any[]} */ ([]));
  /** The set at hand. */
  set = signal(/** @type {any} */ (null));
  /** What its model finds, class by class; null where there is no model yet. */
  status = signal(/** @type {any} */ (null));
  /** Grows with every change of what was answered. */
  changes = signal(0);
  /** @type {Map<string, string[]>} classes by image, the newest answer last; [] where it was skipped */
  given = new Map();
  /** @type {Map<string, string>} by image, the class that it is not, by an answer of this visit */
  refused = new Map();
  /** @type {Map<string, Proposal>} */
  proposals = new Map();
  #newestStatus = newest();
  /**
   * Called when answers are asked for; what it gives, when they are here: events that the server
   * may not have known then. Whoever sends them says how.
   * @type {() => () => Record<string, any>[]}
   */
  follow = () => () => [];

  /** @param {import('./store.js').Store} store */
  constructor(store) {
    this.store = store;
    this.place = store.place;
  }

  /** The set's path, for the server. */
  get path() {
    return setPath(this.place.set());
  }

  /** @returns {string[]} */
  get classes() {
    return this.set()?.classes ?? [];
  }

  /** @returns {boolean} */
  get exclusive() {
    return this.set()?.kind !== 'multi';
  }

  async loadSets() {
    const sets = await get('/api/label-sets');
    this.sets.set(sets);
    const { set } = this.place;
    if (!sets.some((/** @type {any} */ one) => one.name === set.peek())) set.set(sets[0]?.name ?? '');
  }

  /** The set at hand with all of its answers. */
  async loadSet() {
    const name = this.place.set();
    if (!name) {
      this.set.set(null);
      return;
    }
    const followed = this.follow();
    let found;
    let events;
    try {
      found = await Promise.all([get(this.path), get(`${this.path}/labels`)]);
    } finally {
      events = followed();
    }
    const [set, labels] = found;
    if (name !== this.place.set()) return;
    if (events.some(({ kind }) => kind === 'undo')) {
      await this.loadSet(); // what was taken back meanwhile may be among them
      return;
    }
    for (const [item, classes] of this.given) if (classes.length) this.given.delete(item); // what was skipped stays
    for (const [item, classes] of Object.entries(labels)) this.given.set(item, classes);
    this.set.set(set);
    for (const { classes } of events) for (const [item, one] of Object.entries(classes)) this.give(item, one);
    this.changed();
  }

  /**
   * Know the class of an image.
   * @param {string} item
   * @param {string} name
   */
  give(item, name) {
    const before = this.given.get(item) ?? [];
    const others = this.exclusive || name === NONE ? [] : before.filter((one) => one !== NONE && one !== name);
    this.given.delete(item); // the newest answers are the last ones of the map
    this.given.set(item, [...others, name]);
  }

  /**
   * Answers that others gave meanwhile.
   * @returns {Promise<boolean>} whether there are any
   */
  async refreshAnswers() {
    const before = JSON.stringify(this.set()?.counts) + this.set()?.answered;
    await this.loadSet();
    return JSON.stringify(this.set()?.counts) + this.set()?.answered !== before;
  }

  /** What the model finds; nothing while there is none. */
  async loadStatus() {
    const name = this.place.set();
    if (!name || !this.learnable) {
      this.status.set(null);
      return;
    }
    const status = await this.#newestStatus(get(`${this.path}/status`));
    if (name === this.place.set()) this.status.set(status);
  }

  /** Another set: nothing of the one before holds. */
  clear() {
    this.given.clear();
    this.refused.clear();
    this.proposals.clear();
    this.set.set(null);
    this.status.set(null);
    this.changed();
  }

  /**
   * Images of a queue; what is known of them is kept.
   * @param {string} queue
   * @param {string[]} of classes that it is about
   * @param {number} k
   * @param {boolean} again other new kinds
   * @returns {Promise<{id: string, proposal: Proposal}[]>}
   */
  async queue(queue, of, k, again) {
    const classes = of.map((name) => `&of=${encodeURIComponent(name)}`).join('');
    const path = address(`${this.path}/next`, { queue, k, again: again ? 'true' : null });
    const rows = await get(path + classes);
    return rows.map((/** @type {any} */ { id, ...proposal }) => ({ id, proposal }));
  }

  /**
   * Add a class to the set.
   * @param {string} name
   */
  async addClass(name) {
    this.set.set(await send(this.path, { add: [name] }, 'PATCH'));
    await this.store.loadState();
  }

  /** How many images people gave each class; counted once for each change. */
  counts = derived(() => {
    this.changes();
    const { exclusive } = this;
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const classes of this.given.values()) {
      if (exclusive && classes.length > 1) continue; // to be settled
      for (const name of classes) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  });

  /** Whether classes enough have an image. */
  get learnable() {
    const counts = this.counts();
    return [...this.classes, NONE].filter((name) => counts.get(name)).length >= (this.exclusive ? FEWEST : 1);
  }

  /** @param {string} id */
  markOf(id) {
    const classes = this.given.get(id);
    if (!classes?.length) return /** @type {Mark} */ (0);
    return /** @type {Mark} */ (classes[0] === NONE ? -1 : 1);
  }

  /**
   * What was answered, in words.
   * @param {string} id
   */
  wordOf(id) {
    const classes = this.given.get(id);
    if (classes?.length) return classes.join(', ');
    const refused = this.refused.get(id);
    return refused ? `not ${refused}` : 'skipped';
  }

  changed() {
    this.changes.update((n) => n + 1);
  }
}
