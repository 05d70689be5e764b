// Which concept is taught, others to switch to, and its name.

import { conceptPath, send } from './api.js';
import { h, signal } from './dom.js';

/** @param {import('./store.js').Store} store */
export function conceptHead(store) {
  const asked = signal(/** @type {'' | 'hide' | 'rename'} */ (''));
  const { place } = store;
  /**
   * @param {() => Promise<any>} change
   * @param {() => string} shown name of the concept that is shown then
   */
  const run = async (change, shown) => {
    asked.set('');
    try {
      await change();
      await store.loadState();
      place.concept.set(shown());
    } catch (error) {
      store.trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const first = () => store.state().concepts[0]?.name ?? '';
  const remove = () => run(() => send(conceptPath(place.concept()), {}, 'DELETE'), first);
  const restore = (/** @type {string} */ name) =>
    run(() => send(`${conceptPath(name)}/restore`), () => name);
  const rename = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const to = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('to')).trim();
    void run(() => send(`${conceptPath(place.concept())}/rename`, { to }), () => to);
  };
  return h(
    'div',
    {},
    () => {
      const names = store.state().concepts.map((/** @type {any} */ one) => one.name);
      const chosen = place.concept();
      return h(
        'div.concept',
        {},
        chosen && h('h2.hidden-name', {}, `Concept: ${chosen}`),
        chosen
          ? h(
              'select',
              {
                'aria-label': 'Concept',
                onchange: (/** @type {Event} */ event) =>
                  place.concept.set(/** @type {HTMLSelectElement} */ (event.target).value),
              },
              names.map((/** @type {string} */ name) => h('option', { value: name, selected: name === chosen }, name)),
            )
          : h('h2', {}, 'New concept'),
        chosen && h('button.outlined', { 'data-needs': 'reviewer', title: 'Teach another concept', onclick: () => place.concept.set('') }, 'New'),
        !chosen && names.length > 0 &&
          h('button.outlined', { onclick: () => place.concept.set(names[0]) }, 'Cancel'),
        chosen &&
          h('button', { 'data-needs': 'owner', 'aria-label': `Rename ${chosen}`, title: 'Give this concept another name', onclick: () => asked.set('rename') }, 'Rename'),
        chosen &&
          h('button', { 'data-needs': 'owner', 'aria-label': `Hide ${chosen}`, title: 'Hide this concept', onclick: () => asked.set('hide') }, 'Hide'),
      );
    },
    () =>
      store.state().removed.length > 0 &&
      h(
        'select',
        {
          'aria-label': 'Restore a hidden concept',
          'data-needs': 'owner',
          onchange: (/** @type {Event} */ event) =>
            void restore(/** @type {HTMLSelectElement} */ (event.target).value),
        },
        h('option', { value: '', selected: true }, 'Restore a hidden concept…'),
        store.state().removed.map((/** @type {string} */ name) => h('option', { value: name }, name)),
      ),
    () =>
      asked() === 'rename' &&
      h(
        'form.detail',
        { onsubmit: rename },
        h('label', {}, 'New name ', h('input', { name: 'to', required: true, maxlength: 100, value: place.concept() })),
        h('span', {}, h('button.outlined', { type: 'submit' }, 'Rename it'), ' ',
          h('button', { type: 'button', onclick: () => asked.set('') }, 'Keep it')),
      ),
    () =>
      asked() === 'hide' &&
      h(
        'p.detail',
        { role: 'alert' },
        `Hide “${place.concept()}”? Its answers stay in the log.`,
        h('span', {}, h('button.outlined', { onclick: () => void remove() }, 'Hide it'), ' ',
          h('button', { onclick: () => asked.set('') }, 'Keep it')),
      ),
  );
}
