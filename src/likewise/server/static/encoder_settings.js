// The encoder of the workspace: which it is, what another one takes, the move to it, and models that
// can be fetched. Nothing is fetched unless the dialog of a model is answered with yes.

import { get, newest, send } from './api.js';
import { derived, effect, h, signal, untracked } from './dom.js';
import { duration, progressLine } from './first_run.js';
import { withoutCommands } from './messages.js';

const KINDS = new Set(['encoder plan', 'reindex', 'fetch']);

/** @param {number} n */
const number = (n) => n.toLocaleString('en');

/** @param {number} bytes */
const size = (bytes) => (bytes < 1e9 ? `${number(Math.max(1, Math.round(bytes / 1e6)))} MB` : `${(bytes / 1e9).toFixed(1)} GB`);

/**
 * An encoder as people name it.
 * @param {string} name
 */
export const named = (name) => name.replace(/^onnx:(?!.*\/)/, '');

/**
 * What a move to another encoder takes, a sentence each.
 * @param {any} plan
 * @returns {string[]}
 */
export function planInWords(plan) {
  if (plan.before === plan.encoder && !plan.to_encode) return [`The workspace has the encoder ${named(plan.encoder)} already.`];
  const lines = [];
  if (plan.to_encode) {
    const each = plan.vectors_an_image > 1 ? `, ${plan.vectors_an_image} vectors each` : '';
    lines.push(`${number(plan.to_encode)} of ${number(plan.images)} images are encoded${each}: about ${duration(plan.seconds)} at ${plan.images_a_second.toFixed(1)} images a second, as measured here.`);
  }
  if (plan.calculated) lines.push(`Vectors of ${number(plan.calculated)} images are calculated from those that are here.`);
  if (plan.ready) lines.push(`${number(plan.ready)} images have their vectors already.`);
  lines.push(`The new vectors take about ${size(plan.new_bytes)}; the old ones stay, ${size(plan.old_bytes)}.`);
  lines.push(`${number(plan.answers)} answers stay, and the examples and words of every concept.`);
  if (plan.learned_again.length) lines.push(`Learned again: ${plan.learned_again.join(', ')}.`);
  for (const [concept, why] of Object.entries(plan.unread_words)) lines.push(`${concept} keeps its old rule: ${withoutCommands(/** @type {string} */ (why))}.`);
  return lines;
}

/**
 * What a move to another encoder did, a sentence each.
 * @param {any} report
 * @returns {string[]}
 */
export function moveInWords(report) {
  const parts = [[report.encoded, 'encoded'], [report.mapped, 'calculated'], [report.kept, 'as they were'], [report.unreadable.length, 'unreadable']];
  const counts = parts.filter(([count]) => count).map(([count, word]) => `${number(count)} ${word}`).join(', ');
  const figure = (/** @type {number | null} */ x) => (x === null ? 'unknown' : x.toFixed(2));
  return [
    `✓ The encoder is ${named(report.encoder)} now: ${counts || 'nothing to encode'}.`,
    ...report.concepts.map((/** @type {any} */ { concept, before, after, problem }) =>
      problem ? `${concept} keeps its old rule: ${withoutCommands(problem)}.` : `${concept}: average precision ${figure(before)} before, ${figure(after)} after.`),
  ];
}

/**
 * @param {import('./store.js').Store} store
 * @param {() => boolean} isShown
 */
