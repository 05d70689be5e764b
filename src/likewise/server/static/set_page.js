// Label sets: several classes in one sitting; its parts are made here and tied together.

import { pauseBefore, send, thumbnail } from './api.js';
import { batch, effect, h, signal, untracked } from './dom.js';
import { Grid } from './grid.js';
import { helpDialog } from './help.js';
import { historyStrip, LAST } from './history.js';
import { Keys } from './keys.js';
import { setBar } from './set_bar.js';
import { setClasses } from './set_classes.js';
import { setCommands } from './set_commands.js';
import { confusionDialog } from './set_confusion.js';
import { createDialog } from './set_create.js';
import { setExport } from './set_export.js';
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
  review = new SetReview(store, grid, workspace);
  const first = signal(0); // which class has the key 1
  const fail = (/** @type {Error} */ error) => page.trouble.set(error.message);
  const isShown = () => place.view() === 'sets';

  const show = (/** @type {string} */ queue, /** @type {string[]} */ of = []) => {
    const before = [place.queue(), place.of()];
    batch(() => {
      place.queue.set(queue);
      place.of.set(of.join('\n'));
    });
    if (before[0] === queue && before[1] === of.join('\n')) void review.open();
    host.focus();
  };
  const learn = async () => {
    try {
      review.note.set('labelling the rest…');
      await review.answers.settle();
      const { round, accepted } = await send(`${store.path}/rounds`);
      review.answers.remember(round);
      review.note.set(`${accepted.toLocaleString('en')} labelled by the model; U takes them back`);
    } catch (error) {
      review.note.set('');
      fail(/** @type {Error} */ (error));
    }
  };
  const create = createDialog(store, review);
  const exports = setExport(store, review);
  const confusion = confusionDialog(store, review);
  const typed = /** @type {HTMLInputElement} */ (h('input', {
    type: 'text', id: 'class-name', 'aria-label': 'Name of a class', placeholder: 'type a class (T)', autocomplete: 'off', maxLength: 100,
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'Escape') host.focus();
      else if (event.key === 'Enter' && typed.value.trim()) void give(typed.value.trim());
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
  }));
  typed.setAttribute('list', 'class-names');
  const give = async (/** @type {string} */ text) => {
    const named = [...store.classes, NONE];
    const found = named.find((name) => name.toLowerCase() === text.toLowerCase());
    const begun = named.filter((name) => name.toLowerCase().startsWith(text.toLowerCase()));
    const name = found ?? (review.queue !== 'new' && begun.length === 1 ? begun[0] : text);
    try {
      if (!named.includes(name)) await store.addClass(name);
      review.give(name);
      typed.value = '';
      host.focus();
    } catch (error) {
      fail(/** @type {Error} */ (error));
    }
  };
  const commands = setCommands({
    grid, store, review, first, show, learn: () => void learn(), name: () => typed.focus(),
    exports: () => void exports.open(), create: () => void create.open(), confusion: () => void confusion.open(), help: () => help.toggle(),
  });
  const keys = new Keys(commands.filter(({ needs }) => !needs || page.may(needs)), {
    storage: localStorage,
    name: 'likewise.keys.sets',
    dialogOpen: () => document.querySelector('dialog[open]') !== null,
  });
  const help = helpDialog(keys);
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
      h('p.status-line', { role: 'status' }, () => review.note() || review.locked()),
      h('div.results', {}, host, h('div.empty', { hidden: () => !review.obstacle() || !store.set() }, h('p', {}, () => review.obstacle())),
        h('div.empty', { hidden: () => Boolean(store.set()) || store.sets().length > 0 },
          h('p', {}, 'A label set is a name for classes that belong together, such as the kinds of machines on a site.'),
          h('button.primary', { 'data-needs': 'reviewer', onclick: () => void create.open() }, 'New label set'))),
      h('div.answer-bar', { 'data-needs': 'reviewer', hidden: () => !store.set() },
        h('div.answer-keys', { role: 'toolbar', 'aria-label': 'Answer' },
          does('✓ As proposed', 'The class in the caption (Y)', () => review.accept(), 'button.outlined.yes'),
          does('✕ Not that', 'Not the class in the caption (N)', () => review.refuse(), 'button.outlined.no'),
          does('Rest as proposed', 'What is not answered on this page (Shift+Y)', () => review.rest()),
          does('Undo', 'Take the last action back (U)', () => void review.undo(), 'button')),
        typed, h('datalist', { id: 'class-names' }, () => [...store.classes, NONE].map((name) => h('option', { value: name }))),
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
      first.set(0);
      try {
        await store.loadSet();
        if (!name) return;
        await review.open();
        await store.loadStatus();
      } catch (error) {
        fail(/** @type {Error} */ (error));
      }
    });
  });
  effect(() => {
    place.queue();
    place.of();
    untracked(() => store.set() && isShown() && void review.open());
  });
  effect(() => {
    const size = place.size();
    if (size !== grid.size) grid.resize(size);
  });
  effect(() => {
    const { error } = review.answers.queued();
    if (error) page.trouble.set(`Answers are kept in this browser until the server has them: ${error.message}`);
  });
  const news = (/** @type {any} */ { label_set: name, client }) => {
    if (!isShown() || name !== place.set() || client === review.answers.client) return;
    void store.refreshAnswers().then((isNew) => isNew && review.follow()).catch(fail);
  };
  return { element, keys, help, news, host };
}
