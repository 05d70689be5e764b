// Accept everything above the threshold, after a look at what is likeliest wrong.

import { address, get, send, thumbnail } from './api.js';
import { h, signal } from './dom.js';

/**
 * @param {import('./store.js').Store} store
 * @param {import('./review.js').Review} review
 */
export function rangeDialog(store, review) {
  const look = signal(/** @type {any} */ (null));
  const wrong = signal(/** @type {Set<string>} */ (new Set()));
  const trouble = signal('');
  const busy = signal(false);
  let threshold = 0;

  /** What is known of how many are right, in one sentence. */
  const expected = () => {
    const { expected_right: right } = look();
    if (right !== null) return `About ${Math.round(right).toLocaleString('en')} of them should be right.`;
    const precision = store.threshold() === null ? store.report()?.precision : null;
    return precision
      ? `By the estimate ${Math.round(100 * precision.low)} to ${Math.round(100 * precision.high)} % of them are right.`
      : 'How many of them are right is not known yet.';
  };

  const tiles = (/** @type {string[]} */ ids) =>
    h(
      'div.looks',
      {},
      ids.map((id) =>
        h(
          'button',
          {
            'aria-pressed': () => String(wrong().has(id)),
            'aria-label': `${id} is wrong`,
            title: id,
            onclick: () => {
              const next = new Set(wrong());
              if (!next.delete(id)) next.add(id);
              wrong.set(next);
            },
          },
          h('img', { src: thumbnail(id, store.generation), alt: '' }),
        ),
      ),
    );

  const accept = async () => {
    busy.set(true);
    trouble.set('');
    try {
      const no = [...wrong()];
      if (no.length) review.answer(no, -1, 'range');
      await review.answers.settle();
      const answer = await send(`${store.path}/range`, { threshold });
      review.answers.remember(review.grid.focusId);
      review.note.set(`${answer.accepted.toLocaleString('en')} accepted; U takes them back`);
      dialog.close();
      await store.loadConcept();
      await review.open(); // what was accepted is no longer in the ranking
      review.grid.host.focus();
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    } finally {
      busy.set(false);
    }
  };

  const dialog = /** @type {HTMLDialogElement} */ (
    h(
      'dialog.range',
      { 'aria-labelledby': 'range-title' },
      h('h2', { id: 'range-title' }, () => {
        const seen = look();
        return seen
          ? `Accept ${seen.count.toLocaleString('en')} images from score ${seen.threshold.toFixed(2)} on?`
          : 'Accept all above the threshold';
      }),
      () => {
        const seen = look();
        if (!seen) return trouble() ? null : h('p', {}, 'looking…');
        if (seen.missing) return h('p', {}, `Before they can be accepted, answer ${seen.missing}.`);
        if (!seen.count) return h('p', {}, 'No unanswered image scores that high. Choose a lower threshold.');
        return [
          h('p', {}, expected(), ' Press those that are wrong; each becomes a “no”.'),
          h('h3', {}, `The ${seen.lowest.length} lowest, where mistakes are likeliest`),
          tiles(seen.lowest),
          seen.random.length ? [h('h3', {}, `${seen.random.length} at random from the rest`), tiles(seen.random)] : null,
        ];
      },
      h('p.no', { role: 'alert', hidden: () => !trouble() }, () => trouble()),
      h(
        'div.actions',
        {},
        h(
          'button.primary',
          { disabled: () => busy() || !look()?.count || Boolean(look()?.missing), onclick: () => void accept() },
          () => {
            const left = (look()?.count ?? 0) - wrong().size;
            return wrong().size ? `${wrong().size} no, accept ${left.toLocaleString('en')}` : `Accept ${left.toLocaleString('en')}`;
          },
        ),
        h('button.outlined', { onclick: () => dialog.close() }, 'Cancel'),
      ),
    )
  );

  /** Look at what accepting would mean, then ask. */
  const open = async () => {
    if (!store.place.concept()) return;
    look.set(null);
    wrong.set(new Set());
    trouble.set('');
    dialog.showModal();
    try {
      await review.answers.settle();
      const seen = await get(address(`${store.path}/range`, { threshold: store.threshold() }));
      threshold = seen.threshold;
      look.set(seen);
    } catch (error) {
      trouble.set(/** @type {Error} */ (error).message);
    }
  };
  return { dialog, open };
}
