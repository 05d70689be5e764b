// The basket on the screen: two strips of images, and words as chips.

import { thumbnail } from './api.js';
import { combineChoice } from './combine.js';
import { h, signal } from './dom.js';
import { wordBox } from './word_box.js';

/** @typedef {import('./basket.js').Role} Role */

const STRIPS = /** @type {[Role, string, string, string][]} */ ([
  ['example', 'examples', 'Looks like', 'B'],
  ['counter_example', 'counter_examples', 'Not like', 'Shift+B'],
]);

/** @param {number} count */
const counted = (count) => `${count.toLocaleString('en')} image${count === 1 ? '' : 's'}`;

/**
 * @param {import('./store.js').Store} store
 * @param {import('./basket.js').Basket} basket
 */
export function basketPanel(store, basket) {
  const picked = signal('');
  const partOf = (/** @type {string} */ part, /** @type {Role} */ role) =>
    store.rule()?.parts.find((/** @type {any} */ one) => one.part === part && one.role === role);
  const weight = (/** @type {string} */ part) => store.concept()?.weights[part] ?? 1;
  const says = (/** @type {string} */ part, /** @type {Role} */ role) => {
    const agreement = partOf(part, role)?.agreement;
    return agreement === null || agreement === undefined ? '' : agreement.toFixed(2);
  };

  const strip = (/** @type {[Role, string, string, string]} */ [role, field, title, key]) => {
    const against = role === 'counter_example';
    const file = /** @type {HTMLInputElement} */ (
      h('input', {
        type: 'file',
        accept: 'image/*',
        multiple: true,
        hidden: true,
        onchange: () => {
          void basket.bring(role, [...(file.files ?? [])]);
          file.value = '';
        },
      })
    );
    const section = h(
      'section',
      {
        'aria-label': title,
        'data-drop': role,
        ondragover: (/** @type {DragEvent} */ event) => {
          event.preventDefault();
          section.classList.add('dropping');
        },
        ondragleave: () => section.classList.remove('dropping'),
        ondrop: (/** @type {DragEvent} */ event) => {
          event.preventDefault();
          event.stopPropagation();
          section.classList.remove('dropping');
          basket.take(role, event.dataTransfer);
        },
      },
      h('h3', {}, title, ' ', h('small', {}, () => counted((store.concept()?.[field] ?? []).length))),
      () =>
        h(
          against ? 'ul.strip.against' : 'ul.strip',
          {},
          (store.concept()?.[field] ?? []).map((/** @type {string} */ id) =>
            h(
              'li',
              { class: weight(id) ? '' : 'off' },
              h(
                'button.part',
                {
                  'aria-label': `${id}${weight(id) ? '' : ', off'}`,
                  'aria-expanded': () => String(picked() === id),
                  onclick: () => picked.update((one) => (one === id ? '' : id)),
                },
                h('img', { src: thumbnail(id, store.generation), alt: '' }),
              ),
            ),
          ),
          h(
            'li',
            {},
            h(
              'button.add',
              {
                'data-needs': 'reviewer',
                title: `Add images: choose files, drop or paste them, or press ${key} on a result`,
                'aria-label': `Add images to “${title}”`,
                onclick: () => file.click(),
              },
              '+',
            ),
          ),
        ),
      file,
      () => {
        const id = picked();
        return (store.concept()?.[field] ?? []).includes(id) && detail(id, role);
      },
    );
    return section;
  };

  const detail = (/** @type {string} */ part, /** @type {Role} */ role) =>
    h(
      'div.detail',
      {},
      h('span.dim', {}, part.startsWith('exemplar:') ? 'an image from outside' : part),
      h('span.dim', {}, () => (says(part, role) ? `the rule gives it ${says(part, role)}` : 'not used')),
      h(
        'span',
        {},
        h(
          'button.outlined',
          { 'data-needs': 'reviewer', onclick: () => basket.weigh(part, weight(part) ? 0 : 1) },
          () => (weight(part) ? 'Switch off' : 'Switch on'),
        ),
        ' ',
        h('button.outlined', { 'data-needs': 'reviewer', onclick: () => basket.drop(part) }, 'Take out'),
      ),
    );

  const chip = (/** @type {string} */ words, /** @type {Role} */ role) =>
    h(
      'li',
      { class: `${role === 'hint' ? 'for' : 'against'}${weight(words) ? '' : ' off'}` },
      h('span', { title: words }, role === 'hint' ? '+ ' : '− ', words),
      h('small.number', { title: 'how near the rule is to these words' }, () => says(words, role)),
      h(
        'button',
        {
          'data-needs': 'reviewer',
          'aria-label': `use “${words}”`,
          'aria-pressed': String(weight(words) > 0),
          title: weight(words) ? 'Switch off' : 'Switch on',
          onclick: () => basket.weigh(words, weight(words) ? 0 : 1),
        },
        weight(words) ? '●' : '○',
      ),
      h('button', { 'data-needs': 'reviewer', 'aria-label': `remove “${words}”`, title: 'Take out', onclick: () => basket.drop(words) }, '×'),
    );

  const words = wordBox(store, {
    id: 'words',
    label: 'Words: what it is, or - what it is not',
    placeholder: 'what it is; - what it is not',
    take: (text) => basket.type(text),
  });

  return h(
    'div',
    {},
    STRIPS.map(strip),
    h(
      'section',
      { 'aria-label': 'Words' },
      h('h3', {}, 'Words'),
      () =>
        h(
          'ul.chips',
          { hidden: !store.concept()?.hints.length && !store.concept()?.counter_hints.length },
          (store.concept()?.hints ?? []).map((/** @type {string} */ words) => chip(words, 'hint')),
          (store.concept()?.counter_hints ?? []).map((/** @type {string} */ words) => chip(words, 'counter_hint')),
        ),
      words.element,
      combineChoice(store, basket),
      () => (store.concept()?.remarks ?? []).map((/** @type {string} */ remark) => h('p.dim', {}, remark)),
    ),
  );
}
