// Answers about a label set on their way: known at once, queued for the server, and one undo log.

import { newId, send } from './api.js';
import { signal } from './dom.js';
import { storageOf } from './answers.js';
import { LabelQueue } from './queue.js';

/** @typedef {{given: string[] | undefined, refused: string | undefined}} Before */
/**
 * One action: the classes that images got, the classes that they are not, and those skipped. One
 * with a `round` is a round of machine labels.
 * @typedef {object} Step
 * @property {string} action
 * @property {Record<string, string>} classes
 * @property {Record<string, string>} not
 * @property {string[]} skipped
 * @property {string} source
 * @property {string | undefined} focus
 * @property {[string, Before][]} was
 * @property {number} [round]
 */
/** @typedef {Partial<Pick<Step, 'classes' | 'not' | 'skipped'>>} Said */

const LOOK_AGAIN_MS = 20;

export class SetAnswers {
  /** The state of the queue. */
  queued = signal(/** @type {import('./queue.js').State} */ ({ waiting: 0, sending: false, error: null, kept: true }));
  /** Names this page in the server's events. */
  client = newId();
  /** @type {Map<string, {done: Step[], undone: Step[]}>} by set, the newest last */
  #steps = new Map();

  /**
   * @param {import('./set_store.js').SetStore} store
   * @param {string} workspace its path, for the names in the browser's storage
   * @param {() => void} saved the server has everything
   */
  constructor(store, workspace, saved) {
    this.store = store;
    this.queue = new LabelQueue({
      storage: storageOf(),
      prefix: `likewise.classes.${workspace}.`,
      send: (to, events) => sendAll(to, events, this.client),
      onChange: (state) => this.queued.set(state),
      onSaved: () => this.queue.waiting || saved(),
    });
    store.follow = () => {
      const followed = this.queue.follow();
      return () => followed().filter(({ to }) => to === store.path).map(({ event }) => event);
    };
  }

  /**
   * @param {Said} said
   * @param {string} source
   * @param {string | undefined} focus the image that undo goes back to
   * @returns {Step}
   */
  give({ classes = {}, not = {}, skipped = [] }, source, focus) {
    this.#stack.undone = [];
    return this.#do({ action: newId(), classes, not, skipped, source, focus, was: [] });
  }

  /**
   * Remember a round of machine labels, which undo takes back.
   * @param {number} round
   */
  remember(round) {
    this.#stack.done.push({ action: '', classes: {}, not: {}, skipped: [], source: 'round', focus: undefined, was: [], round });
    this.#stack.undone = [];
  }

  /**
   * Take back the newest action of this visit.
   * @returns {Step | undefined} one with a round is for the server to take back
   */
  takeBack() {
    const step = this.#stack.done.pop();
    if (!step || step.round !== undefined) return step;
    const { given, refused } = this.store;
    for (const [id, before] of step.was) {
      given.delete(id);
      refused.delete(id);
      if (before.given) given.set(id, before.given);
      if (before.refused) refused.set(id, before.refused);
    }
    this.#stack.undone.push(step);
    this.store.changed();
    if (isTold(step)) this.queue.add(this.store.path, [{ kind: 'undo', action: step.action }]);
    return step;
  }

  /**
   * Give again what was taken back last.
   * @returns {Step | undefined}
   */
  again() {
    const step = this.#stack.undone.pop();
    return step && this.#do({ ...step, action: newId(), was: [] });
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

  /** @param {Step} step */
  #do(step) {
    const { store } = this;
    for (const id of imagesOf(step)) {
      step.was.push([id, { given: store.given.get(id), refused: store.refused.get(id) }]);
      const before = store.given.get(id) ?? [];
      store.given.delete(id); // the newest answers are the last ones of the map
      store.refused.delete(id);
      if (step.classes[id]) {
        store.given.set(id, before);
        store.give(id, step.classes[id]);
      } else if (step.not[id]) {
        store.refused.set(id, step.not[id]);
        store.given.set(id, before.filter((one) => one !== step.not[id]));
      } else store.given.set(id, before);
    }
    this.#stack.done.push(step);
    store.changed();
    const { action, classes, not, source } = step;
    if (isTold(step)) this.queue.add(store.path, [{ kind: 'classes', classes, not_classes: not, action, source }]);
    return step;
  }

  get #stack() {
    const name = this.store.place.set();
    const steps = this.#steps.get(name) ?? { done: [], undone: [] };
    this.#steps.set(name, steps);
    return steps;
  }
}

/** @param {Step} step */
export const imagesOf = (step) => [...new Set([...Object.keys(step.classes), ...Object.keys(step.not), ...step.skipped])];

/**
 * Whether the server knows of it: what was skipped is known to this visit only.
 * @param {Step} step
 */
const isTold = (step) => Object.keys(step.classes).length + Object.keys(step.not).length > 0;

/**
 * One after another, for each depends on those before; what the server knows already changes nothing.
 * @param {string} to
 * @param {Record<string, any>[]} events
 * @param {string} client
 */
async function sendAll(to, events, client) {
  for (const { kind, action, classes, not_classes, source } of events) {
    if (kind === 'undo') await send(`${to}/undo`, { action, client }).catch(unlessUnknown);
    else await send(`${to}/labels`, { classes, not_classes, action, source, client });
  }
}

/** @param {Error & {status?: number}} error an action that said nothing new is not in the log */
function unlessUnknown(error) {
  if (error.status !== 404) throw error;
}
