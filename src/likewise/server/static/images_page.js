// Where the images come from: folders to add and to look at again, how far an index is and how it
// ended, and the images that cannot be used, with the reason.

import { get, newest, send, thumbnail } from './api.js';
import { derived, effect, h, signal, untracked } from './dom.js';
import { progressLine } from './first_run.js';
import { folderChooser } from './folder_chooser.js';
import { withoutCommands } from './messages.js';

const SHOWN = 50;

/**
 * How an index ended, in words.
 * @param {any} report its result
 */
export function indexInWords(report) {
  const number = (/** @type {number} */ n) => n.toLocaleString('en');
  const parts = [
    [report.added, 'new'], [report.changed, 'changed'], [report.moved, 'moved'],
    [report.missing, 'missing'], [report.failed.length, 'unreadable'],
  ].filter(([count]) => count).map(([count, word]) => `${number(count)} ${word}`);
  const rate = report.images_per_second >= 1 ? `, ${number(Math.round(report.images_per_second))} images a second` : '';
  const same = report.unchanged ? `${number(report.unchanged)} as they were` : '';
  return `${[...parts, same].filter(Boolean).join(', ') || 'no image found'}; it took ${number(Math.ceil(report.seconds))} s${parts.length ? rate : ''}`;
}

/** @param {import('./store.js').Store} store */
export function imagesPage(store) {
  const { place } = store;
  const sources = signal(/** @type {any[]} */ ([]));
  const unusable = signal(/** @type {any} */ (null));
  const isAdding = signal(false);
  const all = signal(false);
  const trouble = signal('');
  const newestLoad = newest();
  const chooser = store.may('owner') ? folderChooser(store) : null;
  const isShown = () => place.view() === 'images';
  const jobs = () => [...store.jobs().values()].filter((job) => job.kind === 'index');
  const running = () => jobs().find((job) => job.state === 'running');
  const load = async () => {
    try {
      const asks = [get('/api/unusable'), store.may('owner') ? get('/api/sources') : Promise.resolve([])];
      const [bad, roots] = await newestLoad(Promise.all(asks));
      unusable.set(bad);
      sources.set(roots);
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const index = async (/** @type {string} */ folder) => {
    try {
      trouble.set('');
      const job = await send('/api/images', { folder });
      store.jobs.update((known) => new Map(known).set(job.id, known.get(job.id) ?? job));
      isAdding.set(false);
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const isRunning = derived(() => running() !== undefined);
  effect(() => {
    store.state();
    isRunning(); // what an index found is to be seen when it ends
    if (isShown()) untracked(() => void load());
  });

  const progress = () => {
    const job = running();
    if (job) {
      return h('div.progress', { role: 'status' },
        h('progress', { 'aria-label': 'Indexing', ...(job.total ? { max: job.total, value: job.done } : {}) }),
        h('p.number', {}, progressLine(store)),
        h('button.outlined', { 'data-needs': 'owner', onclick: () => void send(`/api/jobs/${job.id}`, {}, 'DELETE') }, 'Stop'));
    }
    const last = jobs().at(-1);
    if (!last) return null;
    if (last.error) return h('p.no', { role: 'alert' }, withoutCommands(last.error));
    if (last.state === 'cancelled') return h('p', { role: 'status' }, 'Stopped. What was indexed stays; the same folder goes on from there.');
    return h('p.yes', { role: 'status' }, `✓ Done: ${indexInWords(last.result)}`);
  };
  const sourceRow = (/** @type {any} */ { root, kind, again, because }) =>
    h('li.row', {}, h('span', {}, h('b', {}, store.shown(root)), kind === 'folder' ? '' : h('span.dim', {}, ` ${kind}`), because && h('small.block', {}, because)),
      again && h('button.outlined', { 'aria-label': `Look again at ${store.shown(root)}`, disabled: () => running() !== undefined, onclick: () => void index(root) }, 'Look again'));
  const badRows = (/** @type {any[]} */ rows, /** @type {string} */ title, /** @type {number} */ count) =>
    rows.length > 0 && [
      h('h3', {}, `${title}: ${count.toLocaleString('en')}`),
      h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'image'), h('th', { scope: 'col' }, 'why'))),
        h('tbody', {}, (all() ? rows : rows.slice(0, SHOWN)).map(({ id, reason, state }) =>
          h('tr', {}, h('td', {}, state === 'missing' && h('img', { src: thumbnail(id, store.generation), alt: '', loading: 'lazy' }), id), h('td', {}, reason))))),
      !all() && rows.length > SHOWN && h('button.link', { onclick: () => all.set(true) }, `Show ${rows.length.toLocaleString('en')}`),
    ];
  const bad = () => {
    const { counts, images } = unusable() ?? { counts: {}, images: [] };
    const of = (/** @type {string} */ state) => images.filter((/** @type {any} */ one) => one.state === state);
    if (!images.length) return unusable() && h('p.dim', {}, 'Every image could be read, and every file is there.');
    return [badRows(of('failed'), 'Could not be read', counts.failed), badRows(of('missing'), 'File is gone', counts.missing)];
  };
  const add = () =>
    isAdding() && chooser && h('section.detail', { 'aria-label': 'Add a folder' },
      chooser.element,
      h('p.no', { role: 'alert' }, () => chooser.trouble()),
      h('div.actions', {},
        h('button.primary', { disabled: () => !chooser.images(), onclick: () => void index(chooser.folder()) }, 'Index this folder'),
        h('button', { onclick: () => isAdding.set(false) }, 'Cancel')));
  const facts = () => {
    const { items, encoder, dim } = store.state().workspace;
    return h('dl.facts', {},
      h('dt', {}, 'Images'), h('dd.number', {}, items.toLocaleString('en')),
      h('dt', {}, 'Encoder'), h('dd', {}, `${encoder}, ${dim.toLocaleString('en')} numbers an image`));
  };
  return h('main.page-main', { hidden: () => !isShown() },
    h('div.page.images', {},
      h('h2', {}, 'Images'),
      facts,
      h('p.no', { role: 'alert' }, () => trouble()),
      progress,
      h('div', { 'data-needs': 'owner' },
        h('h3', {}, 'Where they come from'),
        h('ul.sources', {}, () => sources().map(sourceRow)),
        h('button.outlined', {
          hidden: () => isAdding(),
          onclick: () => {
            isAdding.set(true);
            if (!chooser?.folder()) void chooser?.look(store.state().roots[0]);
          },
        }, 'Add a folder…'),
        add),
      bad));
}
