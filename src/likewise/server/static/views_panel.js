// The list of saved views in the panel, and the line that says what of the shown one is gone.

import { effect, h, signal } from './dom.js';
import { inWords, titleOf } from './facets.js';

/** @typedef {import('./views.js').View} View */

/**
 * What a view is of, in words.
 * @param {View} view
 */
export function partsOf({ chosen, where, order, concept }) {
  const parts = Object.entries(chosen).map(([name, one]) => `${titleOf(name)}: ${inWords(one)}`);
  if (where) parts.push(where);
  if (concept) parts.push(`concept: ${concept}`);
  if (order !== 'alike') parts.push(`order: ${order}`);
  return parts.join(' · ');
}

/**
 * @param {import('./views.js').Views} views
 * @param {() => boolean} isOpen whether the panel is in sight
 */
export function viewsPanel(views, isOpen) {
  const { store } = views;
  const asked = signal(/** @type {View | null} */ (null)); // which is being renamed
  effect(() => {
    if (isOpen() && !views.all.peek()) void views.load();
  });
  const name = h('input', { type: 'text', 'aria-label': 'Name of the view', placeholder: 'name of the view', maxlength: 100, required: true });
  const save = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const text = name.value.trim();
    if (!text) return;
    name.value = '';
    void views.save(text);
  };
  const rename = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const view = asked();
    const to = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get('to')).trim();
    asked.set(null);
    if (view && to && to !== view.name) void views.rename(view, to);
  };
  const row = (/** @type {View} */ view) => {
    const { team, who } = store.state();
    const isShown = () => views.opened()?.name === view.name && views.opened()?.who === view.who;
    const others = team && view.who !== who ? `${view.name}, by ${view.who}` : view.name;
    if (asked() === view) {
      return h('li', {}, h('form.row', { onsubmit: rename },
        h('input', { name: 'to', type: 'text', 'aria-label': `New name of ${view.name}`, value: view.name, maxlength: 100, required: true }),
        h('button.outlined', { type: 'submit' }, 'Rename'),
        h('button', { type: 'button', onclick: () => asked.set(null) }, 'Cancel')));
    }
    return h('li', {},
      h('div.row', {},
        h('button.view-name', { 'aria-pressed': () => String(isShown() && !views.isChanged), onclick: () => void views.open(view.name, view.who) }, others),
        h('small.number', {}, view.images === null ? '' : `${view.images.toLocaleString('en')} images`),
        view.own && h('button.small', { 'data-needs': 'reviewer', 'aria-label': `Rename the view ${view.name}`, title: 'Give this view another name', onclick: () => asked.set(view) }, '✎'),
        view.own && h('button.small', { 'data-needs': 'reviewer', 'aria-label': `Remove the view ${view.name}`, title: 'Remove this view', onclick: () => void views.remove(view) }, '×')),
      h('small.dim', {}, partsOf(view)),
      () => isShown() && views.isChanged && view.who === who &&
        h('button.outlined', { 'data-needs': 'reviewer', onclick: () => void views.save(view.name, true) }, 'Save the change'));
  };
  return h('section.views', { 'aria-label': 'Saved views' },
    h('b', {}, 'Saved views'),
    () => (views.all()?.length === 0 ? h('p.dim', {}, 'None yet. A view is what is ticked below, the filter, the order, the concept and the colours.') : null),
    h('ul.view-list', {}, () => (views.all() ?? []).map(row)),
    () => {
      const gone = views.removed();
      return gone && h('p', { role: 'status' }, `Removed “${gone.name}”. `, h('button.link', { onclick: () => void views.bringBack() }, 'Bring it back'));
    },
    h('form.row', { 'data-needs': 'reviewer', onsubmit: save }, name, h('button.outlined', { type: 'submit' }, 'Save this view')));
}

/**
 * What of the opened view is gone, above what is shown of it.
 * @param {import('./views.js').Views} views
 */
export function viewRemarks(views) {
  return h('div.remarks', { role: 'status', hidden: () => !views.remarks().length },
    () => views.remarks().map((remark) => h('p', {}, remark)),
    h('button', { 'aria-label': 'Close', onclick: () => views.remarks.set([]) }, '×'));
}
