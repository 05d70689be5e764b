// Answers on their way: marked at once, queued for the server, taken back action by action.

import { address, conceptPath, newId, send, sendForFrame } from './api.js';
import { signal } from './dom.js';
import { LabelQueue } from './queue.js';
import { VERDICTS, WORDS } from './store.js';

/** @typedef {import('./grid.js').Mark} Mark */
/**
 * What answers carry: how they were given ("key", "page", "random" ...), the page that was shown,
 * and the image that undo goes back to.
 * @typedef {{source: string, page?: string, focus?: string}} Origin
 */
/**
 * A no to the class that an image had in a label set, which a yes to another one overrules.
 * @typedef {{item: string, concept: string, action: string}} Overruled
 */
/**
 * `derived` are the classes by which its images were a no that nobody said.
 * @typedef {Origin & {action: string, mark: Mark, was: [string, Mark | undefined][], derived: [string, string][], overruled: Overruled[]}} Step
 */
/**
 * What comes back with answers that were saved: the ranking that knows them, for the list that
 * was on the screen when they were sent; null where none was wanted.
 * @typedef {{frame: import('./frames.js').Frame, list: number} | null} Ranked
 */
/**
 * @typedef {object} Asker
 * @property {() => {query: Record<string, any>, list: number} | null} wanted the ranking to ask for
 *   together with answers, and the number of the list that it is for
 * @property {(to: string, ranked: Ranked) => void} saved the server has what was sent there
 * @property {() => void} failed it could not be sent, and is tried again
 */

const LOOK_AGAIN_MS = 20;

export class Answers {
  /** The state of the queue. */
  queued = signal(/** @type {import('./queue.js').State} */ ({ waiting: 0, sending: false, error: null, kept: true }));
  /** Names this page in the server's events. */
  client = newId();
  /** @type {Map<string, {done: Step[], undone: Step[]}>} of each concept, the newest last */
  #steps = new Map();
  #given = 0;

  /**
   * @param {import('./store.js').Store} store
   * @param {string} workspace its path, for the names in the browser's storage; with a user's name
   *   before it, so that what one left unsent is never sent as another's
   * @param {Asker} asker
   */
  constructor(store, workspace, asker) {
    this.store = store;
    this.queue = new LabelQueue({
      storage: storageOf(),
      prefix: `likewise.event.${workspace}.`,
      send: (to, events) => this.#send(to, { events, client: this.client }, asker),
      onChange: (state) => {
        this.queued.set(state);
        if (state.error) asker.failed();
      },
      onSaved: (ranked, to) => asker.saved(to, ranked),
    });
    store.follow = () => {
      const followed = this.queue.follow();
      return () => marksOf(followed(), this.path);
    };
  }

  /** Where answers about the concept at hand go: its path. */
  get path() {
    return this.store.path;
  }

