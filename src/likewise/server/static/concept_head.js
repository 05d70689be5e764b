// Which concept is taught, and others to switch to.

import { conceptPath, send } from './api.js';
import { h, signal } from './dom.js';

/** @param {import('./store.js').Store} store */
export function conceptHead(store) {
  const asked = signal(false);
  const { place } = store;
  const remove = async () => {
    asked.set(false);
    try {
      await send(conceptPath(place.concept()), {}, 'DELETE');
      await store.loadState();
      place.concept.set(store.state().concepts[0]?.name ?? '');
    } catch (error) {
      store.trouble.set(/** @type {Error} */ (error).message);
    }
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
          h('button', { 'data-needs': 'owner', 'aria-label': `Hide ${chosen}`, title: 'Hide this concept', onclick: () => asked.set(true) }, 'Hide'),
      );
    },
    () =>
      asked() &&
      h(
        'p.detail',
        { role: 'alert' },
        `Hide “${place.concept()}”? Its answers stay in the log.`,
        h('span', {}, h('button.outlined', { onclick: () => void remove() }, 'Hide it'), ' ',
          h('button', { onclick: () => asked.set(false) }, 'Keep it')),
      ),
  );
}
