// A box for words. Under it stands what the encoder makes of what is typed: the sense that it takes, or
// why it takes none, and a list of names that it reads. Where it reads any words, nothing is asked.

import { ApiError, get } from './api.js';
import { h, signal } from './dom.js';

/** @typedef {{name: string, sense: string, why: string}} Name */
/** @typedef {{note: string, is_read: boolean, is_open: boolean, total: number, names: Name[]}} Found */

const MOST = 8;
const PAUSE_MS = 120; // after a letter, before it is looked up
const RELATION = /** @type {Record<string, string>} */ ({ near: 'nearest in meaning', alike: 'spelled alike' });

/**
 * The words at the caret, between commas, without the sign that says what it is not.
 * @param {string} text
 * @param {number} caret
 */
export function wordsAt(text, caret) {
  const before = text.lastIndexOf(',', caret - 1) + 1;
  const next = text.indexOf(',', caret);
  const end = next < 0 ? text.length : next;
  const piece = text.slice(before, end);
  const sign = /^\s*[-−+]?\s*/.exec(piece)?.[0] ?? '';
  return { start: before + sign.length, end, words: piece.slice(sign.length).trim() };
}

/**
 * What is said under the box.
 * @param {string} words
 * @param {Found} found
 */
export function noteOf(words, { note, is_read: isRead, total, names }) {
  if (isRead || !names.length) return note;
  const relation = RELATION[names[0].why];
  if (relation) return `“${words}” is not known; ${relation}: ${names.map(({ name }) => name).join(', ')}`;
  return `“${words}” alone is not known; ${total.toLocaleString('en')} ${total === 1 ? 'name has' : 'names have'} it`;
}

/**
 * @param {import('./store.js').Store} store
 * @param {object} of
 * @param {string} of.id of the box
 * @param {string} of.label
 * @param {string} of.placeholder
 * @param {(text: string) => Promise<void>} of.take the words that were entered
 */
export function wordBox(store, { id, label, placeholder, take }) {
  const note = signal('');
  const names = signal(/** @type {Name[]} */ ([]));
  const at = signal(-1);
  let openEncoder = '';
  let asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let pause;
  const close = () => {
    clearTimeout(pause);
    asked++; // an answer that is on its way comes too late
    at.set(-1);
    names.set([]);
  };
  const look = async (/** @type {boolean} */ list) => {
    const { words } = wordsAt(input.value, input.selectionStart ?? input.value.length);
    const encoder = store.state()?.workspace?.encoder;
    const mine = ++asked;
    if (!words || encoder === openEncoder) return;
    try {
      const found = /** @type {Found} */ (await get(`/api/words?k=${MOST}&text=${encodeURIComponent(words)}`));
      if (mine !== asked) return;
      if (found.is_open) openEncoder = encoder;
      else note.set(noteOf(words, found));
      if (list) names.set(found.names);
    } catch (error) {
      // A server that is away says so elsewhere; what it refuses is about these words.
      if (mine === asked && error instanceof ApiError && error.permanent) note.set(error.message);
    }
  };
  const type = () => {
    close();
    if (!wordsAt(input.value, input.selectionStart ?? 0).words) note.set('');
    else pause = setTimeout(() => void look(true), PAUSE_MS);
  };
  const complete = (/** @type {Name} */ { name }) => {
    const { start, end } = wordsAt(input.value, input.selectionStart ?? input.value.length);
    input.setRangeText(name, start, end, 'end');
    close();
    void look(false);
  };
  const enter = async () => {
    const text = input.value;
    if (!text.trim()) return;
    close();
    input.value = '';
    await take(text);
    if (!store.trouble()) return note.set('');
    input.value = text; // to be mended, not typed again
    void look(false);
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    const count = names().length;
    if (event.key === 'ArrowDown' && count) at.set((at() + 1) % count);
    else if (event.key === 'ArrowUp' && count) at.set((at() <= 0 ? count : at()) - 1);
    else if (event.key === 'Escape' && count) close();
    else if (event.key === 'Enter' && at() >= 0) complete(names()[at()]);
    else {
      if (event.key === 'Escape') input.blur();
      if (event.key === 'Enter') void enter();
      return;
    }
    event.preventDefault();
    event.stopPropagation(); // the keys are the list's
  };
  const input = /** @type {HTMLInputElement} */ (
    h('input', {
      type: 'text', id, role: 'combobox', 'data-needs': 'reviewer', placeholder, 'aria-label': label, autocomplete: 'off',
      'aria-autocomplete': 'list', 'aria-controls': `${id}-names`,
      'aria-expanded': () => String(names().length > 0),
      'aria-activedescendant': () => (at() < 0 ? null : `${id}-name-${at()}`),
      onkeydown: press, oninput: type, onblur: close,
    })
  );
  const option = (/** @type {Name} */ one, /** @type {number} */ i) =>
    h('li', {
      id: `${id}-name-${i}`, role: 'option', title: one.sense, 'aria-selected': () => String(at() === i),
      onmousedown: (/** @type {MouseEvent} */ event) => event.preventDefault(), // the box keeps the focus
      onclick: () => complete(one),
    }, one.name, one.sense && h('small', {}, `: ${one.sense}`));
  const element = h('div.word-box', {},
    input,
    h('p.dim', { role: 'status' }, () => note()),
    h('ul', { id: `${id}-names`, role: 'listbox', 'aria-label': 'Names', hidden: () => !names().length }, () => names().map(option)));
  return { element, enter };
}
