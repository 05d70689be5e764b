// Answers on their way: marked at once, queued for the server, taken back action by action.

import { address, newId, send, sendForFrame } from './api.js';
import { signal } from './dom.js';
import { LabelQueue } from './queue.js';
import { VERDICTS, WORDS } from './store.js';

/** @typedef {import('./grid.js').Mark} Mark */
/** @typedef {{action: string, was: [string, Mark | undefined][], focus: string | undefined}} Step */
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
 */

const LOOK_AGAIN_MS = 20;

export class Answers {
  /** The state of the queue. */
  queued = signal(/** @type {import('./queue.js').State} */ ({ waiting: 0, sending: false, error: null, kept: true }));
  /** Names this page in the server's events. */
  client = newId();
  /** @type {Map<string, Step[]>} of each concept, the newest last */
  #steps = new Map();

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
      onChange: (state) => this.queued.set(state),
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
   * @param {string} source how it was said: "key", "page", "lasso" ...
   * @param {string | undefined} focus where undo goes back to
   */
  give(ids, mark, source, focus) {
    if (!ids.length) return;
    const { marks } = this.store;
    const action = newId();
    const was = ids.map((id) => /** @type {[string, Mark | undefined]} */ ([id, marks.get(id)]));
    for (const id of ids) marks.set(id, mark);
    this.#stack.push({ action, was, focus });
    this.store.marked();
    this.queue.add(
      this.path,
      ids.map((item) => ({ kind: 'label', item, verdict: WORDS[mark], action, source })),
    );
  }

  /**
   * Remember a round of machine labels, which the server takes back.
   * @param {string | undefined} focus
   */
  remember(focus) {
    this.#stack.push({ action: '', was: [], focus });
  }

  /**
   * Take back the newest action of this visit.
   * @returns {Step | undefined} what it was; one without an action is for the server to take back
   */
  takeBack() {
    const step = this.#stack.pop();
    if (!step?.action) return step;
    const { marks } = this.store;
    for (const [id, mark] of step.was) {
      if (mark === undefined) marks.delete(id);
      else marks.set(id, mark);
    }
    this.store.marked();
    this.queue.add(this.path, [{ kind: 'undo', action: step.action }]);
    return step;
  }

  /**
   * Put a step back that could not be taken back.
   * @param {Step | undefined} step
   */
  putBack(step) {
    if (step) this.#stack.push(step);
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

  get #stack() {
    const concept = this.store.place.concept();
    const steps = this.#steps.get(concept) ?? [];
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

function storageOf() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
