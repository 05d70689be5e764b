// Which classes are taken for which, by answers that were held back; each cell opens as a page.

import { get } from './api.js';
import { h, signal } from './dom.js';

const NOTHING = 'no class';

/**
 * @param {import('./set_store.js').SetStore} store
 * @param {import('./set_review.js').SetReview} review
 */
export function confusionDialog(store, review) {
  const found = signal(/** @type {any} */ (null));
  const trouble = signal('');
  const look = (/** @type {any} */ { given, taken_for: taken, images }) => {
    dialog.close();
    const isMistake = given !== taken && taken !== NOTHING;
    for (const id of images) {
      if (isMistake) store.proposals.set(id, { class: taken, confidence: null, because: '' });
      else store.proposals.delete(id);
    }
    review.pages.showList({ title: given === taken ? `${given}, and found again` : `${given}, taken for ${taken}`, ids: images });
  };
  const table = () => {
    if (!found()) return trouble() ? null : h('p.dim', {}, 'counting…');
    const { classes, cells } = found();
    if (!cells.length) return h('p', {}, 'No answer was held out yet: give two images of a class or more.');
    const columns = cells.some((/** @type {any} */ one) => one.taken_for === NOTHING) ? [...classes, NOTHING] : classes;
    const cell = (/** @type {string} */ given, /** @type {string} */ taken) => {
      const one = cells.find((/** @type {any} */ each) => each.given === given && each.taken_for === taken);
      const says = given === taken ? `${given}, found again` : `${given}, taken for ${taken}`;
      return h('td', { class: given === taken ? 'number same' : 'number' },
        one ? h('button.link', { 'aria-label': `${says}: ${one.images.length}`, title: says, onclick: () => look(one) }, one.images.length.toLocaleString('en')) : '');
    };
    return h('div.set-classes.confusion', { tabIndex: 0, role: 'region', 'aria-label': 'Confusion' },
      h('table', {},
        h('caption', {}, 'Rows: the class by people. Columns: what the model took it for without that answer.'),
        h('thead', {}, h('tr', {}, h('td', {}), columns.map((/** @type {string} */ name) => h('th', { scope: 'col' }, name)))),
        h('tbody', {}, classes.map((/** @type {string} */ given) =>
          h('tr', {}, h('th', { scope: 'row' }, given), columns.map((/** @type {string} */ taken) => cell(given, taken)))))));
  };
  const dialog = /** @type {HTMLDialogElement} */ (h('dialog.set-confusion', { 'aria-labelledby': 'confusion-title' },
    h('h2', { id: 'confusion-title' }, 'What is taken for what'),
    table,
    h('p.no', { role: 'alert' }, () => trouble()),
    h('div.actions', {}, h('button.outlined', { onclick: () => dialog.close() }, 'Close'))));
  const open = async () => {
    if (!store.set() || !store.learnable) return;
    found.set(null);
    trouble.set('');
    dialog.showModal();
    try {
      found.set(await get(`${store.path}/confusion`));
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  return { dialog, open };
}
