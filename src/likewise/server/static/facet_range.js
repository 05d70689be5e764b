// A range of a facet: how its values are spread, and its two ends to type or to drag.

import { h } from './dom.js';
import { titleOf } from './facets.js';

/** @typedef {import('./facets.js').Facet} Facet */

/**
 * An end of a range as it is typed: a day for a moment, else the number.
 * @param {number | string | null} end
 * @returns {string}
 */
const typed = (end) => (end === null ? '' : typeof end === 'string' ? end.slice(0, 10) : String(Number(end.toPrecision(6))));

/**
 * Where the edge between two parts of a range is.
 * @param {Facet} facet
 * @param {number} edge 0 for the low end, as many as there are parts for the high end
 * @returns {number | string}
 */
export function edgeOf({ kind, low, high, counts }, edge) {
  const share = edge / counts.length;
  if (kind === 'numbers') return Number((low + (high - low) * share).toPrecision(4));
  const [from, to] = [Date.parse(`${low}Z`), Date.parse(`${high}Z`)];
  return new Date(from + (to - from) * share).toISOString().slice(0, 19);
}

/**
 * @param {import('./facets.js').Facets} facets
 * @param {Facet} first
 */
export function facetRange(facets, first) {
  const { name, kind } = first;
  const title = titleOf(name);
  let facet = first;
  let from = -1; // the part where a drag began
  const bars = first.counts.map(() => h('i'));
  const histogram = h('div.histogram', { 'aria-hidden': 'true', title: 'Drag over a part to choose it' }, bars);
  const partAt = (/** @type {PointerEvent} */ event) => {
    const box = histogram.getBoundingClientRect();
    return Math.max(0, Math.min(bars.length - 1, Math.floor(((event.clientX - box.left) / box.width) * bars.length)));
  };
  const colour = (/** @type {(at: number) => boolean} */ isIn) =>
    bars.forEach((bar, i) => bar.classList.toggle('in', isIn(i)));
  histogram.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => {
    histogram.setPointerCapture(event.pointerId);
    from = partAt(event);
    colour((i) => i === from);
  });
  histogram.addEventListener('pointermove', (/** @type {PointerEvent} */ event) => {
    const to = partAt(event);
    if (from >= 0) colour((i) => i >= Math.min(from, to) && i <= Math.max(from, to));
  });
  histogram.addEventListener('pointerup', (/** @type {PointerEvent} */ event) => {
    const [a, b] = [Math.min(from, partAt(event)), Math.max(from, partAt(event))];
    from = -1;
    facets.setRange(name, {
      low: a === 0 ? null : edgeOf(facet, a),
      high: b === bars.length - 1 ? null : edgeOf(facet, b + 1),
    });
    if (a === 0 && b === bars.length - 1) facets.clear(name);
  });
  const end = (/** @type {'low' | 'high'} */ which, /** @type {string} */ word) => {
    const input = h('input', {
      type: kind === 'times' ? 'date' : 'number',
      step: 'any',
      'aria-label': `${title} ${word}`,
      onchange: () => {
        const text = input.value.trim();
        const wholeDay = which === 'high' ? 'T23:59:59' : 'T00:00:00';
        facets.setRange(name, { [which]: text === '' ? null : kind === 'times' ? `${text}${wholeDay}` : Number(text) });
      },
    });
    return input;
  };
  const ends = { low: end('low', 'from'), high: end('high', 'to') };
  const without = h('small.dim');
  return {
    element: h('div.facet-range', {}, histogram, h('div.row', {}, ends.low, h('span.dim', {}, 'to'), ends.high), without),
    show: (/** @type {Facet} */ next) => {
      facet = next;
      const most = Math.sqrt(Math.max(1, ...facet.counts));
      facet.counts.forEach((count, i) => {
        bars[i].style.height = `${count ? Math.max(4, (100 * Math.sqrt(count)) / most) : 0}%`;
      });
      const { low, high } = facet.chosen;
      const isChosen = low !== null || high !== null;
      const inside = (/** @type {number} */ i) =>
        (low === null || edgeOf(facet, i + 1) > low) && (high === null || edgeOf(facet, i) < high);
      colour((i) => isChosen && inside(i));
      for (const which of /** @type {const} */ (['low', 'high'])) {
        ends[which].placeholder = typed(facet[which]);
        if (document.activeElement !== ends[which]) ends[which].value = typed(facet.chosen[which]);
      }
      without.textContent = facet.without ? `${facet.without.toLocaleString('en')} without` : '';
    },
  };
}
