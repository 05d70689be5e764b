// No workspace yet: choose a folder; and the line that says how far an index is.

import { send } from './api.js';
import { h, signal } from './dom.js';
import { listen } from './events.js';
import { folderChooser } from './folder_chooser.js';
import { withoutCommands } from './messages.js';

/** @param {number} seconds */
export const duration = (seconds) =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;

const DOING = /** @type {Record<string, string>} */ ({ index: 'indexing', reindex: 'encoding', fetch: 'fetching', 'encoder plan': 'measuring' });

/**
 * What an index that runs has done, in words; empty when none runs.
 * @param {import('./store.js').Store} store
 */
export function progressLine(store) {
  const running = [...store.jobs().values()].filter((job) => job.state === 'running' && job.kind !== 'colours');
  return running
    .map(({ kind, done, total, rate, seconds_left: left }) => {
      const what = DOING[kind] ?? kind;
      const amount = (/** @type {number} */ n) => (kind === 'fetch' ? `${(n / 1e6).toFixed(1)} MB` : n.toLocaleString('en'));
      const count = amount(done);
      const unknown = done ? `${count} so far` : 'beginning';
      const far = total ? `${count} of ${amount(total)}` : unknown;
      return `${what}: ${far}${rate && /^(re)?index$/.test(kind) ? `, ${rate} images/s` : ''}${left ? `, ${duration(left)} left` : ''}`;
    })
    .join(' · ');
}

/**
 * @param {HTMLElement} app
 * @param {import('./store.js').Store} store
 * @param {() => void} start once there is something to see
 */
export function firstRun(app, store, start) {
  const trouble = signal('');
  const running = () => [...store.jobs().values()].find((job) => job.kind === 'index' && job.state === 'running');
  let begun = false;

  const index = async () => {
    try {
      trouble.set('');
      const job = await send('/api/images', { folder: chooser.folder() });
      store.jobs.update((jobs) => new Map(jobs).set(job.id, job));
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const proceed = async () => {
    await store.loadState();
    if (begun || !store.state().workspace?.items) return;
    begun = true;
    stop();
    start();
  };
  if (!store.may('owner')) {
    app.replaceChildren(h('main', {}, h('p.empty', { role: 'alert' }, 'There is no workspace to look at yet.')));
    return;
  }
  const chooser = folderChooser(store);
  app.replaceChildren(
    h('header', {}, h('h1', {}, 'likewise'), h('span.grow', {})),
    h(
      'main.first',
      {},
      h('h2', {}, 'Choose a folder of images'),
      h('p.dim', {}, 'They are read, never changed; nothing leaves this machine. You can begin as soon as the first are indexed.'),
      h('button.primary', { disabled: () => !chooser.images() || running() !== undefined, onclick: () => void index() }, 'Index this folder'),
      () => {
        const job = running();
        return job
          ? h('div', { role: 'status' }, h('progress', { 'aria-label': 'Indexing', ...(job.total ? { max: job.total, value: job.done } : {}) }), h('p', {}, progressLine(store)))
          : null;
      },
      h('p.no', { role: 'alert' }, () => trouble() || chooser.trouble() || withoutCommands([...store.jobs().values()].find((job) => job.error)?.error ?? '')),
      chooser.element,
    ),
  );
  void chooser.look(store.state().roots[0]);
  const stop = listen(
    {
      job: (job) => {
        store.jobs.update((jobs) => new Map(jobs).set(job.id, job));
        if (job.state === 'done') void proceed();
      },
      items: () => void proceed(),
    },
    () => {},
  );
}
