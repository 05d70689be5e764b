// A label set is written as one dataset, with all of its classes and parts that do not leak.

import { get, newest, send } from './api.js';
import { effect, h, signal, untracked } from './dom.js';

const PARTS = /** @type {[string, string][]} */ ([['train', '80'], ['val', '10'], ['test', '10']]);
const whole = (/** @type {number} */ count) => count.toLocaleString('en');
const valueOf = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target).value;

/**
 * @param {import('./set_store.js').SetStore} store
 * @param {import('./set_review.js').SetReview} review
 */
export function setExport(store, review) {
  const { store: page } = store;
  const facts = signal(/** @type {any} */ ({ formats: ['folder'], about: {}, roots: [] }));
  const format = signal('folder');
  const divided = signal(true);
  const shares = PARTS.map(([name, share]) => ({ name, share: signal(share) }));
  const sure = signal(/** @type {number | null} */ (null));
  const most = signal(/** @type {number | null} */ (null));
  const balance = signal(false);
  const to = signal('');
  const overwrite = signal(false);
  const preview = signal(/** @type {any} */ (null));
  const trouble = signal('');
  const job = signal(0);
  const isOpen = signal(false);
  const newestPreview = newest();

  const wanted = () => ({ min_confidence: sure(), per_class: most(), balance: balance() });
  const look = async () => {
    trouble.set('');
    preview.set(null);
    try {
      const asked = review.answers.settle().then(() => send(`${store.path}/export/preview`, wanted()));
      preview.set(await newestPreview(asked));
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const write = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    trouble.set('');
    const total = shares.reduce((sum, { share }) => sum + (Number(share()) || 0), 0);
    const parts = shares.filter(({ share }) => Number(share()) > 0).map(({ name, share }) => [name, Number(share()) / total]);
    try {
      const started = await send(`${store.path}/export`, {
        ...wanted(), to: to(), format: format(), overwrite: overwrite(),
        parts: divided() && parts.length ? Object.fromEntries(parts) : null,
      });
      job.set(started.id);
      page.jobs.update((jobs) => new Map(jobs).set(started.id, jobs.get(started.id) ?? started));
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const outcome = () => {
    const one = page.jobs().get(job());
    if (!one) return null;
    if (one.state === 'running') return h('progress', { 'aria-label': 'Writing', ...(one.total ? { max: one.total, value: one.done } : {}) });
    if (one.error) return h('p.no', {}, one.error);
    return h('p.yes', {}, `✓ Written: ${whole(one.result.images)} images in ${page.shown(one.result.target)}`);
  };
  const contents = () => {
    const seen = preview();
    if (!seen) return trouble() ? null : h('p.dim', {}, 'counting…');
    const left = Object.entries(seen.not_chosen).map(([why, count]) => `${whole(Number(count))} ${why}`);
    return [
      h('div.set-classes', { tabIndex: 0, role: 'region', 'aria-label': 'What it will hold' },
        h('table', {}, h('caption', {}, `What it will hold: ${whole(seen.images)} images`),
          h('thead', {}, h('tr', {}, ['class', 'by people', 'by the model'].map((title) => h('th', { scope: 'col' }, title)))),
          h('tbody', {}, seen.counts.map((/** @type {any} */ one) =>
            h('tr', {}, h('th', { scope: 'row' }, one.class), h('td.number', {}, whole(one.person)), h('td.number', {}, whole(one.machine))))))),
      left.length ? h('p', {}, `Left out: ${left.join('; ')}.`) : null,
      seen.round ? null : h('p.dim', {}, 'The model has labelled nothing yet: “Label the rest” does.'),
    ];
  };
  const dialog = /** @type {HTMLDialogElement} */ (h('dialog.set-form', { 'aria-labelledby': 'export-set', onclose: () => isOpen.set(false) },
    h('h2', { id: 'export-set' }, () => `Export “${store.place.set()}”`),
    h('form.form', { onsubmit: write },
      h('label', {}, 'Format', () =>
        h('select', { onchange: (/** @type {Event} */ event) => format.set(valueOf(event)) },
          facts().formats.map((/** @type {string} */ name) => h('option', { value: name, selected: name === format.peek() }, name.replace(/_/g, ' '))))),
      h('small', {}, () => (facts().about[format()] ?? '').replaceAll('`', '')),
      h('label', {}, 'Labels of the model', h('select', { onchange: (/** @type {Event} */ event) => sure.set(Number(valueOf(event)) || null) },
        [['', 'all of its round'], ['0.95', 'at 95 % sure or more'], ['0.99', 'at 99 % sure or more'], ['1', 'none but the surest']]
          .map(([value, title]) => h('option', { value }, title)))),
      h('label', {}, 'At most so many images of each class', h('input', { type: 'number', min: 1, placeholder: 'all', onchange: (/** @type {Event} */ event) => most.set(Number(valueOf(event)) || null) })),
      h('label.check', {}, h('input', { type: 'checkbox', onchange: (/** @type {Event} */ event) => balance.set(/** @type {HTMLInputElement} */ (event.target).checked) }), ' as many of each class as the smallest has'),
      h('label.check', {}, h('input', { type: 'checkbox', checked: true, onchange: (/** @type {Event} */ event) => divided.set(/** @type {HTMLInputElement} */ (event.target).checked) }),
        ' in parts, with each class spread alike and near-copies together'),
      h('div.row.parts', { hidden: () => !divided() }, shares.map(({ name, share }) =>
        h('label', {}, `${name}, %`, h('input', { type: 'number', min: 0, max: 100, value: share.peek(), onchange: (/** @type {Event} */ event) => share.set(valueOf(event)) })))),
      h('label', {}, 'Folder to make', h('input', { type: 'text', required: true, value: () => to(), oninput: (/** @type {Event} */ event) => to.set(valueOf(event)) })),
      h('label.check', {}, h('input', { type: 'checkbox', onchange: (/** @type {Event} */ event) => overwrite.set(/** @type {HTMLInputElement} */ (event.target).checked) }), ' replace an earlier export there'),
      contents,
      h('p.no', { role: 'alert' }, () => trouble()),
      h('div', { role: 'status' }, outcome),
      h('div.actions', {}, h('button.primary', { type: 'submit', disabled: () => !preview()?.images }, () => `Write ${whole(preview()?.images ?? 0)} images`),
        h('button.outlined', { type: 'button', onclick: () => dialog.close() }, 'Close')))));
  effect(() => {
    wanted();
    if (isOpen()) untracked(() => void look());
  });
  const open = async () => {
    if (!store.set()) return;
    job.set(0);
    dialog.showModal();
    isOpen.set(true);
    try {
      facts.set(await get('/api/export'));
      to.set(`${page.shown(facts().roots[0])}/${store.place.set().replace(/ /g, '-')}-dataset`);
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  return { dialog, open };
}
