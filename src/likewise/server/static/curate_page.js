// Curate: duplicates with their keeper, outliers, rare ones, a diverse pick, disputed labels.

import { get, newest, send, thumbnail } from './api.js';
import { derived, effect, h, signal, untracked } from './dom.js';
import { withoutCommands } from './messages.js';

/** @typedef {{part: string, title: string, about: string, shows: 'groups' | 'keeps' | 'drops', k?: [string, number]}} Part */

/** @type {Part[]} */
const PARTS = [
  { part: 'near_duplicates', title: 'Near-duplicates', about: 'Copies that were resized, compressed, trimmed or mirrored; the best of each group stays.', shows: 'groups' },
  { part: 'exact_duplicates', title: 'Exact duplicates', about: 'Files with the same content; one of each stays.', shows: 'groups' },
  { part: 'outliers', title: 'Outliers', about: 'Images that are like nothing else here: garbage, or surprises.', shows: 'drops' },
  { part: 'rare', title: 'Rare', about: 'Images of which there are few, yet more than one.', shows: 'keeps' },
  { part: 'diverse', title: 'Diverse pick', about: 'A few images that cover all the others.', shows: 'keeps', k: ['how many', 60] },
  { part: 'label_suspects', title: 'Disputed labels', about: 'Images whose folder their look disputes.', shows: 'drops' },
  { part: 'image_issues', title: 'Image issues', about: 'Blurred, dark, bright, tiny or oddly shaped images.', shows: 'drops' },
];

/**
 * Members of each group behind its keeper, the largest group first.
 * @param {{id: string, because: string, score: number}[]} drops
 * @returns {[string, string[]][]}
 */
export function groupsOf(drops) {
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const { id, because } of drops) groups.set(because, [...(groups.get(because) ?? []), id]);
  return [...groups].sort((a, b) => b[1].length - a[1].length);
}

/**
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 */
export function curatePage(store, review) {
  const { place } = store;
  const chosen = signal(PARTS[0]);
  const count = signal(60);
  const job = signal(0);
  const tag = signal('');
  const kept = signal(/** @type {Record<string, any>} */ ({}));
  const trouble = signal('');
  const newestTags = newest();
  const result = () => {
    const one = store.jobs().get(job());
    return one?.state === 'done' && one.result.part === chosen().part ? one.result : null;
  };

  const run = async (/** @type {string | null} */ name) => {
    trouble.set('');
    const { part, k } = chosen();
    try {
      const body = { options: k ? { k: count() } : {}, tag: name, where: place.filter() || null };
      const started = await send(`/api/curate/${part}`, body);
      store.jobs.update((jobs) => new Map(jobs).set(started.id, jobs.get(started.id) ?? started));
      job.set(started.id);
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const toReview = (/** @type {string[]} */ ids, title = chosen().title) => {
    review.showList({ title, ids, source: 'curate' });
    place.view.set('review');
    review.grid.host.focus();
  };
  const reviewKept = async (/** @type {string} */ name) => {
    trouble.set('');
    try {
      const { ids } = await get(`/api/curate/${encodeURIComponent(name)}`);
      toReview(ids, `Kept as “${name}”`);
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const savedAs = derived(() => result()?.tag);
  effect(() => {
    if (place.view() !== 'curate') return;
    savedAs();
    untracked(() => void newestTags(get('/api/curate')).then(kept.set, () => {}));
  });

  const picture = (/** @type {string} */ id, /** @type {string} */ caption, look = '') =>
    h('figure', { class: look }, h('img', { src: thumbnail(id, store.generation), alt: '', loading: 'lazy' }),
      h('figcaption', { title: `${id}: ${caption}` }, h('span', {}, id.split('/').at(-1) ?? id), h('span.dim', {}, caption)));

  const shown = () => {
    const found = result();
    if (!found) return null;
    const { shows } = chosen();
    if (shows === 'groups') {
      const groups = groupsOf(found.drops);
      if (!groups.length) return h('p', {}, 'None found.');
      return groups.map(([keeper, members], i) =>
        h('section.group', { 'aria-label': `Group ${i + 1}` },
          picture(keeper, 'stays', 'yes'), members.map((id) => picture(id, 'goes', 'no'))));
    }
    const list = /** @type {any[]} */ (shows === 'keeps' ? found.keeps : found.drops);
    if (!list.length) return h('p', {}, 'None found.');
    return [
      h('div.actions', {}, h('button.outlined', { onclick: () => toReview(list.map((one) => one.id)) }, 'Look at these in the review')),
      h('div.group', {}, list.map((one) => picture(one.id, one.reason ?? (one.score === null ? '' : one.score.toFixed(2))))),
    ];
  };
  const summary = () => {
    const one = store.jobs().get(job());
    if (one?.state === 'running') {
      return [
        h('progress', { 'aria-label': 'Looking', ...(one.total ? { max: one.total, value: one.done } : {}) }),
        h('button.outlined', { onclick: () => void send(`/api/jobs/${one.id}`, {}, 'DELETE') }, 'Stop'),
      ];
    }
    if (one?.error) return h('p.no', {}, withoutCommands(one.error));
    const found = result();
    if (!found) return null;
    const stays = `${found.kept.toLocaleString('en')} stay`;
    const goes = `${found.dropped.toLocaleString('en')} go`;
    return [
      h('p', {}, h('b', {}, `${stays}, ${goes}.`), ' Nothing is removed: a selection only says so.',
        found.notes.map((/** @type {string} */ note) => ` ${note}.`)),
      h('div.row.keep', {},
        h('input', { type: 'text', 'aria-label': 'Name of the selection', placeholder: 'a name for what stays', value: () => tag(), oninput: (/** @type {Event} */ event) => tag.set(/** @type {HTMLInputElement} */ (event.target).value) }),
        h('button.outlined', { disabled: () => !tag().trim(), onclick: () => void run(tag().trim()) }, 'Keep under this name')),
      found.tag && h('p.yes', {}, `✓ kept as “${found.tag}”`),
    ];
  };

  return h(
    'main.page-main',
    { hidden: () => place.view() !== 'curate' },
    h('div.page', {},
      h('h2', {}, 'Curate'),
      h('div.tabs', { role: 'toolbar', 'aria-label': 'Curators' }, PARTS.map((one) =>
        h('button', { 'aria-pressed': () => String(chosen() === one), onclick: () => chosen.set(one) }, one.title))),
      h('p.dim', {}, () => chosen().about),
      h('div.row.keep', {},
        () => chosen().k &&
          h('label', {}, `${chosen().k?.[0]} `, h('input', { type: 'number', min: 1, value: count.peek(), onchange: (/** @type {Event} */ event) => count.set(Number(/** @type {HTMLInputElement} */ (event.target).value)) })),
        h('button.primary', { onclick: () => void run(null) }, () => `Find ${chosen().title.toLowerCase()}`)),
      h('p.no', { role: 'alert' }, () => trouble()),
      h('div', { role: 'status' }, summary),
      shown,
      () => {
        const names = Object.entries(kept());
        return names.length
          ? [h('h3', {}, 'Kept selections'), h('ul', {}, names.map(([name, facts]) => h('li', {}, h('b', {}, name), h('span.dim', {}, ` by ${facts.curator}, ${facts.items.toLocaleString('en')} images `),
            h('button.outlined', { 'aria-label': `Review ${name}`, onclick: () => void reviewKept(name) }, 'Review')))),
            h('p.dim', {}, 'Export can write what a selection keeps.')]
          : null;
      }),
  );
}
