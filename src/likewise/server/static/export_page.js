// Export: which images, in which form, to where; the manifest as it would be, then the job.

import { get, newest, send, thumbnail } from './api.js';
import { effect, h, signal, untracked } from './dom.js';

/**
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 */
export function exportPage(store, review) {
  const { place } = store;
  const facts = signal(/** @type {any} */ ({ formats: ['folder'], about: {}, splits: [] }));
  const format = signal('folder');
  const split = signal('');
  const sure = signal(/** @type {number | null} */ (null));
  const includeNo = signal(false);
  const where = signal('');
  const to = signal('');
  const overwrite = signal(false);
  const preview = signal(/** @type {any} */ (null));
  const trouble = signal('');
  const job = signal(0);
  const newestPreview = newest();

  const wanted = () => ({
    concept: place.concept(),
    min_probability: sure(),
    include_no: includeNo(),
    where: where() || null,
    split: split() || null,
  });
  const look = async () => {
    trouble.set('');
    preview.set(null);
    try {
      const seen = review.answers.settle().then(() => send('/api/export/preview', wanted()));
      preview.set(await newestPreview(seen));
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const write = async () => {
    trouble.set('');
    try {
      await review.answers.settle();
      const started = await send('/api/export', { ...wanted(), to: to(), format: format(), overwrite: overwrite() });
      job.set(started.id);
      store.jobs.update((jobs) => new Map(jobs).set(started.id, jobs.get(started.id) ?? started));
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  effect(() => {
    if (place.view() !== 'export' || !place.concept()) return;
    wanted();
    untracked(() => void look());
  });
  effect(() => {
    const name = place.concept();
    if (place.view() !== 'export') return;
    untracked(async () => {
      job.set(0);
      try {
        facts.set(await get('/api/export'));
        split.set('');
        to.set(`${store.shown(facts().roots[0])}/${name.replace(/ /g, '-')}-dataset`);
      } catch (error) {
        trouble.set(/** @type {Error} */ (error).message);
      }
    });
  });
  /** @param {Event} event */
  const valueOf = (event) => /** @type {HTMLInputElement} */ (event.target).value;
  /** @param {Event} event */
  const checkOf = (event) => /** @type {HTMLInputElement} */ (event.target).checked;

  const form = h(
    'form.form',
    {
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        void write();
      },
    },
    h('label', {}, 'Format', () =>
      h('select', { onchange: (/** @type {Event} */ event) => format.set(valueOf(event)) },
        facts().formats.map((/** @type {string} */ name) => h('option', { value: name, selected: name === format.peek() }, name.replace(/_/g, ' '))))),
    h('small', {}, () => (facts().about[format()] ?? '').replaceAll('`', '')),
    () => (facts().splits.length
      ? h('label', {}, 'Training, validation and test parts',
        h('select', { onchange: (/** @type {Event} */ event) => split.set(valueOf(event)) },
          h('option', { value: '' }, 'none'),
          facts().splits.map((/** @type {string} */ name) => h('option', { value: name }, `as the split “${name}”`))))
      : null),
    h('label', {}, 'Besides what people said, what the rule accepts', () =>
      h('select', { onchange: (/** @type {Event} */ event) => sure.set(Number(valueOf(event)) || null) },
        [['', 'above its own threshold'], ['0.5', 'at 50 % sure or more'], ['0.8', 'at 80 % sure or more'], ['0.9', 'at 90 % sure or more'], ['0.95', 'at 95 % sure or more'], ['0.99', 'at 99 % sure or more']]
          .map(([value, title]) => h('option', { value }, title)))),
    h('label', {}, 'Only images with', h('input', { type: 'text', placeholder: 'width >= 800', onchange: (/** @type {Event} */ event) => where.set(valueOf(event).trim()) })),
    h('label.check', {}, h('input', { type: 'checkbox', onchange: (/** @type {Event} */ event) => includeNo.set(checkOf(event)) }), ' add what was answered no, under its own label'),
    h('label', {}, 'Folder to make', h('input', { type: 'text', required: true, value: () => to(), oninput: (/** @type {Event} */ event) => to.set(valueOf(event)) })),
    h('label.check', {}, h('input', { type: 'checkbox', onchange: (/** @type {Event} */ event) => overwrite.set(checkOf(event)) }), ' replace an earlier export there'),
    h('div.actions', {},
      h('button.primary', { type: 'submit', disabled: () => !preview()?.images }, () => `Write ${(preview()?.images ?? 0).toLocaleString('en')} images`)),
  );
  const outcome = () => {
    const one = store.jobs().get(job());
    if (!one) return null;
    if (one.state === 'running') {
      return h('progress', { 'aria-label': 'Writing', ...(one.total ? { max: one.total, value: one.done } : {}) });
    }
    if (one.error) return h('p.no', {}, one.error);
    return h('p.yes', {}, `✓ Written: ${one.result.images?.toLocaleString('en')} images in ${store.shown(one.result.target)}`,
      one.result.gone?.length ? `; ${one.result.gone.length} files were gone` : '');
  };
  const manifest = () => {
    const seen = preview();
    if (!seen) return trouble() ? null : h('p.dim', {}, 'counting…');
    if (!seen.images) return h('p', {}, 'No image passes. Answer some more, or lower how sure the rule must be.');
    const { gone, changed, unplaced } = seen.left_out;
    const out = [[gone, 'whose file is gone'], [changed, 'whose file is not the one that was indexed'], [unplaced, 'in no part of the split']]
      .filter(([count]) => count).map(([count, why]) => `${Number(count).toLocaleString('en')} ${why}`);
    return [
      out.length ? h('p', {}, `Left out: ${out.join(', ')}.`) : null,
      h('table', {}, h('caption', {}, 'What it will hold'),
        h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'label (decided by)'), h('th', { scope: 'col' }, 'images'))),
        h('tbody', {}, Object.entries(seen.counts).map(([label, count]) =>
          h('tr', {}, h('td', {}, label), h('td.number', {}, Number(count).toLocaleString('en')))))),
      h('h3', {}, `The first ${seen.rows.length} lines`),
      h('div.lines', { tabIndex: 0, role: 'region', 'aria-label': 'First lines of the manifest' },
        h('table', {},
          h('thead', {}, h('tr', {}, ['', 'image', 'label', 'decided by', 'score', 'probability'].map((title) => h('th', { scope: 'col' }, title || h('span.hidden-name', {}, 'picture'))))),
          h('tbody', {}, seen.rows.map((/** @type {any} */ row) =>
            h('tr', {},
              h('td', {}, h('img', { src: thumbnail(row.id, store.generation), alt: '', loading: 'lazy' })),
              h('td', {}, row.id), h('td', {}, row.label), h('td', {}, row.decided_by),
              h('td.number', {}, row.score.toFixed(3)),
              h('td.number', {}, row.probability === null ? '–' : row.probability.toFixed(3))))))),
    ];
  };
  return h(
    'main.page-main',
    { hidden: () => place.view() !== 'export' },
    h('div.page', {},
      h('h2', {}, () => (place.concept() ? `Export “${place.concept()}”` : 'Export')),
      () => (place.concept()
        ? h('div.columns', {},
            h('div', {}, form, h('p.no', { role: 'alert' }, () => trouble()), h('div', { role: 'status' }, outcome)),
            h('div', {}, manifest))
        : h('p', {}, 'Teach a concept first: type words or drop an image on the left.'))),
  );
}
