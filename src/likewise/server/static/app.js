// The page: its parts are made here, tied together, and kept in step with the server.

import { answerBar } from './answer_bar.js';
import { get, pauseBefore, send, sendForFrame, thumbnail } from './api.js';
import { Basket } from './basket.js';
import { basketPanel } from './basket_panel.js';
import { Colouring, colourChoice, legendList } from './colouring.js';
import { commandsOf } from './commands.js';
import { conceptHead } from './concept_head.js';
import { conceptsPage } from './concepts_page.js';
import { curatePage } from './curate_page.js';
import { effect, h, onEnd, signal, untracked } from './dom.js';
import { begin, nothingHere } from './empty.js';
import { listen } from './events.js';
import { exportPage } from './export_page.js';
import { Facets } from './facets.js';
import { firstRun, progressLine } from './first_run.js';
import { Grid } from './grid.js';
import { listenToDrags } from './grid_drag.js';
import { helpDialog } from './help.js';
import { imagesPage } from './images_page.js';
import { Keys } from './keys.js';
import { mapPane } from './map_pane.js';
import { Place, VIEWS } from './place.js';
import { rangeDialog } from './range.js';
import { resultsBar } from './results_bar.js';
import { Review } from './review.js';
import { reviewLoupe } from './review_loupe.js';
import { rulePanel } from './rule_panel.js';
import { setPage } from './set_page.js';
import { settingsPage } from './settings_page.js';
import { sidePanel } from './side_panel.js';
import { statusLine } from './status_line.js';
import { Store } from './store.js';
import { themeButton } from './theme.js';
import { toast } from './toast.js';
import { Undo } from './undo.js';
import { Views } from './views.js';
import { viewRemarks, viewsPanel } from './views_panel.js';

const app = /** @type {HTMLElement} */ (document.getElementById('app'));
const place = new Place();
const SLIDING_MS = 120; // while a slider moves, nothing is asked
const OF_OWNERS = new Set(['curate', 'export']);
const store = new Store(place);
const views = new Views(store);

