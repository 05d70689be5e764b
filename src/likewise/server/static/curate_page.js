// Curate: copies with the image that stays, outliers, rare ones, a diverse pick, disputed labels.

import { get, newest, thumbnail } from './api.js';
import { copiesInWords, groupsView } from './curate_groups.js';
import { optionFields } from './curate_options.js';
import { Curation } from './curation.js';
import { derived, effect, h, signal, untracked } from './dom.js';

/** @typedef {{title: string, about: string, shows?: 'keeps' | 'drops'}} Words */
/** @typedef {{name: string, about: string, options: import('./curate_options.js').Option[]}} Curator */

/** Curators in the order of the page; others follow with what they say of themselves. */
const WORDS = /** @type {Record<string, Words>} */ ({
  near_duplicates: { title: 'Near-duplicates', about: 'Copies that were resized, compressed, trimmed or mirrored. Press an image that goes to keep it instead.' },
  exact_duplicates: { title: 'Exact duplicates', about: 'Files with the same content; one of each stays.' },
  outliers: { title: 'Outliers', about: 'Images that are like nothing else here: garbage, or surprises.', shows: 'drops' },
  rare: { title: 'Rare', about: 'Images of which there are few, yet more than one.', shows: 'keeps' },
  diverse: { title: 'Diverse pick', about: 'A few images that cover all the others.', shows: 'keeps' },
  representative: { title: 'Representative pick', about: 'A few images that stand for all the others.', shows: 'keeps' },
  even: { title: 'Even pick', about: 'As many images of every cluster.', shows: 'keeps' },
  label_suspects: { title: 'Disputed labels', about: 'Images whose folder their look disputes.', shows: 'drops' },
  image_issues: { title: 'Image issues', about: 'Blurred, dark, bright, tiny or oddly shaped images.', shows: 'drops' },
});

/**
 * @param {Curator} curator
 * @returns {Words}
 */
const wordsOf = ({ name, about }) => {
  const plain = name.replaceAll('_', ' ');
  return WORDS[name] ?? { title: plain[0].toUpperCase() + plain.slice(1), about: about.split('\n\n')[0] };
};

