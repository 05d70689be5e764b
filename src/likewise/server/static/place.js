// Where one is: project, concept, order, filter, view and size, in the address of the page.

import { batch, signal } from './dom.js';

export const ORDERS = /** @type {const} */ ([
  ['alike', 'Most alike'],
  ['unsure', 'Unsure'],
  ['varied', 'Varied'],
  ['random', 'Random'],
]);
export const VIEWS = /** @type {const} */ ([
  ['review', 'Review'],
  ['map', 'Map'],
  ['curate', 'Curate'],
  ['export', 'Export'],
]);

const known = (/** @type {readonly (readonly [string, string])[]} */ all, /** @type {string | null} */ one) =>
  all.some(([name]) => name === one) ? /** @type {string} */ (one) : all[0][0];

export class Place {
  concept = signal('');
  order = signal('alike');
  filter = signal('');
  view = signal('review');
  size = signal(148);
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
      this.filter.set(query.get('filter') ?? '');
      this.view.set(known(VIEWS, query.get('view')));
      this.size.set(Number(query.get('size')) || 148);
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
    put('filter', this.filter());
    put('size', String(this.size()), '148');
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
