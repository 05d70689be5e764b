// A folder under those that may be read: its subfolders to go into, and how many images are in it.

import { get } from './api.js';
import { h, signal } from './dom.js';

/**
 * @param {import('./store.js').Store} store
 * @returns {{element: any, folder: () => string, images: () => number, look: (folder: string) => Promise<void>, trouble: import('./dom.js').Signal<string>}}
 */
export function folderChooser(store) {
  const found = signal(/** @type {any} */ (null));
  const trouble = signal('');
  const { roots } = store.state();
  const look = async (/** @type {string} */ folder) => {
    try {
      trouble.set('');
      found.set(await get(`/api/folders?folder=${encodeURIComponent(folder)}`));
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const count = () => `${found().images.toLocaleString('en')}${found().more ? ' or more' : ''} images`;
  const into = (/** @type {string} */ name, /** @type {string} */ folder) =>
    h('li', {}, h('button.outlined', { onclick: () => void look(folder) }, name));
  const element = h('div', {},
    () => found() && h('p', { role: 'status' }, h('b', {}, store.shown(found().folder)), ' ', h('span.dim', {}, count())),
    () => found() && h('ul.folders', {},
      found().parent && into('↑ up', found().parent),
      found().folders.map((/** @type {string} */ name) => into(`${name}/`, `${found().folder}/${name}`))),
    roots.length > 1 &&
      h('p.dim', {}, 'Folders that may be read: ', roots.map((/** @type {string} */ root) => h('button.link', { onclick: () => void look(root) }, store.shown(root)))));
  return { element, folder: () => found()?.folder ?? '', images: () => found()?.images ?? 0, look, trouble };
}
