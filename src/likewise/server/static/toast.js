// What went wrong, over the page: answers that wait for the server, and other mistakes.

import { h } from './dom.js';

/**
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 */
export function toast(store, review) {
  const stuck = () => {
    const { error, waiting } = review.answers.queued();
    return error && waiting ? /** @type {Error & {permanent?: boolean}} */ (error) : null;
  };
  const text = () => {
    const error = stuck();
    if (!error) return store.trouble();
    const { waiting, kept } = review.answers.queued();
    const where = kept ? 'kept in this browser' : 'kept while this page is open';
    const count = waiting === 1 ? '1 answer is' : `${waiting.toLocaleString('en')} answers are`;
    return `${count} not saved yet, but ${where}: ${error.message}`;
  };
  return h(
    'div.toast',
    { role: 'alert', hidden: () => !text() },
    h('span', {}, text),
    () =>
      stuck()
        ? [
            h('button.outlined', { onclick: () => void review.answers.queue.retry() }, 'Try again'),
            stuck()?.permanent &&
              h('button.outlined', { onclick: () => void review.answers.queue.discard() }, 'Leave them out'),
          ]
        : h('button', { 'aria-label': 'Close', onclick: () => store.trouble.set('') }, '×'),
  );
}
