// The keyboard: one table drives the handler, the footer and the dialog of keys.

/**
 * @typedef {object} Command
 * @property {string} id
 * @property {string[]} keys the first is the one shown in the footer
 * @property {string} label what it does, in few words
 * @property {() => void} run
 * @property {boolean} [repeat] runs again while the key is held; marks do not
 * @property {boolean} [inDialog] also while a dialog is open
 * @property {boolean} [footer] shown in the footer
 * @property {'reviewer' | 'owner'} [needs] the role that may do it; everyone unless given
 */
/** @typedef {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} Store */
/** @typedef {Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey' | 'repeat'> & {getModifierState?: (key: string) => boolean, isComposing?: boolean}} Press */

const NAMES = /** @type {Record<string, string>} */ ({
  ' ': 'space',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
});
const SHOWN = /** @type {Record<string, string>} */ ({
  left: '←',
  right: '→',
  up: '↑',
  down: '↓',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  escape: 'Esc',
});
const TEXT_TYPES = /^(?!(button|checkbox|color|file|image|radio|range|reset|submit)$)/;
const OF_SLIDERS = new Set(['left', 'right', 'up', 'down', 'home', 'end', 'pageup', 'pagedown']);
const OF_BUTTONS = new Set(['space', 'enter']);

/**
 * A press as text: `y`, `shift+y`, `ctrl+z`, `left`, `?`. Null for a modifier alone.
 *
 * Shift is named for letters and named keys only, since on others it is how the sign is typed.
 * Where the letters are not Latin, the key's place on the keyboard counts.
 * @param {Press} press
 * @returns {string | null}
 */
export function chordOf(press) {
  if (/^(Shift|Control|Alt|Meta|AltGraph|CapsLock|Dead|Process|Unidentified)$/.test(press.key)) {
    return null;
  }
  let key = NAMES[press.key] ?? press.key.toLowerCase();
  const place = /^(?:Key|Digit)([A-Z0-9])$/.exec(press.code ?? '');
  if (key.length === 1 && key > '~' && place) key = place[1].toLowerCase();
  const typed = press.getModifierState?.('AltGraph') ?? false;
  const named = key.length > 1 || /[a-z]/.test(key);
  return [
    (press.ctrlKey || press.metaKey) && !typed ? 'ctrl+' : '',
    press.altKey && !typed ? 'alt+' : '',
    press.shiftKey && named ? 'shift+' : '',
    key,
  ].join('');
}

/**
 * How a chord is written for people.
 * @param {string} chord
 */
export function chordText(chord) {
  const parts = chord.match(/[^+]+|\+$/g) ?? [];
  return parts.map((part) => SHOWN[part] ?? part[0].toUpperCase() + part.slice(1)).join('+');
}

/**
 * Whether the element that has the focus needs this key itself.
 * @param {EventTarget | null} target
 * @param {string} chord
 */
export function belongsTo(target, chord) {
  const element = /** @type {any} */ (target);
  const tag = String(element?.tagName ?? '').toLowerCase();
  if (tag === 'textarea' || tag === 'select' || element?.isContentEditable) return true;
  if (tag === 'input' && TEXT_TYPES.test(element.type)) return true;
  const key = chord.replace(/^(?:shift\+)/, '');
  if (tag === 'input' && element.type === 'range') return OF_SLIDERS.has(key);
  if (tag === 'input') return OF_BUTTONS.has(key) || OF_SLIDERS.has(key);
  return /^(button|a|summary)$/.test(tag) && OF_BUTTONS.has(key);
}

export class Keys {
  /** @type {Map<string, string[]>} */
  #rebound = new Map();
  /** @type {Map<string, Command>} */
  #byChord = new Map();
  #storage;
  #dialogOpen;
  #name;

  /**
   * @param {Command[]} commands
   * @param {{storage?: Store | null, dialogOpen?: () => boolean, name?: string}} [options] `name` in
   *   the storage, of one table
   */
  constructor(commands, { storage = null, dialogOpen = () => false, name = 'likewise.keys' } = {}) {
    this.commands = commands;
    this.#name = name;
    this.#storage = storage;
    this.#dialogOpen = dialogOpen;
    this.#read();
    this.#index();
  }

  /**
   * @param {Command} command
   * @returns {string[]} its keys as they are now
   */
  keysOf(command) {
    return this.#rebound.get(command.id) ?? command.keys;
  }

  /**
   * Give a command other keys; a key that another command had is taken from it.
   * @param {string} id
   * @param {string[]} keys
   */
  rebind(id, keys) {
    for (const other of this.commands) {
      const left = this.keysOf(other).filter((key) => !keys.includes(key));
      if (other.id !== id && left.length < this.keysOf(other).length) {
        this.#rebound.set(other.id, left);
      }
    }
    this.#rebound.set(id, [...keys]);
    this.#write();
  }

  /** Go back to the keys of the table. */
  reset() {
    this.#rebound.clear();
    this.#write();
  }

  /**
   * Run what a press stands for; what the browser or a field needs is left to them.
   * @param {Press & {target?: EventTarget | null, preventDefault: () => void}} press
   * @returns {boolean} whether it was ours
   */
  handle(press) {
    const chord = press.isComposing ? null : chordOf(press);
    if (chord === null || belongsTo(press.target ?? null, chord)) return false;
    const command = this.#byChord.get(chord);
    if (!command || (this.#dialogOpen() && !command.inDialog)) return false;
    press.preventDefault();
    if (!press.repeat || command.repeat) command.run();
    return true;
  }

  #index() {
    this.#byChord.clear();
    for (const command of this.commands) {
      for (const key of this.keysOf(command)) {
        if (this.#byChord.has(key)) throw new Error(`two commands have the key ${key}`);
        this.#byChord.set(key, command);
      }
    }
  }

  #read() {
    try {
      const known = new Set(this.commands.map((command) => command.id));
      const saved = Object.entries(JSON.parse(this.#storage?.getItem(this.#name) ?? '{}'));
      const fit = saved.filter(([id, keys]) => known.has(id) && Array.isArray(keys));
      this.#rebound = new Map(/** @type {[string, string[]][]} */ (fit));
      this.#index();
    } catch {
      this.#rebound = new Map(); // unreadable, or of another version of the table
    }
  }

  #write() {
    this.#index();
    try {
      this.#storage?.setItem(this.#name, JSON.stringify(Object.fromEntries(this.#rebound)));
    } catch {
      // no room or no permission: they last as long as the page
    }
  }
}
