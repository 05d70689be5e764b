// Typing the name of a class: those that begin with it are listed, and Enter gives the marked one. A
// name that is no class yet is the last of them, so that a few letters never make a class by mistake.

import { h, signal } from './dom.js';
import { NONE } from './set_store.js';

const MOST = 8;

/**
 * The classes that a text may mean: that of this name, those that begin with it, those of which
 * another word does.
 * @param {string} text
 * @param {string[]} names
 * @returns {string[]}
 */
export function classesLike(text, names) {
  const start = text.trim().toLowerCase();
  if (!start) return [];
  const rank = (/** @type {string} */ name) => {
    const low = name.toLowerCase();
    if (low === start) return 0;
    if (low.startsWith(start)) return 1;
    return low.split(/[\s_\-/]+/).some((word) => word.startsWith(start)) ? 2 : 3;
  };
  const ranked = names.map((name) => ({ name, at: rank(name) })).filter(({ at }) => at < 3);
  return ranked.sort((one, other) => one.at - other.at).map(({ name }) => name);
}

/**
 * @param {import('./set_store.js').SetStore} store
 * @param {object} does
 * @param {(name: string) => void} does.give
 * @param {() => void} does.leave the keys go on in the grid
 * @param {(error: Error) => void} does.fail
 */
export function classSearch(store, { give, leave, fail }) {
  const text = signal('');
  const at = signal(0);
  /** @returns {{name: string, isNew: boolean}[]} */
  const options = () => {
    const name = text().trim();
    const found = classesLike(name, [...store.classes, NONE]);
    const isKnown = found.some((one) => one.toLowerCase() === name.toLowerCase());
    const listed = found.slice(0, MOST).map((one) => ({ name: one, isNew: false }));
    return name && !isKnown ? [...listed, { name, isNew: true }] : listed;
  };
  const close = () => {
    text.set('');
    input.value = '';
    leave();
  };
  const choose = async (/** @type {{name: string, isNew: boolean} | undefined} */ option) => {
    if (!option) return;
    try {
      if (option.isNew) await store.addClass(option.name);
      close();
      give(option.name);
    } catch (error) {
      fail(/** @type {Error} */ (error));
    }
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    const count = options().length;
    if (event.key === 'Escape') close();
    else if (event.key === 'Enter') void choose(options()[at()]);
    else if (event.key === 'ArrowDown' && count) at.set((at() + 1) % count);
    else if (event.key === 'ArrowUp' && count) at.set((at() + count - 1) % count);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const input = /** @type {HTMLInputElement} */ (h('input', {
    type: 'text', id: 'class-name', role: 'combobox', 'aria-label': 'Name of a class', placeholder: 'type a class (T)', autocomplete: 'off', maxLength: 100,
    'aria-autocomplete': 'list', 'aria-controls': 'class-options', 'aria-expanded': () => String(options().length > 0),
    'aria-activedescendant': () => (options().length ? `class-option-${at()}` : null),
    onkeydown: press,
    oninput: () => {
      at.set(0);
      text.set(input.value);
    },
  }));
  const list = h('ul', { id: 'class-options', role: 'listbox', 'aria-label': 'Classes', hidden: () => !options().length }, () =>
    options().map((option, i) =>
      h('li', {
        id: `class-option-${i}`, role: 'option', 'aria-selected': () => String(at() === i),
        onmousedown: (/** @type {MouseEvent} */ event) => event.preventDefault(), // the field keeps the focus
        onclick: () => void choose(option),
      }, option.isNew ? `New class “${option.name}”` : option.name)));
  return { element: h('div.class-search', {}, input, list), focus: () => input.focus() };
}