/**
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 */
export function curatePage(store, review) {
  const { place } = store;
  const curation = new Curation(store);
  const curators = signal(/** @type {Curator[]} */ ([]));
  const tag = signal('');
  const kept = signal(/** @type {Record<string, any>} */ ({}));
  const newestTags = newest();
  const groups = groupsView(store, curation);
  const words = () => {
    const found = curators().find(({ name }) => name === curation.part());
    return found ? wordsOf(found) : WORDS[curation.part()];
  };
  const running = () => {
    const job = store.jobs().get(curation.job());
    return job?.state === 'running' ? job : null;
  };

  const load = async () => {
    try {
      const all = await get('/api/curators');
      const order = Object.keys(WORDS);
      const rank = (/** @type {Curator} */ { name }) => (order.indexOf(name) + 1 || order.length + 1);
      curators.set(all.sort((/** @type {Curator} */ a, /** @type {Curator} */ b) => rank(a) - rank(b)));
      await curation.loadStay();
    } catch (error) {
      curation.trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const toReview = (/** @type {string[]} */ ids, title = words().title) => {
    review.showList({ title, ids, source: 'curate' });
    place.view.set('review');
    review.grid.host.focus();
  };
  const reviewKept = async (/** @type {string} */ name) => {
    curation.trouble.set('');
    try {
      const { ids } = await get(`/api/curate/${encodeURIComponent(name)}`);
      toReview(ids, `Kept as “${name}”`);
    } catch (error) {
      curation.trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const savedAs = derived(() => curation.shown()?.tag);
  const isShown = derived(() => place.view() === 'curate');
  effect(() => {
    if (isShown()) untracked(() => void load());
  });
  effect(() => {
    if (!isShown()) return;
    savedAs();
    untracked(() => void newestTags(get('/api/curate')).then(kept.set, () => {}));
  });
  effect(() => {
    const found = curation.shown();
    groups.host.hidden = !found?.groups;
    untracked(() => groups.draw(found?.groups ?? []));
  });

  const picture = (/** @type {string} */ id, /** @type {string} */ caption) =>
    h('figure', {}, h('img', { src: thumbnail(id, store.generation), alt: '', loading: 'lazy' }),
      h('figcaption', { title: `${id}: ${caption}` }, h('span', {}, id.split('/').at(-1) ?? id), h('span.dim', {}, caption)));
  const captionOf = (/** @type {any} */ { reason, part, score }) =>
    [reason ?? part, reason === undefined && typeof score === 'number' ? score.toFixed(2) : ''].filter(Boolean).join(' ');
  const pick = () => {
    const found = curation.shown();
    if (!found || found.groups) return null;
    const shows = words().shows ?? (found.dropped < found.kept ? 'drops' : 'keeps');
    const list = /** @type {any[]} */ (found[shows]);
    if (!list.length) return h('p', {}, 'None found.');
    return [
      h('div.actions', {}, h('button.outlined', { onclick: () => toReview(list.map((one) => one.id)) }, 'Look at these in the review')),
      h('div.group', {}, list.map((one) => picture(one.id, captionOf(one)))),
    ];
  };
  const progress = () => {
    const job = running();
    return job && [
      h('progress', { 'aria-label': 'Looking', ...(job.total ? { max: job.total, value: job.done } : {}) }),
      h('button.outlined', { onclick: () => curation.stop() }, 'Stop'),
    ];
  };
  const summary = () => {
    const found = curation.shown();
    if (!found) return null;
    const { groups: copies, kept: stays, dropped, notes } = found;
    const counts = copies ? copiesInWords(found) : `${stays.toLocaleString('en')} stay, ${dropped.toLocaleString('en')} go.`;
    const hidden = copies ? found.group_count - copies.length : 0;
    return [
      h('p', {}, h('b', {}, counts), ' Nothing is removed: a selection only says so.'),
      h('p', {}, notes.map((/** @type {string} */ note) => `${note}. `)),
      hidden > 0 && h('p.dim', {}, `The ${copies.length.toLocaleString('en')} largest groups are shown, ${hidden.toLocaleString('en')} more are not.`),
    ];
  };
  const keep = () => {
    const found = curation.shown();
    return found && [
      h('div.row.keep', {},
        h('input', { type: 'text', 'aria-label': 'Name of the selection', placeholder: 'a name for what stays', value: () => tag(), oninput: (/** @type {Event} */ event) => tag.set(/** @type {HTMLInputElement} */ (event.target).value) }),
        h('button.outlined', { disabled: () => !tag().trim() || running() !== null, onclick: () => void curation.keep(tag().trim()) }, 'Keep under this name')),
      found.tag && h('p.yes', { role: 'status' }, `✓ kept as “${found.tag}”`),
    ];
  };

  return h(
    'main.page-main',
    { hidden: () => !isShown() },
    h('div.page', {},
      h('h2', {}, 'Curate'),
      h('div.tabs', { role: 'toolbar', 'aria-label': 'Curators' }, () => curators().map((one) =>
        h('button', { 'aria-pressed': () => String(curation.part() === one.name), onclick: () => curation.part.set(one.name) }, wordsOf(one).title))),
      h('p.dim', {}, () => words().about),
      h('div.row.keep.options', {},
        () => optionFields(curation, curation.part(), curators().find(({ name }) => name === curation.part())?.options ?? []),
        h('button.primary', { onclick: () => void curation.look() }, () => `Find ${words().title.toLowerCase()}`)),
      h('p.no', { role: 'alert' }, () => curation.trouble()),
      h('div.looking', {}, progress),
      h('div', { role: 'status' }, summary),
      keep,
      groups.host,
      pick,
      groups.dialog,
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
