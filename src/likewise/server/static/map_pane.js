// The map beside the grid and as a page of its own: points, colours, the lasso, one image at hand.

import { address, get, getFrame, send, thumbnail } from './api.js';
import { choicesOf, legendList, looksOf, nameOf } from './colouring.js';
import { batch, effect, h, signal, untracked } from './dom.js';
import { titleOf } from './facets.js';
import { PointMap } from './map.js';
import { withoutCommands } from './messages.js';
import { RAMP } from './points.js';
import { isDark } from './theme.js';

const KINDS = /** @type {Record<string, string>} */ ({ pca: 'PCA', tsne: 't-SNE', umap: 'UMAP' });
const DARK_IS_MORE = [...RAMP].reverse(); // on white, what is dark stands out
const COLUMNS = ['folder', 'camera', 'taken_at', 'width', 'height', 'bytes', 'added_at'];
const MOST_REVIEWED = 100_000;
const ASK_FROM = 500; // labels that are given at once without asking again

/** @param {number} seconds */
const about = (seconds) =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;

/**
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 * @param {import('./facets.js').Facets} facets
 * @param {() => string[]} sets names of the label sets
 */
export function mapPane(store, review, facets, sets) {
  const { place } = store;
  const kind = signal('pca');
  const ofMap = signal(''); // chosen for the map alone; empty where it follows the tiles
  const by = () => ofMap() || place.colour() || 'score';
  const kinds = signal(/** @type {any[]} */ ([]));
  const ready = signal(false);
  const legend = signal(/** @type {(import('./colouring.js').Legend & {scale: string}) | null} */ (null));
  const selected = signal(new Uint32Array(0));
  const asked = signal(/** @type {import('./grid.js').Mark | null} */ (null));
  const trouble = signal('');
  let generation = 0;
  let loaded = '';
  let asking = false;
  let stale = false;
  let hovered = -1;

  const host = /** @type {HTMLElement} */ (h('div.map-host'));
  const map = new PointMap(host);
  const tip = /** @type {HTMLElement} */ (h('div.tip', { hidden: true }, h('img', { alt: '' })));

  const load = async () => {
    trouble.set('');
    try {
      kinds.set(await get('/api/map'));
      const one = kinds().find((each) => each.kind === kind());
      ready.set(Boolean(one?.ready));
      if (!one?.ready) return;
      const frame = await getFrame(`/api/map/${kind()}`);
      generation = frame.head.generation;
      loaded = kind();
      map.setPoints(/** @type {Uint16Array} */ (frame.arrays.points));
      selected.set(new Uint32Array(0));
      await colour();
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const colour = async () => {
    stale = true;
    if (asking || loaded !== kind() || !ready()) return;
    asking = true;
    try {
      while (stale) {
        stale = false;
        const query = { by: by(), concept: place.concept() || null, filter: place.filter() || null };
        const { head, arrays } = await getFrame(address(`/api/map/${kind()}/colour`, query));
        const flat = by() === 'label' || (by() === 'score' && !place.concept());
        const palette = head.scale === 'ramp' ? (isDark() ? RAMP : DARK_IS_MORE) : flat ? ['#7a8699'] : looksOf(/** @type {any} */ (head)).map(({ colour: one }) => one);
        map.setColours(/** @type {Uint8Array} */ (arrays.classes), palette);
        map.setShown(/** @type {Uint8Array | null} */ (arrays.shown ?? null));
        map.setMarks(
          /** @type {Uint32Array} */ (arrays.marked ?? new Uint32Array(0)),
          /** @type {Int8Array} */ (arrays.verdicts ?? new Int8Array(0)),
        );
        legend.set(flat ? null : /** @type {any} */ (head));
      }
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    } finally {
      asking = false;
    }
  };
  const compute = async () => {
    try {
      trouble.set('');
      const job = await send(`/api/map/${kind()}`);
      store.jobs.update((jobs) => new Map(jobs).set(job.id, job));
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  /** @param {Uint32Array | number[]} positions */
  const idsAt = async (positions) =>
    /** @type {string[]} */ (
      (await send('/api/map/ids', { generation, positions: [...positions] })).ids
    );

  const reviewThese = async () => {
    try {
      const ids = await idsAt(selected().slice(0, MOST_REVIEWED));
      const score = (/** @type {string} */ id) => store.scores.get(id) ?? -1;
      const open = ids.filter((id) => !store.marks.has(id)).sort((a, b) => score(b) - score(a));
      const title = `${open.length.toLocaleString('en')} unanswered from the map`;
      review.showList({ title, ids: open, source: 'lasso' });
      place.view.set('review');
      review.grid.host.focus();
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  /** @param {import('./grid.js').Mark} mark */
  const answerAll = async (mark) => {
    if (selected().length > ASK_FROM && asked() !== mark) {
      asked.set(mark);
      return;
    }
    asked.set(null);
    try {
      const ids = (await idsAt(selected())).filter((id) => !store.marks.has(id));
      review.answer(ids, mark, 'lasso');
      map.clearLasso();
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };

  host.addEventListener('map-lasso', (event) => {
    asked.set(null);
    selected.set(/** @type {CustomEvent} */ (event).detail.positions);
  });
  host.addEventListener('map-pick', (event) => {
    void idsAt([/** @type {CustomEvent} */ (event).detail.position]).then(([id]) => {
      if (!review.grid.focusOn(id)) {
        review.showList({ title: `${id}, from the map`, ids: [id], source: 'key' });
      }
    }, () => {});
  });
  host.addEventListener('map-hover', (event) => {
    const { position, x, y } = /** @type {CustomEvent} */ (event).detail;
    hovered = position;
    tip.hidden = true;
    if (position < 0) return;
    void idsAt([position]).then(([id]) => {
      if (hovered !== position) return;
      const picture = /** @type {HTMLImageElement} */ (tip.firstChild);
      picture.src = thumbnail(id, store.generation);
      tip.hidden = false;
      const { clientWidth: width, clientHeight: height } = host;
      tip.style.left = `${Math.min(x + 14, width - 156)}px`;
      tip.style.top = `${Math.min(y + 14, Math.max(0, height - 156))}px`;
    }, () => {});
  });
  host.append(tip);

  const choose = (/** @type {string} */ name, /** @type {import('./dom.js').Signal<string>} */ value, /** @type {() => [string, string][]} */ options) =>
    h('label', {}, h('span.dim', {}, name, ' '), () =>
      h('select', {
        onchange: (/** @type {Event} */ event) => value.set(/** @type {HTMLSelectElement} */ (event.target).value),
      }, options().map(([key, title]) => h('option', { value: key, selected: key === untracked(value) }, title))));
  const colourings = () => {
    const had = COLUMNS.filter((one) => store.state()?.workspace?.columns.includes(one));
    const of = place.concept() ? [['score', 'score'], ['label', 'answers']] : [];
    const named = new Map([...had.map((one) => /** @type {[string, string]} */ ([one, titleOf(one)])), ...choicesOf(facets, sets())]);
    const chosen = place.colour();
    if (chosen && !named.has(chosen)) named.set(chosen, nameOf(chosen));
    return /** @type {[string, string][]} */ ([...of, ['cluster', 'group'], ...named]);
  };
  const colourSelect = () => {
    const select = h('select', {
      onchange: () => {
        const { value } = select;
        const isOfTiles = choicesOf(facets, sets()).some(([one]) => one === value);
        batch(() => {
          ofMap.set(isOfTiles ? '' : value);
          if (isOfTiles) place.colour.set(value);
        });
      },
    }, colourings().map(([key, title]) => h('option', { value: key }, title)));
    effect(() => {
      select.value = by();
    });
    return select;
  };
  const running = () => [...store.jobs().values()].find((job) => job.kind === 'map' && job.state === 'running');
  const missing = () => {
    const one = kinds().find((each) => each.kind === kind());
    const job = running();
    if (job) {
      return [
        h('p', {}, 'Computing the map…'),
        h('progress', { 'aria-label': 'Computing the map', ...(job.total ? { max: job.total, value: job.done } : {}) }),
        h('button.outlined', { 'data-needs': 'owner', onclick: () => void send(`/api/jobs/${job.id}`, {}, 'DELETE') }, 'Stop'),
      ];
    }
    const failed = [...store.jobs().values()].filter((each) => each.kind === 'map').at(-1)?.error;
    return [
      h('p', {}, 'This map is not computed yet.'),
      failed && h('p.no', { role: 'alert' }, withoutCommands(failed)),
      h('button.primary', { 'data-needs': 'reviewer', disabled: !one, onclick: () => void compute() }, `Compute it (about ${about(one?.seconds ?? 0)})`),
    ];
  };
  const key = () => {
    const facts = legend();
    if (!facts) return null;
    if (facts.scale === 'ramp') {
      return h('div.legend', {}, h('span', {}, nameOf(facts.by)), h('span.number', {}, facts.legend[0]), h(isDark() ? 'i.ramp' : 'i.ramp.reversed'), h('span.number', {}, facts.legend[1]));
    }
    return legendList(facts);
  };
  const actions = () => {
    const count = selected().length;
    if (!count) return h('span.dim', {}, 'Hold Shift and draw around images to select them');
    const asks = asked();
    const all = (/** @type {import('./grid.js').Mark} */ mark, /** @type {string} */ word) =>
      h('button', { 'data-needs': 'reviewer', disabled: !place.concept(), onclick: () => void answerAll(mark) },
        asks === mark ? `Really ${count.toLocaleString('en')} ${word}?` : `All ${word}`);
    return [
      h('b.number', {}, count.toLocaleString('en')), ' selected ',
      h('button', { onclick: () => void reviewThese() }, 'Review these'), all(1, 'yes'), all(-1, 'no'),
      h('button', { 'aria-label': 'Clear the selection', onclick: () => map.clearLasso() }, '×'),
    ];
  };

  effect(() => {
    kind();
    store.state();
    untracked(() => void load());
  });
  effect(() => {
    by();
    place.concept();
    place.filter();
    untracked(() => void colour());
  });
  effect(() => {
    if (place.colour()) ofMap.set('');
  });
  effect(() => {
    const id = review.focus().id;
    map.setFocus(id === undefined ? -1 : (store.places.get(id) ?? -1));
  });
  review.grid.host.addEventListener('review-settled', () => void colour());
  let finished = 0;
  effect(() => {
    const job = [...store.jobs().values()].filter((one) => one.kind === 'map' && one.state === 'done').at(-1);
    if (!job || job.id === finished) return;
    finished = job.id;
    untracked(() => void load());
  });

  effect(() => {
    isDark();
    untracked(() => {
      map.redraw();
      void colour();
    });
  });

  return h(
    'section.right',
    { 'aria-label': 'Map', role: () => (place.view() === 'map' ? 'main' : 'complementary') },
    h('div.bar', {},
      choose('Map', kind, () => Object.entries(KINDS)),
      h('label', {}, h('span.dim', {}, 'Colour '), colourSelect),
      h('span.grow', {}), key),
    h('div.map-place', {}, host, h('div.empty', { hidden: () => ready() && !trouble(), role: 'status' }, () => trouble() || missing())),
    h('div.selected-bar', {}, actions),
  );
}
