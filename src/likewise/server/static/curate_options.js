// The options of a curator as fields; a change is looked at at once.

import { h } from './dom.js';

/** @typedef {{name: string, kind: string, default: any, about: string, values: string[]}} Option */

/** Options that are drawn as a slider, with the value that they begin with. */
const SLIDERS = /** @type {Record<string, {title: string, low: number, high: number, step: number, usual: number}>} */ ({
  'near_duplicates.threshold': { title: 'Alike from', low: 0.75, high: 1, step: 0.005, usual: 0.9 },
});
const PAUSE_MS = 120; // while a slider moves, nothing is asked

/** @param {string} name */
const titleOf = (name) => (name === 'k' ? 'how many' : name.replaceAll('_', ' '));

/**
 * What was typed, as an option takes it; null for the usual value, undefined for what is none.
 * @param {Option} option
 * @param {string} text
 */
export function valueOf({ kind }, text) {
  const plain = text.trim();
  if (!plain) return null;
  if (kind === 'names') return plain.split(',').map((one) => one.trim()).filter(Boolean);
  if (kind === 'text' || kind === 'choice') return plain;
  const value = Number(plain);
  return Number.isFinite(value) && (kind !== 'whole' || Number.isInteger(value)) ? value : undefined;
}

/**
 * @param {import('./curation.js').Curation} curation
 * @param {string} part
 * @param {Option[]} options
 */
export function optionFields(curation, part, options) {
  const given = (/** @type {string} */ name) => curation.options()[part]?.[name];
  const set = (/** @type {Option} */ option, /** @type {string} */ text) => {
    const value = valueOf(option, text);
    if (value !== undefined) curation.set(option.name, value);
  };

  const slider = (/** @type {Option} */ option) => {
    const { title, low, high, step, usual } = SLIDERS[`${part}.${option.name}`];
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let soon;
    const value = () => given(option.name) ?? usual;
    const slide = (/** @type {Event} */ event) => {
      const text = /** @type {HTMLInputElement} */ (event.target).value;
      clearTimeout(soon);
      soon = setTimeout(() => set(option, text), PAUSE_MS);
    };
    const id = `option-${option.name}`;
    return h('div.row.option', { title: option.about },
      h('label', { for: id }, title),
      h('input', { id, type: 'range', min: low, max: high, step, value: () => value(), oninput: slide }),
      h('input', {
        type: 'number', 'aria-label': `${title}, as a number`, min: 0, max: 1, step: 'any', value: () => value(),
        onchange: (/** @type {Event} */ event) => set(option, /** @type {HTMLInputElement} */ (event.target).value),
      }));
  };
  const flag = (/** @type {Option} */ option) =>
    h('label.option', { title: option.about },
      h('input', {
        type: 'checkbox', checked: () => given(option.name) ?? option.default,
        onchange: (/** @type {Event} */ event) => curation.set(option.name, /** @type {HTMLInputElement} */ (event.target).checked),
      }), ` ${titleOf(option.name)}`);
  const choice = (/** @type {Option} */ option) =>
    h('label.option', { title: option.about }, `${titleOf(option.name)} `,
      h('select', { onchange: (/** @type {Event} */ event) => set(option, /** @type {HTMLSelectElement} */ (event.target).value) },
        option.values.map((value) => h('option', { value, selected: value === (given(option.name) ?? option.default) }, value))));
  const field = (/** @type {Option} */ option) => {
    const isNumber = option.kind === 'whole' || option.kind === 'number';
    const usual = Array.isArray(option.default) ? option.default.join(', ') : option.default;
    return h('label.option', { title: option.about }, `${titleOf(option.name)} `,
      h('input', {
        type: isNumber ? 'number' : 'text', step: option.kind === 'whole' ? 1 : 'any',
        placeholder: String(usual ?? ''), value: () => given(option.name) ?? usual ?? '',
        onchange: (/** @type {Event} */ event) => set(option, /** @type {HTMLInputElement} */ (event.target).value),
      }));
  };
  return options.filter(({ kind }) => kind !== 'numbers').map((option) => {
    if (`${part}.${option.name}` in SLIDERS) return slider(option);
    if (option.kind === 'flag') return flag(option);
    return option.kind === 'choice' ? choice(option) : field(option);
  });
}
