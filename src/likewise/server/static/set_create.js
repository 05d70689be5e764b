// A label set is made: of names, or of what folders or metadata say of the images.

import { send } from './api.js';
import { h, signal } from './dom.js';

const TYPED = '';
const FOLDERS = 'folder';

/**
 * @param {import('./set_store.js').SetStore} store
 * @param {import('./set_review.js').SetReview} review
 */
export function createDialog(store, review) {
  const trouble = signal('');
  const from = signal(TYPED);
  const busy = signal(false);
  const create = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const name = String(form.get('name')).trim();
    const classes = String(form.get('classes') ?? '').split(/[,\n]/).map((one) => one.trim()).filter(Boolean);
    trouble.set('');
    busy.set(true);
    try {
      await send('/api/label-sets', { name, classes, exclusive: form.get('kind') === 'exclusive', column: from() || null });
      await store.store.loadState();
      await store.loadSets();
      dialog.close();
      store.place.set.set(name);
      review.grid.host.focus();
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    } finally {
      busy.set(false);
    }
  };
  const columns = () => [...new Set([FOLDERS, ...Object.keys(store.store.state().workspace.columns)])];
  const dialog = /** @type {HTMLDialogElement} */ (h('dialog.set-form', { 'aria-labelledby': 'new-set' },
    h('h2', { id: 'new-set' }, 'New label set'),
    h('form.form', { onsubmit: create },
      h('label', {}, 'Name', h('input', { type: 'text', name: 'name', required: true, maxLength: 100, autocomplete: 'off' })),
      h('label', {}, 'Classes', h('select', { name: 'from', onchange: (/** @type {Event} */ event) => from.set(/** @type {HTMLSelectElement} */ (event.target).value) },
        h('option', { value: TYPED }, 'the names below'),
        () => columns().map((name) => h('option', { value: name }, name === FOLDERS ? 'the folders that the images are in' : `the values of “${name}”`)))),
      h('label', {}, () => (from() ? 'Only these of them; all if empty' : 'Names, with commas between'),
        h('textarea', { name: 'classes', rows: 3, required: () => !from() })),
      h('label', {}, 'An image has', h('select', { name: 'kind' },
        h('option', { value: 'exclusive' }, 'one class, or none of these'), h('option', { value: 'multi' }, 'any number of classes, as tags'))),
      h('p.no', { role: 'alert' }, () => trouble()),
      h('div.actions', {}, h('button.primary', { type: 'submit', disabled: () => busy() }, 'Make it'),
        h('button.outlined', { type: 'button', onclick: () => dialog.close() }, 'Cancel')))));
  const open = () => {
    trouble.set('');
    dialog.showModal();
  };
  return { dialog, open };
}
