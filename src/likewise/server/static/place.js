// Where one is: project, concept, order, filter, view and size, in the address of the page.

import { batch, derived, signal } from './dom.js';

export const ORDERS = /** @type {const} */ ([
  ['alike', 'Most alike'],
  ['unsure', 'Unsure'],
  ['varied', 'Varied'],
  ['random', 'Random'],
]);
export const VIEWS = /** @type {const} */ ([
  ['review', 'Review'],
  ['map', 'Map'],
  ['concepts', 'Concepts'],
  ['images', 'Images'],
  ['sets', 'Label sets'],
  ['curate', 'Curate'],
  ['export', 'Export'],
  ['settings', 'Settings'],
]);

const known = (/** @type {readonly (readonly [string, string])[]} */ all, /** @type {string | null} */ one) =>
  all.some(([name]) => name === one) ? /** @type {string} */ (one) : all[0][0];

/**
 * Two conditions as one.
 * @param {string} one
 * @param {string} other
 */
export const both = (one, other) => (one && other ? `(${one}) AND (${other})` : one || other);

/**
 * @param {string | null} text of an address
 * @returns {Record<string, import('./facets.js').Chosen>}
 */
function chosenIn(text) {
  try {
    const parts = Object.entries(JSON.parse(text ?? '{}'));
    return Object.fromEntries(parts.filter(([, one]) => one && typeof one === 'object' && Array.isArray(one.values ?? [])));
  } catch {
    return {}; // an address that somebody cut
  }
}

export class Place {
  concept = signal('');
  order = signal('alike');
  /** What is typed as a condition. */
  condition = signal('');
  /** What of the facets is chosen, by their names. */
  chosen = signal(/** @type {Record<string, import('./facets.js').Chosen>} */ ({}));
  /** The same as a condition, which the server writes. */
  chosenCondition = signal('');
  /** All of it: what lists, maps, curation and exports are limited to. */
  filter = derived(() => both(this.condition(), this.chosenCondition()));
  /** What tiles, and points of the map, are coloured by; empty for nothing. */
  colour = signal('');
  /** The saved view that is shown as it was saved, and whose it is. */
  saved = signal('');
  savedBy = signal('');
  view = signal('review');
  size = signal(148);
  /** Images on a page, at most; 0 for as many as the screen has room for. */
  most = signal(0);
  /** The label set at hand, the queue that its page shows, and the classes that the queue is of. */
  set = signal('');
  queue = signal('');
  of = signal('');
  project = '';

  constructor() {
    this.read();
    addEventListener('popstate', () => this.read());
  }

  /** Take what the address says. */
  read() {
    const query = new URLSearchParams(location.search);
    batch(() => {
      this.concept.set(query.get('concept') ?? '');
      this.order.set(known(ORDERS, query.get('order')));
      this.condition.set(query.get('filter') ?? '');
      const chosen = chosenIn(query.get('facets'));
      if (JSON.stringify(chosen) !== JSON.stringify(this.chosen())) this.chosen.set(chosen);
      this.chosenCondition.set(Object.keys(chosen).length ? (query.get('where') ?? '') : '');
      this.colour.set(query.get('colour') ?? '');
      this.saved.set(query.get('saved') ?? '');
      this.savedBy.set(query.get('by') ?? '');
      this.view.set(known(VIEWS, query.get('view')));
      this.size.set(Number(query.get('size')) || 148);
      this.most.set(Math.max(0, Math.floor(Number(query.get('most')) || 0)));
      this.set.set(query.get('set') ?? '');
      this.queue.set(query.get('queue') ?? '');
      this.of.set(query.get('of') ?? '');
    });
  }

  /** All images again. */
  clearFilter() {
    batch(() => {
      this.condition.set('');
      this.chosen.set({});
      this.chosenCondition.set('');
    });
  }

  /**
   * Write the address; going to another view or concept is a step that Back takes back.
   */
  write() {
    const query = new URLSearchParams();
    const put = (/** @type {string} */ key, /** @type {string} */ value, usual = '') => {
      if (value !== usual) query.set(key, value);
    };
    put('project', this.project);
    put('concept', this.concept());
    put('view', this.view(), 'review');
    put('order', this.order(), 'alike');
    put('filter', this.condition());
    put('facets', JSON.stringify(this.chosen()), '{}');
    put('where', this.chosenCondition());
    put('colour', this.colour());
    put('saved', this.saved());
    if (this.saved()) put('by', this.savedBy());
    put('size', String(this.size()), '148');
    put('most', String(this.most()), '0');
    if (this.view() === 'sets') {
      put('set', this.set());
      put('queue', this.queue());
      put('of', this.of());
    }
    const before = new URLSearchParams(location.search);
    const after = query.toString();
    if (after === before.toString()) return;
    const step = ['view', 'concept'].some(
      (key) => before.has('project') && before.get(key) !== query.get(key),
    );
    const target = `${location.pathname}${after ? `?${after}` : ''}`;
    if (step) history.pushState(null, '', target);
    else history.replaceState(null, '', target);
  }
}
