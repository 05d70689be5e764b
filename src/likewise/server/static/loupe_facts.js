// What is known of the image in the loupe: its file, its metadata, what was answered of it.

import { factsOf, get } from './api.js';
import { effect, h, signal, untracked } from './dom.js';

/**
 * Rows of a name and a value, without those that are not known.
 * @param {any} facts the answer of GET /api/images/{id}
 * @returns {[string, string][]}
 */
export function factRows(facts) {
  const { width, height, bytes, taken_at: taken, camera, folder, metadata, labels } = facts;
  const size = bytes === null ? '' : bytes < 1e6 ? `, ${Math.ceil(bytes / 1e3)} kB` : `, ${(bytes / 1e6).toFixed(1)} MB`;
  const more = Object.entries(metadata ?? {}).filter(([name]) => name !== 'folder'); // which is named already
  const rows = [
    ['size', width && height ? `${width.toLocaleString('en')} × ${height.toLocaleString('en')} pixels${size}` : ''],
    ['taken', (taken ?? '').replace('T', ' ')],
    ['camera', camera ?? ''],
    ['folder', folder ?? ''],
    ...more.map(([name, value]) => [name, typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')]),
    ['answers', Object.entries(labels ?? {}).map(([name, verdict]) => `${name}: ${verdict}`).join(', ')],
  ];
  return /** @type {[string, string][]} */ (rows.filter(([, value]) => value));
}

/**
 * Facts that are asked for while they are open.
 * @param {import('./loupe.js').Subject} subject
 */
export function loupeFacts({ focus, open, changes }) {
  const isOpen = signal(false);
  const rows = signal(/** @type {[string, string][]} */ ([]));
  const details = /** @type {HTMLDetailsElement} */ (h('details.loupe-facts', { ontoggle: () => isOpen.set(details.open) },
    h('summary', {}, 'About this image'),
    h('dl.facts', { tabIndex: 0 }, () => rows().map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))));
  effect(() => {
    const { id } = focus();
    changes();
    if (!open() || !isOpen() || id === undefined) return;
    untracked(async () => {
      const found = await get(factsOf(id)).then(factRows, (error) => [['', /** @type {Error} */ (error).message]]);
      if (focus.peek().id === id) rows.set(/** @type {[string, string][]} */ (found));
    });
  });
  return details;
}
