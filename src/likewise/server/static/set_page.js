// Label sets: several classes in one sitting; its parts are made here and tied together.

import { pauseBefore, send, thumbnail } from './api.js';
import { classSearch } from './class_search.js';
import { batch, effect, h, signal, untracked } from './dom.js';
import { Grid } from './grid.js';
import { listenToDrags } from './grid_drag.js';
import { helpDialog } from './help.js';
import { historyStrip, LAST } from './history.js';
import { Keys } from './keys.js';
import { SetAnswers } from './set_answers.js';
import { setBar } from './set_bar.js';
import { setClasses } from './set_classes.js';
import { setCommands } from './set_commands.js';
import { confusionDialog } from './set_confusion.js';
import { createDialog } from './set_create.js';
import { setExport } from './set_export.js';
import { setLoupe } from './set_loupe.js';
import { SetPages } from './set_pages.js';
import { SetReview } from './set_review.js';
import { NONE, SetStore } from './set_store.js';

/**
 * @param {import('./store.js').Store} page
 * @param {string} workspace its path, for the names in the browser's storage
 */
export function setPage(page, workspace) {
  const { place } = page;
  const store = new SetStore(page);
  const host = h('div', { id: 'set-grid' });
  /** @type {SetReview} */
  let review;
  const grid = new Grid(host, {
    size: place.size(),
    source: (id) => thumbnail(id, page.generation),
    again: (id) => pauseBefore(thumbnail(id, page.generation)),
    colour: (id) => page.colours.get(id),
    caption: (id) => review?.caption(id) ?? '',
    label: 'Images of the label set',
    paged: true,
  });
  const answers = new SetAnswers(store, workspace, () => void pages.follow());
  const pages = new SetPages(store, grid, () => answers.queue.waiting > 0);
  review = new SetReview(pages, answers);
  const first = signal(0); // which class has the key 1
  const fail = (/** @type {Error} */ error) => page.trouble.set(error.message);
  const isShown = () => place.view() === 'sets';

  const show = (/** @type {string} */ queue, /** @type {string[]} */ of = []) => {
    const before = [place.queue(), place.of()];
    batch(() => {
      place.queue.set(queue);
      place.of.set(of.join('\n'));
    });
    if (before[0] === queue && before[1] === of.join('\n')) void pages.open();
    host.focus();
  };
  const learn = async () => {
    try {
      pages.note.set('labelling the rest…');
      await answers.settle();
      const { round, accepted } = await send(`${store.path}/rounds`);
      answers.remember(round);
      pages.note.set(`${accepted.toLocaleString('en')} labelled by the model; U takes them back`);
    } catch (error) {
      pages.note.set('');
      fail(/** @type {Error} */ (error));
    }
  };
  const create = createDialog(store, review);
  const exports = setExport(store, review);
  const confusion = confusionDialog(store, review);
  const search = classSearch(store, { give: (name) => review.give(name), leave: () => host.focus(), fail });
  const large = setLoupe(store, review);
  const commands = setCommands({
    grid, store, review, first, show, zoom: large.zoom, learn: () => void learn(), name: () => search.focus(),
    exports: () => void exports.open(), create: () => void create.open(), confusion: () => void confusion.open(), help: () => help.toggle(),
  });
  const keys = new Keys(commands.filter(({ needs }) => !needs || page.may(needs)), {
    storage: localStorage,
    name: 'likewise.keys.sets',
    dialogOpen: () => document.querySelector('dialog[open]') !== null,
  });
  const help = helpDialog(keys);
  host.addEventListener('grid-open', () => review.alone.set(true));
  if (page.may('reviewer')) {
    listenToDrags(grid, {
      swipe: (id, mark) => grid.focusOn(id) && (mark === 1 ? review.accept() : review.refuse()),
      drop: (name, ids) => review.drop(name, ids),
    });
  }
  const does = (/** @type {string} */ text, /** @type {string} */ title, /** @type {() => void} */ run, look = 'button.outlined') =>
    h(look, {
      title,
      onclick: (/** @type {MouseEvent} */ event) => {
        run();
        if (event.detail) host.focus();
      },
    }, text);

  const element = h('main.sets', { hidden: () => !isShown() },
    h('div.sets-left', {},
      setBar.left(store, { create: () => void create.open() }),
      setClasses(store, review, first, show),
      h('div.actions', {},
        h('button.primary', { 'data-needs': 'reviewer', title: 'Labels of the model where it is sure, kept apart from people’s (L)', disabled: () => !store.status(), onclick: () => void learn() }, 'Label the rest'),
        h('button.outlined', { title: 'What is taken for what (X)', disabled: () => !store.status(), onclick: () => void confusion.open() }, 'Confusion…'),
        h('button.outlined', { 'data-needs': 'owner', title: 'Write one dataset (E)', disabled: () => !store.set(), onclick: () => void exports.open() }, 'Export…'))),
    h('div.sets-right', {},
      setBar.top(store, review, show),
      h('p.status-line', { role: 'status' }, () => pages.note() || pages.locked()),
      h('div.results', {}, host, h('div.empty', { hidden: () => !pages.obstacle() || !store.set() }, h('p', {}, () => pages.obstacle())),
        h('div.empty', { hidden: () => Boolean(store.set()) || store.sets().length > 0 },
          h('p', {}, 'A label set is a name for classes that belong together, such as the kinds of machines on a site.'),
          h('button.primary', { 'data-needs': 'reviewer', onclick: () => void create.open() }, 'New label set')),
        large.element),
      h('div.answer-bar', { 'data-needs': 'reviewer', hidden: () => !store.set() },
        h('div.answer-keys', { role: 'toolbar', 'aria-label': 'Answer' },
          does('✓ As proposed', 'The class in the caption (Y)', () => review.accept(), 'button.outlined.yes'),
          does('✕ Not that', 'Not the class in the caption (N)', () => review.refuse(), 'button.outlined.no'),
          does('Rest as proposed', 'What is not answered on this page (Shift+Y)', () => review.rest()),
          does('Undo', 'Take the last action back (U)', () => void review.undo(), 'button')),
        search.element,
        historyStrip({
          ids: () => {
            store.changes();
            return [...store.given].filter(([, classes]) => classes.length).slice(-LAST).map(([id]) => id).reverse();
          },
          picture: (id) => thumbnail(id, page.generation),
          word: (id) => store.wordOf(id),
          look: (id) => (store.markOf(id) === 1 ? 'yes' : 'no'),
          choices: () => [...store.classes, NONE].map((name) => ({ text: name, run: (id) => review.change(id, name) })),
          host,
        }))),
    create.dialog, exports.dialog, confusion.dialog, help.dialog);

  effect(() => {
    if (isShown()) untracked(() => void store.loadSets().catch(fail));
  });
  effect(() => {
    const name = place.set();
    if (!isShown()) return;
    untracked(async () => {
      store.clear();
      review.alone.set(false);
      first.set(0);
      try {
        await store.loadSet();
        if (!name) return;
        await pages.open();
        await store.loadStatus();
      } catch (error) {
        fail(/** @type {Error} */ (error));
      }
    });
  });
  effect(() => {
    place.queue();
    place.of();
    untracked(() => store.set() && isShown() && void pages.open());
  });
  effect(() => {
    if (pages.obstacle()) review.alone.set(false); // there is no image to show
  });
  effect(() => {
    const size = place.size();
    if (size !== grid.size) grid.resize(size);
  });
  effect(() => {
    const { error } = answers.queued();
    if (error) page.trouble.set(`Answers are kept in this browser until the server has them: ${error.message}`);
  });
  const news = (/** @type {any} */ { label_set: name, client }) => {
    if (!isShown() || name !== place.set() || client === answers.client) return;
    void store.refreshAnswers().then((isNew) => (isNew ? pages.follow() : undefined)).catch(fail);
  };
  return { element, keys, help, news, host };
}
