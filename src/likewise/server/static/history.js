// The last answers under a grid, the newest first, each to be changed.

import { effect, h, signal } from './dom.js';

export const LAST = 10;

/** @typedef {{text: string, run: (id: string) => void}} Choice */

/**
 * @param {object} of
 * @param {() => string[]} of.ids the last answers, the newest first
 * @param {(id: string) => string} of.picture address of its thumbnail
 * @param {(id: string) => string} of.word what was answered
 * @param {(id: string) => string} of.look class of its frame
 * @param {() => Choice[]} of.choices other answers
 * @param {HTMLElement} of.host where the keys go on after a change
 */
export function historyStrip({ ids, picture, word, look, choices, host }) {
  const chosen = signal('');
  /** @type {Map<string, HTMLElement>} kept, so that no picture is loaded again at the next key */
  const items = new Map();
  const strip = h('ul', {});
  const make = (/** @type {string} */ id) =>
    h('li', {}, h('button', { onclick: () => chosen.update((one) => (one === id ? '' : id)) }, h('img', { src: picture(id), alt: '' })));
  effect(() => {
    const last = ids();
    for (const id of items.keys()) if (!last.includes(id)) items.delete(id);
    if (!last.includes(chosen())) chosen.set('');
    const shown = last.map((id) => {
      const item = items.get(id) ?? make(id);
      items.set(id, item);
      const button = /** @type {HTMLElement} */ (item.firstChild);
      button.className = look(id);
      button.title = `${id}: ${word(id)}`;
      button.setAttribute('aria-label', `${id}, ${word(id)}: change`);
      button.setAttribute('aria-expanded', String(chosen() === id));
      return item;
    });
    if (shown.some((item, i) => item !== strip.children[i]) || shown.length !== strip.children.length) strip.replaceChildren(...shown);
  });
  return h(
    'section.history',
    { 'aria-label': 'History' },
    strip,
    () =>
      chosen() &&
      h(
        'div.change',
        { role: 'group', 'aria-label': `Change the answer to ${chosen()}` },
        h('span', {}, chosen()),
        choices().map(({ text, run }) =>
          h('button.outlined', {
            onclick: () => {
              run(chosen());
              chosen.set('');
              host.focus();
            },
          }, text)),
      ),
  );
}
