// The dialog of keys, where they can be changed; the footer shows the most used of them.

import { h, signal } from './dom.js';
import { chordOf, chordText } from './keys.js';

/**
 * @param {import('./keys.js').Keys} keys
 */
export function helpDialog(keys) {
  const changed = signal(0);
  const waiting = signal(/** @type {import('./keys.js').Command | null} */ (null));
  const dialog = /** @type {HTMLDialogElement} */ (
    h(
      'dialog.keys',
      {
        'aria-labelledby': 'keys-title',
        onkeydown: (/** @type {KeyboardEvent} */ event) => {
          const command = waiting();
          const chord = chordOf(event);
          if (!command || !chord) return;
          event.preventDefault();
          event.stopPropagation();
          if (chord !== 'escape') keys.rebind(command.id, [chord, ...keys.keysOf(command).slice(1)]);
          waiting.set(null);
          changed.update((n) => n + 1);
        },
        onclose: () => waiting.set(null),
      },
      h('h2', { id: 'keys-title' }, 'Keys'),
      h('p.dim', {}, 'Press a key in this list to give its command another one.'),
      () => {
        changed();
        return h(
          'dl',
          {},
          keys.commands.map((command) => h('div', {},
            h(
              'dt',
              {},
              h(
                'button',
                {
                  'aria-label': `Change the key of “${command.label}”`,
                  onclick: () => waiting.set(command),
                },
                () =>
                  waiting() === command
                    ? h('span', { role: 'status' }, 'press a key…')
                    : keys.keysOf(command).map((chord) => [h('kbd', {}, chordText(chord)), ' ']),
              ),
            ),
            h('dd', {}, command.label),
          )),
        );
      },
      h(
        'div.actions',
        {},
        h('button.primary', { onclick: () => dialog.close() }, 'Close'),
        h(
          'button.outlined',
          {
            onclick: () => {
              keys.reset();
              changed.update((n) => n + 1);
            },
          },
          'Back to the usual keys',
        ),
      ),
    )
  );
  /** The most used keys. */
  const footer = () => {
    changed();
    return keys.commands
      .filter((command) => command.footer)
      .map((command) => h('span', {}, h('kbd', {}, chordText(keys.keysOf(command)[0] ?? '–')), ' ', command.label));
  };
  return { dialog, footer, toggle: () => (dialog.open ? dialog.close() : dialog.showModal()) };
}