function start() {
  const state = store.state();
  place.project = state.workspace.name;
  app.dataset.role = state.role; // what it may not do is not shown
  if (OF_OWNERS.has(place.view()) && !store.may('owner')) place.view.set('review');
  if (!views.words().length && !state.concepts.some((/** @type {any} */ one) => one.name === place.concept())) {
    place.concept.set(state.concepts[0]?.name ?? '');
  }
  const host = h('div', { id: 'grid' });
  const colouring = new Colouring(store);
  /** @type {Review} */
  let review; // the grid asks it only once it has images
  const grid = new Grid(host, {
    size: place.size(),
    source: (id) => thumbnail(id, store.generation),
    again: (id) => pauseBefore(thumbnail(id, store.generation)),
    colour: (id) => store.colours.get(id),
    part: (id) => store.parts.get(id),
    caption: (id) => store.derivedWord(id),
    derived: (id) => store.derivedOf(id) !== undefined,
    label: 'Results',
    paged: true,
    most: () => place.most(),
    hands: store.may('reviewer'),
    look: (id) => colouring.lookOf(id),
    accepts: (id) => (place.order() === 'alike' && !review?.list() ? store.accepts(id) : undefined),
  });
  const name = state.user ? `${state.who}\n${state.workspace.path}` : state.workspace.path;
  review = new Review(store, grid, name);
  const sets = setPage(store, name);
  const undo = new Undo(review);
  const facets = new Facets(store, review);
  const basket = new Basket(store, review);
  const loupeOpen = signal(false);
  const range = rangeDialog(store, review);

  const answered = async (/** @type {import('./grid.js').Mark | null | 'derived'} */ mark) => {
    const words = mark === null ? 'accepted' : { 1: 'yes', '-1': 'no', 0: 'skipped', derived: '' }[mark];
    const ids = mark === null
      ? (await get(`${store.path}/labels`)).accepted
      : mark === 'derived' ? store.derivedIds() : [...store.marks].filter(([, one]) => one === mark).map(([id]) => id);
    place.view.set('review');
    review.showList({ title: mark === 'derived' ? 'No by another class of a label set' : `Answered: ${words}`, ids: ids.reverse(), source: 'key' });
    host.focus();
  };
  const audit = async () => {
    try {
      await review.answers.settle();
      const { ids } = await send(`${store.path}/audit`, { looks: 40 });
      place.view.set('review');
      review.showList({ title: `${ids.length} random looks: answer each, for an honest estimate`, ids, source: 'audit' });
      host.focus();
    } catch (error) {
      store.trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const like = async () => {
    const id = grid.focusId;
    if (id === undefined) return;
    try {
      const { head } = await sendForFrame('/api/search', { examples: [id], k: 500 });
      review.showList({ title: `More like ${id}`, ids: head.ids, source: 'key' });
    } catch (error) {
      store.trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const ranked = async (/** @type {string[]} */ words) => {
    try {
      const { head } = await sendForFrame('/api/search', { hints: words, k: 500, where: place.filter() || null });
      review.showList({ title: `Most like ${words.join(', ')}`, ids: head.ids, source: 'key' });
    } catch (error) {
      store.trouble.set(/** @type {Error} */ (error).message);
    }
  };
  const close = () => {
    if (loupeOpen()) loupeOpen.set(false);
    else if (grid.selection.size) grid.select([]);
    else if (review.list()) void review.open();
    host.focus();
  };
  const large = reviewLoupe(store, review, loupeOpen);
  const commands = commandsOf({ grid, store, review, undo, basket, loupe: loupeOpen, zoom: large.zoom, help: () => help.toggle(), like, close });
  const keys = new Keys(
    commands.filter(({ needs }) => !needs || store.may(needs)),
    { storage: localStorage, dialogOpen: () => document.querySelector('dialog[open]') !== null },
  );
  const help = helpDialog(keys);
  const here = () => (place.view() === 'sets' ? sets : { keys, help });
  addEventListener('keydown', (event) => here().keys.handle(event));
  host.addEventListener('grid-open', () => loupeOpen.set(true));
  host.addEventListener('grid-answer', (/** @type {Event} */ event) => review.mark(/** @type {CustomEvent} */ (event).detail.mark, { byHand: true }));
  if (store.may('reviewer')) {
    listenToDrags(grid, {
      swipe: (id, mark) => grid.focusOn(id) && review.mark(mark, { byHand: true }),
      drop: (role, ids) => void basket.add(/** @type {import('./basket.js').Role} */ (role), ids, { stay: true }),
    });
  }
  host.addEventListener('review-settled', () => {
    void learnMore().catch(quiet);
  });
  host.addEventListener('review-ranked', () => (store.refit() ? undefined : void store.loadRule().catch(quiet)));

  const shown = (/** @type {string} */ view) => place.view() === view;
  const map = mapPane(store, review, facets, colouring.sets);
  const legend = () => colouring.legend() && h('div.tile-legend', {}, legendList(/** @type {any} */ (colouring.legend())));
  const reviewPage = h('main.review', { hidden: () => !shown('review') },
    resultsBar(store, review, grid), statusLine(store), viewRemarks(views), legend, begin(store, basket), h('div.results', {}, host, nothingHere(store, review)), answerBar(store, review, undo), large.element);
  app.replaceChildren(
    h(
      'header',
      {},
      h('h1', {}, 'likewise'),
      h('span.dim', {}, () => {
        const { workspace } = store.state();
        return `${workspace.name} · ${workspace.items.toLocaleString('en')} images`;
      }),
      whoOneIs(state),
      h('nav', { 'aria-label': 'Views' },
        VIEWS.map(([view, title]) =>
          h('button', { 'aria-current': () => (shown(view) ? 'page' : null), 'data-needs': OF_OWNERS.has(view) ? 'owner' : null, onclick: () => place.view.set(view) }, title))),
      themeButton(),
      h('button', { onclick: () => here().help.toggle() }, 'Keys ', h('kbd', {}, '?')),
    ),
    sidePanel(facets, [viewsPanel(views, facets.isOpen), colourChoice(colouring, facets)], conceptHead(store), basketPanel(store, basket), rulePanel(store, review, { range: () => void range.open(), audit: () => void audit(), answered: (mark) => void answered(mark) })),
    reviewPage,
    map,
    conceptsPage(store),
    imagesPage(store),
    sets.element,
    curatePage(store, review),
    exportPage(store, review),
    settingsPage(store),
    h('footer', {},
      h('span', { role: 'status' }, () => (shown('sets') ? progressLine(store) : newsLine(review))),
      h('span.grow', {}),
      h('div.keys', {}, () => (shown('review') || shown('sets') ? here().help.footer() : null))),
    toast(store, review),
    range.dialog,
    help.dialog,
  );

  effect(() => place.write());
  effect(() => void (app.className = `view-${place.view()}`));
  effect(() => {
    const name = place.concept();
    untracked(() => {
      store.clear();
      loupeOpen.set(false);
      document.title = name ? `${name} · likewise` : 'likewise';
      if (name) void store.loadConcept().then(() => store.loadRule()).catch(fail);
    });
  });
  effect(() => {
    place.concept();
    place.order();
    place.filter();
    untracked(() => void review.open());
  });
  effect(() => {
    store.changes();
    grid.setMarks(store.marks);
  });
  effect(() => {
    store.threshold();
    store.rule();
    grid.draw(); // the line of the threshold
  });
  effect(() => {
    colouring.legend();
    grid.draw();
  });
  effect(() => {
    if (facets.isOpen() || shown('map')) untracked(() => void colouring.loadSets());
  });
  effect(() => {
    const words = views.words();
    if (words.length) untracked(() => void ranked(words));
  });
  views.follow();
  effect(() => {
    const size = place.size();
    place.most();
    grid.resize(size);
  });
  effect(() => {
    store.threshold();
    const soon = setTimeout(() => void store.loadRange().catch(quiet), SLIDING_MS);
    onEnd(() => clearTimeout(soon));
  });
  dropAnywhere(basket);

  listen(
    {
      labels: ({ concept, client }) => {
        if (concept === place.concept() && client !== review.answers.client) void review.follower.follow();
      },
      concepts: ({ concept, renamed_to: renamed }) => {
        if (renamed && concept === place.concept()) place.concept.set(renamed);
        void store.loadState().then(() => (place.concept() ? review.follower.follow() : undefined)).catch(fail);
      },
      items: () => {
        const before = store.state().workspace.items;
        void store.loadState().then(async () => {
          const more = store.state().workspace.items - before;
          await review.follower.refresh();
          if (more > 0) review.note.set(`${more.toLocaleString('en')} more image${more > 1 ? 's' : ''}`);
        }).catch(fail);
      },
      job: (job) => store.jobs.update((jobs) => new Map(jobs).set(job.id, job)),
      label_set: sets.news,
      views: () => void (views.all.peek() && views.load()),
      missed: () => void catchUp(review).catch(fail),
    },
    (error) => {
      if (!error) void catchUp(review).catch(fail);
      else if (!review.answers.queue.waiting) store.trouble.set(noStream(error));
    },
  );
  host.focus();
}

/**
 * The name that answers carry, where there are several people, and what it may not do.
 * @param {any} state
 */
function whoOneIs({ who, role, team }) {
  const may = /** @type {Record<string, [string, string]>} */ ({
    viewer: ['viewing only', 'Nothing can be answered or changed here'],
    reviewer: ['reviewer', 'Answers and concepts; an owner exports, curates and hides'],
    owner: ['owner', 'Everything can be done here'],
  })[role];
  const says = team ? `${who} · ${may[0]}` : role === 'viewer' && may[0];
  return says && h('span.badge', { title: may[1] }, says);
}

/** @param {Review} review */
const newsLine = (review) =>
  [store.status(), progressLine(store), review.note(), savedLine(review)].filter(Boolean).join(' · ');

/** @param {Review} review */
function savedLine(review) {
  const { waiting } = review.answers.queued();
  if (waiting) return `saving ${waiting}…`;
  store.changes();
  return store.marks.size ? `${store.marks.size.toLocaleString('en')} answered, all saved` : 'ready';
}

/** @param {Review} review */
async function catchUp(review) {
  store.trouble.set('');
  await review.answers.queue.retry();
  await store.loadState();
  if (place.concept()) await review.follower.follow();
}

/** @param {Error & {status?: number}} error */
const noStream = ({ message, status }) =>
  status === 401 ? message : status
    ? `This page gets no news of others' answers and of new images, and asks for it again: ${message}`
    : 'The server does not answer; answers are kept here until it does.';

/** The rule as it is; how many there are, which waits for its validation; the validated rule. */
async function learnMore() {
  await store.loadRule();
  await store.loadReport();
  await store.loadRange();
  if (!store.rule()?.validated) await store.loadRule();
}

const quiet = () => {}; // the next pause asks again
const fail = (/** @type {Error} */ error) => store.trouble.set(error.message);

/** @param {Basket} basket */
function dropAnywhere(basket) {
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    if (!basket.take('example', event.dataTransfer)) {
      store.trouble.set('That cannot be read here; save the image, then drop its file.');
    }
  });
  addEventListener('paste', (event) => {
    if (event.target instanceof HTMLInputElement && !event.clipboardData?.files.length) return;
    if (basket.take('example', event.clipboardData)) event.preventDefault();
  });
}

try {
  await store.loadState();
  if (store.state().workspace) {
    if (place.saved()) await views.open(place.saved(), place.savedBy());
    start();
  } else firstRun(app, store, start);
} catch (error) {
  app.replaceChildren(h('main', {}, h('p.empty', { role: 'alert' }, /** @type {Error} */ (error).message)));
}