export function encoderSettings(store, isShown) {
  const known = signal(/** @type {any} */ (null));
  const chosen = signal('');
  const job = signal(0);
  const trouble = signal('');
  const asked = signal(/** @type {any} */ (null));
  const accepted = signal(false);
  const newestLoad = newest();
  const own = () => store.jobs().get(job());
  const running = () => [...store.jobs().values()].find((one) => KINDS.has(one.kind) && one.state === 'running');
  const result = (/** @type {string} */ kind) => {
    const one = own();
    return one?.kind === kind && one.state === 'done' ? one.result : null;
  };
  const load = async () => {
    try {
      known.set(await newestLoad(get('/api/encoders')));
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const ended = derived(() => [...store.jobs().values()].filter((one) => KINDS.has(one.kind) && one.state !== 'running').length);
  effect(() => {
    ended();
    store.state();
    if (isShown()) untracked(() => void load());
  });
  const start = async (/** @type {string} */ what, /** @type {any} */ body) => {
    trouble.set('');
    try {
      const started = await send(`/api/encoders/${what}`, body);
      store.jobs.update((all) => new Map(all).set(started.id, all.get(started.id) ?? started));
      job.set(started.id);
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const others = () => (known()?.here ?? []).filter((/** @type {string} */ name) => name !== known().current);
  const target = () => (others().includes(chosen()) ? chosen() : (others()[0] ?? ''));

  const facts = () => {
    const { current, dim, vectors } = known();
    return h('dl.facts', {},
      h('dt', {}, 'In use'), h('dd', {}, `${named(current)}, ${number(dim)} numbers an image`),
      h('dt', {}, 'Hold vectors'), h('dd', {}, vectors.map((/** @type {any} */ { name, bytes }) => `${named(name)} (${size(bytes)})`).join(', ')));
  };
  const move = () =>
    others().length
      ? h('div.row.keep', {},
        h('label', {}, 'Another one on this machine ', h('select', { onchange: (/** @type {Event} */ event) => chosen.set(/** @type {HTMLSelectElement} */ (event.target).value) },
          others().map((/** @type {string} */ name) => h('option', { value: name, selected: name === target() }, named(name))))),
        h('button.outlined', { disabled: () => Boolean(running()), onclick: () => void start('plan', { encoder: target() }) }, 'What does it take?'))
      : h('p.dim', {}, 'No other encoder is on this machine.');
  const plan = () => {
    const found = result('encoder plan');
    return found && h('section.detail', { 'aria-label': `Move to ${named(found.encoder)}` },
      h('ul', {}, planInWords(found).map((line) => h('li', {}, line))),
      h('p.dim', {}, 'Until all is done the workspace keeps its encoder, and it can be stopped at any time.'),
      h('div.actions', {}, h('button.primary', { disabled: () => found.encoder === known().current, onclick: () => void start('use', { encoder: found.encoder }) }, `Use ${named(found.encoder)}`)));
  };
  const progress = () => {
    const one = running();
    if (one) {
      return h('div.progress', { role: 'status' },
        h('progress', { 'aria-label': one.kind, ...(one.total ? { max: one.total, value: one.done } : {}) }),
        h('p', {}, progressLine(store)),
        h('button.outlined', { onclick: () => void send(`/api/jobs/${one.id}`, {}, 'DELETE').catch(() => {}) }, 'Stop'));
    }
    const last = own();
    if (last?.error) return h('p.no', { role: 'alert' }, withoutCommands(last.error));
    if (last?.state === 'cancelled') return h('p', { role: 'status' }, 'Stopped. The encoder is as it was; what is done is kept, and the next time goes on from there.');
    const moved = result('reindex');
    const came = result('fetch');
    return h('div', { role: 'status' },
      moved && moveInWords(moved).map((line) => h('p', {}, line)),
      came && h('p.yes', {}, `✓ ${came.name} is on this machine: ${size(came.bytes)}, licence ${came.licence}.`));
  };
  const models = () =>
    h('table', {},
      h('thead', {}, h('tr', {}, ['Model', 'Size', 'Words', 'Licence', 'Good for', ''].map((title) => h('th', { scope: 'col' }, title || h('span.hidden-name', {}, 'Fetch'))))),
      h('tbody', {}, known().models.filter((/** @type {any} */ one) => !one.better).map((/** @type {any} */ one) =>
        h('tr', {}, h('td', {}, one.name), h('td.number', {}, size(one.size)), h('td', {}, one.words ? 'any' : 'none'), h('td', {}, one.licence), h('td', {}, one.why),
          h('td', {}, one.here ? 'here' : h('button.outlined', { 'aria-label': `Fetch ${one.name}`, onclick: () => ask(one) }, 'Fetch…'))))));

  const dialog = /** @type {HTMLDialogElement} */ (
    h('dialog', { 'aria-labelledby': 'fetch-title' },
      h('h2', { id: 'fetch-title' }, () => `Fetch ${asked()?.name ?? ''}?`),
      () => {
        const one = asked();
        return one && [
          h('p', {}, `About ${size(one.size)} are downloaded once from ${one.repository} on the Hugging Face hub, which sees the address of this machine. Nothing of your images is sent. Licence: ${one.licence}.`),
          one.research_only && h('p', {}, h('label', {}, h('input', { type: 'checkbox', checked: () => accepted(), onchange: (/** @type {Event} */ event) => accepted.set(/** @type {HTMLInputElement} */ (event.target).checked) }), ' The weights are used for research only')),
          h('div.actions', {},
            h('button.primary', { disabled: () => one.research_only && !accepted(), onclick: () => { dialog.close(); void start('get', { name: one.name, accept_licence: accepted() }); } }, 'Download'),
            h('button.outlined', { onclick: () => dialog.close() }, 'Cancel')),
        ];
      })
  );
  const ask = (/** @type {any} */ one) => {
    accepted.set(false);
    asked.set(one);
    dialog.showModal();
  };

  return h('section', { 'aria-label': 'Encoder' },
    h('h3', {}, 'Encoder'),
    h('p.no', { role: 'alert' }, () => trouble()),
    () => known() && [facts, move],
    progress,
    plan,
    h('h3', {}, 'Models to fetch'),
    h('p.dim', {}, 'Published models. Nothing is downloaded until you say so; afterwards no network is used for it.'),
    h('div.lines', {}, () => known() && models()),
    dialog);
}