  /**
   * One request both saves the answers and brings the ranking that knows them.
   * @param {string} to
   * @param {any} body
   * @param {Asker} asker
   * @returns {Promise<Ranked>}
   */
  async #send(to, body, asker) {
    const wanted = to === this.path ? asker.wanted() : null;
    if (wanted) {
      const frame = await sendForFrame(address(`${to}/ranking`, wanted.query), body);
      return { frame, list: wanted.list };
    }
    await send(`${to}/labels`, body);
    return null;
  }

  /**
   * Mark images as one action, and queue it.
   * @param {string[]} ids
   * @param {Mark} mark
   * @param {Origin} origin
   */
  give(ids, mark, origin) {
    if (!ids.length) return;
    this.#stack.undone = [];
    this.#mark(ids, mark, origin);
  }

  /**
   * Answer an image anew: the page and the order that it was shown in stay the same.
   * @param {string} id
   * @param {Mark} mark
   * @param {string | undefined} focus
   */
  change(id, mark, focus) {
    const earlier = this.#stack.done.findLast(({ was }) => was.some(([one]) => one === id));
    this.give([id], mark, { source: earlier?.source ?? 'key', page: earlier?.page, focus });
  }

  /**
   * Remember a round of machine labels, which the server takes back.
   * @param {string | undefined} focus
   */
  remember(focus) {
    this.#stack.done.push({ action: '', mark: 1, was: [], derived: [], overruled: [], source: 'range', focus });
    this.#stack.undone = [];
  }

  /**
   * Take back the newest action of this visit.
   * @returns {Step | undefined} what it was; one without an action is for the server to take back
   */
  takeBack() {
    const step = this.#stack.done.pop();
    if (!step?.action) return step;
    const { marks } = this.store;
    for (const [id, mark] of step.was) {
      if (mark === undefined) marks.delete(id);
      else marks.set(id, mark);
    }
    for (const [id, name] of step.derived) this.store.derived.set(id, name);
    this.#stack.undone.push(step);
    this.store.marked();
    this.queue.add(this.path, [{ kind: 'undo', action: step.action }]);
    for (const { concept, action } of step.overruled) this.queue.add(conceptPath(concept), [{ kind: 'undo', action }]);
    return step;
  }

  /**
   * Give again what was taken back last.
   * @returns {Step | undefined} what it was
   */
  redo() {
    const step = this.#stack.undone.pop();
    if (step) this.#mark(step.was.map(([id]) => id), step.mark, step);
    return step;
  }

  /**
   * Take back the newest action on this concept that the server knows of.
   * @returns {Promise<{items: string[], round?: number}>}
   */
  async undoOnServer() {
    await this.settle();
    return send(`${this.path}/undo`);
  }

  /**
   * Put a step back that could not be taken back.
   * @param {Step | undefined} step
   */
  putBack(step) {
    if (step) this.#stack.done.push(step);
  }

  /**
   * Wait until the server has every answer.
   * @returns {Promise<void>}
   */
  async settle() {
    while (this.queue.waiting) {
      if (this.queue.state.error) throw this.queue.state.error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  /**
   * @param {string[]} ids
   * @param {Mark} mark
   * @param {Origin} origin
   */
  #mark(ids, mark, { source, page = '', focus }) {
    const { marks } = this.store;
    const derived = ids.map((id) => /** @type {[string, string]} */ ([id, this.store.derivedOf(id) ?? ''])).filter(([, name]) => name);
    const overruled = mark === 1 ? derived.map(([item, concept]) => ({ item, concept, action: newId() })) : [];
    const action = page ? `${page}.${this.#given++}` : newId();
    const was = ids.map((id) => /** @type {[string, Mark | undefined]} */ ([id, marks.get(id)]));
    for (const id of ids) {
      marks.delete(id); // the newest answers are the last ones of the map
      marks.set(id, mark);
    }
    this.#stack.done.push({ action, mark, was, derived, overruled, source, page, focus });
    this.store.marked();
    this.queue.add(
      this.path,
      ids.map((item) => ({ kind: 'label', item, verdict: WORDS[mark], action, source })),
    );
    for (const { item, concept, action: other } of overruled) {
      this.queue.add(conceptPath(concept), [{ kind: 'label', item, verdict: WORDS[-1], action: other, source: 'key' }]);
    }
  }

  get #stack() {
    const concept = this.store.place.concept();
    const steps = this.#steps.get(concept) ?? { done: [], undone: [] };
    this.#steps.set(concept, steps);
    return steps;
  }
}

/**
 * Marks that entries of a queue make, in order; what was taken back again makes none.
 * @param {import('./queue.js').Entry[]} entries
 * @param {string} path of the concept
 * @returns {[string, Mark][]}
 */
export function marksOf(entries, path) {
  const events = entries.filter(({ to }) => to === path).map(({ event }) => event);
  const undone = new Set(events.filter(({ kind }) => kind === 'undo').map(({ action }) => action));
  return events
    .filter(({ kind, action }) => kind === 'label' && !undone.has(action))
    .map(({ item, verdict }) => [item, VERDICTS[verdict]]);
}

export function storageOf() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
