// One line above the grid: how far the concept is, and what the threshold would accept.

import { combinedInWords } from './combine.js';
import { h } from './dom.js';

/** @param {number} n */
const number = (n) => Math.round(n).toLocaleString('en');

/**
 * What accepting everything from a threshold on would mean, in a few words.
 * @param {{threshold: number, count: number, expected_right: number | null}} range
 */
export function rangeInWords({ threshold, count, expected_right: right }) {
  if (!count) return `nothing unanswered scores ${threshold.toFixed(2)} or more`;
  const sure = right === null ? '' : `, about ${number(right)} of them right`;
  return `from ${threshold.toFixed(2)} on ${number(count)} more would be accepted${sure}`;
}

/** @param {import('./store.js').Store} store */
export function statusLine(store) {
  const text = () => {
    const [report, range] = [store.report(), store.range()];
    const far = report ? report.status.line : 'An estimate comes with the first answers';
    return [far, combinedInWords(store.concept(), store.rule()), range && rangeInWords(range)].filter(Boolean).join(' · ');
  };
  return h('p.status-line', { hidden: () => !store.place.concept(), title: text }, text);
}
