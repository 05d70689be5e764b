// Export: which images, in which form, to where; the manifest as it would be, then the jobs.

import { get, newest, send } from './api.js';
import { batch, effect, h, onEnd, signal, untracked } from './dom.js';
import { manifestOf, outcomeOf } from './export_preview.js';
import { both } from './place.js';

const SURE = [['0.5', '50'], ['0.8', '80'], ['0.9', '90'], ['0.95', '95'], ['0.99', '99']];

/**
 * The folder of one of several datasets.
 * @param {string} folder
 * @param {string} name of the concept
 * @param {number} count of datasets
 */
export const folderFor = (folder, name, count) => (count > 1 ? `${folder}/${name.replace(/ /g, '-')}` : folder);

/**
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 */
export function exportPage(store, review) {
  const { place } = store;
  const facts = signal(/** @type {any} */ ({ formats: ['folder'], about: {}, splits: [], selections: [], roots: [''] }));
  const concepts = signal(/** @type {string[]} */ ([]));
  const selection = signal('');
  const format = signal('folder');
  const split = signal('');
  const sure = signal('');
  const includeNo = signal(false);
  const where = signal('');
  const to = signal('');
  const overwrite = signal(false);
  const previews = signal(/** @type {{name: string, answer: any}[] | null} */ (null));
  const trouble = signal('');
  const jobs = signal(/** @type {{name: string, id: number}[]} */ ([]));
  const newestPreview = newest();
  let named = ''; // the folder that was suggested last

  /** What is asked for, one dataset each. */
  const datasets = () => {
    const common = { where: both(place.filter(), where()) || null };
    if (selection()) return [{ ...common, selection: selection() }];
    return concepts().map((concept) => ({
      ...common,
      concept,
      min_probability: Number(sure()) || null,
      // The threshold that a person has set is of the rule in the panel.
      threshold: !sure() && concept === place.concept() ? store.threshold() : null,
      include_no: includeNo(),
      split: split() || null,
    }));
  };
  const nameOf = (/** @type {any} */ { concept, selection: kept }) => concept ?? kept;
  const look = async () => {
    trouble.set('');
    previews.set(null);
    try {
      const asks = untracked(datasets);
      const seen = review.answers.settle().then(() => Promise.all(asks.map((ask) => send('/api/export/preview', ask))));
      const answers = await newestPreview(seen);
      if (answers.length === asks.length) previews.set(asks.map((ask, i) => ({ name: nameOf(ask), answer: answers[i] })));
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const write = async () => {
    trouble.set('');
    jobs.set([]);
    try {
      await review.answers.settle();
      const asks = datasets();
      for (const ask of asks) {
        const folder = folderFor(to(), nameOf(ask), asks.length);
        const started = await send('/api/export', { ...ask, to: folder, format: format(), overwrite: overwrite() });
        batch(() => {
          store.jobs.update((all) => new Map(all).set(started.id, all.get(started.id) ?? started));
          jobs.update((all) => [...all, { name: nameOf(ask), id: started.id }]);
        });
      }
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const suggest = () => {
    const name = selection() || (concepts().length === 1 ? concepts()[0] : 'concepts');
    const folder = `${store.shown(facts().roots[0])}/${name.replace(/ /g, '-')}-dataset`;
    if (!to() || to() === named) to.set(folder); // a folder that somebody typed stays
    named = folder;
  };
  effect(() => {
    const name = place.concept();
    concepts.set(name ? [name] : []);
    selection.set('');
    jobs.set([]);
  });
  effect(() => {
    if (place.view() !== 'export' || !datasets().length) return;
    const soon = setTimeout(() => void look()); // once for several changes
    onEnd(() => clearTimeout(soon));
  });
  effect(() => {
    if (place.view() !== 'export') return;
    untracked(async () => {
      try {
        facts.set(await get('/api/export'));
        suggest();
      } catch (error) {
        trouble.set(/** @type {Error} */ (error).message);
      }
    });
  });
  effect(() => {
    concepts();
    selection();
    untracked(() => facts().roots[0] && suggest());
  });
  /** @param {Event} event */
  const valueOf = (event) => /** @type {HTMLInputElement} */ (event.target).value;
  /** @param {Event} event */
  const checkOf = (event) => /** @type {HTMLInputElement} */ (event.target).checked;

  const total = () => (previews() ?? []).reduce((sum, { answer }) => sum + answer.images, 0);
  const own = () => {
    const threshold = concepts().includes(place.concept()) ? store.threshold() : null;
    return threshold === null ? 'above its own threshold' : `from the threshold in the panel on, ${threshold.toFixed(2)}`;
  };
  const what = () =>
    h('fieldset.what', {}, h('legend', {}, 'What'),
      store.state().concepts.map((/** @type {any} */ { name }) =>
        h('label.check', {}, h('input', {
          type: 'checkbox',
          checked: () => !selection() && concepts().includes(name),
          onchange: (/** @type {Event} */ event) => batch(() => {
            selection.set('');
            concepts.update((all) => (checkOf(event) ? [...all.filter((one) => one !== name), name] : all.filter((one) => one !== name)));
          }),
        }), ` ${name}`)),
      facts().selections.length > 0 && h('label', {}, 'or what a kept selection keeps',
        h('select', { onchange: (/** @type {Event} */ event) => selection.set(valueOf(event)) },
          h('option', { value: '', selected: () => !selection() }, '–'),
          facts().selections.map((/** @type {string} */ name) => h('option', { value: name, selected: () => selection() === name }, name)))));
  const ofConcepts = () => selection() ? null : [
    facts().splits.length > 0 && h('label', {}, 'Training, validation and test parts',
      h('select', { onchange: (/** @type {Event} */ event) => split.set(valueOf(event)) },
        h('option', { value: '' }, 'none'),
        facts().splits.map((/** @type {string} */ name) => h('option', { value: name, selected: name === split.peek() }, `as the split “${name}”`)))),
    h('label', {}, 'Besides what people said, what the rule accepts',
      h('select', { onchange: (/** @type {Event} */ event) => sure.set(valueOf(event)) },
        h('option', { value: '' }, own),
        SURE.map(([value, percent]) => h('option', { value, selected: value === sure.peek() }, `at ${percent} % sure or more`)))),
    h('label.check', {}, h('input', { type: 'checkbox', checked: includeNo.peek(), onchange: (/** @type {Event} */ event) => includeNo.set(checkOf(event)) }), ' add what was answered no, under its own label'),
  ];
  const form = h(
    'form.form',
    {
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        void write();
      },
    },
    what,
    h('label', {}, 'Format', () =>
      h('select', { onchange: (/** @type {Event} */ event) => format.set(valueOf(event)) },
        facts().formats.map((/** @type {string} */ name) => h('option', { value: name, selected: name === format.peek() }, name.replace(/_/g, ' '))))),
    h('small', {}, () => (facts().about[format()] ?? '').replaceAll('`', '')),
    ofConcepts,
    () => place.filter() && h('p.dim', {}, 'Only images that pass the filter on the left.'),
    h('label', {}, 'Only images with', h('input', { type: 'text', placeholder: 'width >= 800', onchange: (/** @type {Event} */ event) => where.set(valueOf(event).trim()) })),
    h('label', {}, () => (concepts().length > 1 && !selection() ? 'Folder to make, with one in it for each concept' : 'Folder to make'),
      h('input', { type: 'text', required: true, value: () => to(), oninput: (/** @type {Event} */ event) => to.set(valueOf(event)) })),
    h('label.check', {}, h('input', { type: 'checkbox', onchange: (/** @type {Event} */ event) => overwrite.set(checkOf(event)) }), ' replace an earlier export there'),
    h('div.actions', {},
      h('button.primary', { type: 'submit', disabled: () => !total() }, () => `Write ${total().toLocaleString('en')} images`)),
  );
  const title = () => {
    if (selection()) return `Export the selection “${selection()}”`;
    return concepts().length > 1 ? `Export ${concepts().length} concepts` : concepts().length ? `Export “${concepts()[0]}”` : 'Export';
  };
  return h(
    'main.page-main',
    { hidden: () => place.view() !== 'export' },
    h('div.page', {},
      h('h2', {}, title),
      h('div.columns', {},
        h('div', {}, form, h('p.no', { role: 'alert' }, () => trouble()), h('div', { role: 'status' }, () => jobs().map(({ name, id }) => outcomeOf(store, id, jobs().length > 1 ? name : '')))),
        h('div', {}, () => {
          if (!selection() && !concepts().length) return h('p', {}, 'Tick a concept, or choose a kept selection. To teach the first one, type words or drop an image on the left.');
          const seen = previews();
          if (!seen) return trouble() ? null : h('p.dim', {}, 'counting…');
          return seen.map(({ name, answer }) => manifestOf(store, answer, seen.length > 1 ? name : ''));
        }))),
  );
}
