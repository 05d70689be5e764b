// What was learned: scores as a histogram with the threshold in it, counts, how many there are.

import { h } from './dom.js';

/** @typedef {import('./grid.js').Mark} Mark */

/**
 * Bars of the histogram up to the last one that holds anything.
 * @param {{counts: number[], low: number, high: number}} histogram
 * @returns {{counts: number[], low: number, high: number}}
 */
export function cutHistogram({ counts, low, high }) {
  const used = Math.max(10, counts.findLastIndex((count) => count > 0) + 2);
  const end = Math.min(used, counts.length);
  return { counts: counts.slice(0, end), low, high: low + ((high - low) * end) / counts.length };
}

/** @param {{value: number, low: number, high: number} | null} interval */
const percent = (interval) =>
  interval
    ? `${Math.round(100 * interval.value)} % (${Math.round(100 * interval.low)} to ${Math.round(100 * interval.high)})`
    : 'not known';

/** @param {number} n */
const number = (n) => Math.round(n).toLocaleString('en');

/**
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 * @param {{range: () => void, audit: () => void, answered: (mark: Mark | null | 'derived') => void}} actions
 */
export function rulePanel(store, review, actions) {
  const shape = () => store.rule() && cutHistogram(store.rule().histogram);
  const bars = () => {
    const histogram = shape();
    if (!histogram) return null;
    const { counts, low, high } = histogram;
    const most = Math.sqrt(Math.max(1, ...counts));
    const bar = store.bar() ?? high;
    return counts.map((/** @type {number} */ count, /** @type {number} */ i) => {
      const at = low + ((high - low) * (i + 0.5)) / counts.length;
      const height = `${count ? Math.max(4, (100 * Math.sqrt(count)) / most) : 0}%`;
      return h(at >= bar ? 'i.in' : 'i', { style: { height } });
    });
  };
  const slider = () => {
    const histogram = shape();
    if (!histogram) return null;
    const { low, high } = histogram;
    return h('input', {
      type: 'range',
      'aria-label': 'Threshold: accept from this score on',
      min: low,
      max: high,
      step: (high - low) / 200,
      value: () => store.bar() ?? 0,
      oninput: (/** @type {InputEvent} */ event) =>
        store.threshold.set(Number(/** @type {HTMLInputElement} */ (event.target).value)),
    });
  };
  const tally = (/** @type {Mark} */ mark, /** @type {string} */ word, /** @type {string} */ look) =>
    h(
      'button.count',
      { title: `Show them`, onclick: () => actions.answered(mark) },
      h(look ? `b.number.${look}` : 'b.number', {}, () => store.count(mark).toLocaleString('en')),
      ` ${word}`,
    );
  const missing = () => store.range()?.missing;
  const accepts = () => {
    const range = store.range();
    return range ? `Accept all ${range.count.toLocaleString('en')} above it…` : 'Accept all above it…';
  };
  const accepted = () => store.rule()?.counts.accepted ?? 0;
  const random = () => {
    const { yes, of, low, high } = store.report()?.random ?? { of: 0 };
    return of
      ? h('p', {}, `${yes} of ${of} random ones yes, 95 % interval ${Math.round(100 * low)} to ${Math.round(100 * high)} %.`)
      : null;
  };
  const estimate = () => {
    const report = store.report();
    if (!report) return h('p.dim', {}, 'An estimate comes with the first answers.');
    const { positives, precision, recall } = report;
    return [
      h(
        'p',
        {},
        'About ',
        h('b.number', {}, number(positives.value)),
        ' in all ',
        h('span.dim', {}, `(95 %: ${number(positives.low)} to ${number(positives.high)}), ${number(report.known)} found`),
      ),
      h('dl.facts', {}, h('dt', {}, 'right above the threshold'), h('dd.number', {}, percent(precision)),
        h('dt', {}, 'found above the threshold'), h('dd.number', {}, percent(recall))),
      h('p', { class: report.stop ? 'stop' : 'dim' }, report.stop ? `You may stop: ${report.advice}.` : `${report.advice}.`),
    ];
  };

  return h(
    'div',
    { hidden: () => !store.place.concept() },
    h(
      'section',
      { 'aria-label': 'Rule' },
      h('h3', {}, 'Threshold'),
      h('div.histogram', { role: 'img', 'aria-label': 'How many images have which score' }, bars),
      slider,
      h(
        'div.row',
        {},
        h('span', {}, 'accept from ', h('b.number', {}, () => (store.bar() ?? 0).toFixed(2))),
        h(
          'button.link',
          {
            hidden: () => store.threshold() === null,
            onclick: () => store.threshold.set(null),
          },
          'the rule’s own',
        ),
      ),
      h('button.outlined.wide', { 'data-needs': 'reviewer', disabled: () => Boolean(missing()), onclick: () => actions.range() }, accepts),
      h('p.dim', { hidden: () => !missing() }, () => `Before they can be accepted: ${missing()}.`),
      h('details', {}, h('summary', {}, 'Why this rule'), h('p.dim', {}, () => {
        const rule = store.rule();
        const why = rule ? `${rule.chosen_in_words}: ${rule.because ?? 'the only one that can be learned'}` : '';
        return store.refit() ? `${why}; refitted in ${store.refit().toFixed(0)} ms` : why;
      })),
    ),
    h(
      'section.tally',
      { 'aria-label': 'Answers' },
      h('div.counts', {}, tally(1, 'yes', 'yes'), tally(-1, 'no', 'no'), tally(0, 'skipped', ''),
        h('button.count', { hidden: () => !accepted(), title: 'Show them', onclick: () => actions.answered(null) },
          h('b.number', {}, () => accepted().toLocaleString('en')), ' accepted'),
        h('button.count', { hidden: () => !store.derivedIds().length, title: 'Images that have another class of a label set: no, unless you say yes. Show them', onclick: () => actions.answered('derived') },
          h('b.number', {}, () => store.derivedIds().length.toLocaleString('en')), ' no by another class')),
    ),
    h(
      'section',
      { 'aria-label': 'Estimate' },
      h('h3', {}, 'How many are there'),
      estimate,
      random,
      h('button.outlined.wide', { 'data-needs': 'reviewer', title: 'Random looks make the estimate honest', onclick: () => actions.audit() }, 'Check it with 40 random looks'),
    ),
  );
}
