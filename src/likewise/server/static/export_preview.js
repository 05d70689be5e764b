// What an export would hold, and what became of it.

import { thumbnail } from './api.js';
import { h } from './dom.js';
import { withoutCommands } from './messages.js';

/**
 * How far a job is, or how it ended.
 * @param {import('./store.js').Store} store
 * @param {number} id of the job
 * @param {string} name of the dataset, where there are several
 */
export function outcomeOf(store, id, name) {
  const job = store.jobs().get(id);
  if (!job) return null;
  const lead = name ? `${name}: ` : '';
  if (job.state === 'running') {
    return h('progress', { 'aria-label': `${lead}Writing`, ...(job.total ? { max: job.total, value: job.done } : {}) });
  }
  if (job.error) return h('p.no', {}, `${lead}${withoutCommands(job.error)}`);
  return h('p.yes', {}, `✓ ${lead}Written: ${job.result.images?.toLocaleString('en')} images in ${store.shown(job.result.target)}`,
    job.result.gone?.length ? `; ${job.result.gone.length} files were gone` : '');
}

/**
 * Counts by label, and the first lines.
 * @param {import('./store.js').Store} store
 * @param {any} seen the answer of POST /api/export/preview
 * @param {string} name of the dataset, where there are several
 */
export function manifestOf(store, seen, name) {
  const lead = name ? `${name}: ` : '';
  if (!seen.images) return h('p', {}, `${lead}No image passes. Answer some more, or lower how sure the rule must be.`);
  const { gone, changed, unplaced } = seen.left_out;
  const out = [[gone, 'whose file is gone'], [changed, 'whose file is not the one that was indexed'], [unplaced, 'in no part of the split']]
    .filter(([count]) => count).map(([count, why]) => `${Number(count).toLocaleString('en')} ${why}`);
  return [
    out.length ? h('p', {}, `${lead}Left out: ${out.join(', ')}.`) : null,
    h('table', {}, h('caption', {}, `${lead}What it will hold`),
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'label (decided by)'), h('th', { scope: 'col' }, 'images'))),
      h('tbody', {}, Object.entries(seen.counts).map(([label, count]) =>
        h('tr', {}, h('td', {}, label), h('td.number', {}, Number(count).toLocaleString('en')))))),
    h('h3', {}, `${lead}The first ${seen.rows.length} lines`),
    h('div.lines', { tabIndex: 0, role: 'region', 'aria-label': `First lines of the manifest${name && ` of ${name}`}` },
      h('table', {},
        h('thead', {}, h('tr', {}, ['', 'image', 'label', 'decided by', 'score', 'probability'].map((title) => h('th', { scope: 'col' }, title || h('span.hidden-name', {}, 'picture'))))),
        h('tbody', {}, seen.rows.map((/** @type {any} */ row) =>
          h('tr', {},
            h('td', {}, h('img', { src: thumbnail(row.id, store.generation), alt: '', loading: 'lazy' })),
            h('td', {}, row.id), h('td', {}, row.label), h('td', {}, row.decided_by),
            h('td.number', {}, row.score.toFixed(3)),
            h('td.number', {}, row.probability === null ? '–' : row.probability.toFixed(3))))))),
  ];
}
