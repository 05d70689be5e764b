// Signals and elements.
//
// A signal holds a value; an effect runs again when a signal it read has changed. Every effect
// belongs to the scope it was made in, and when that scope runs again or is disposed, the effects
// and clean-ups in it end with it: replacing a list never leaves listeners of the old one behind.

/**
 * @template T
 * @typedef {{(): T, set(value: T): void, update(change: (value: T) => T): void, peek(): T}} Signal
 */
/** @typedef {{children: Set<Scope>, cleanups: (() => void)[], parent: Scope | null}} Scope */
/** @typedef {Scope & {run: () => void, sources: Set<Set<Effect>>, ended: boolean}} Effect */
/** @typedef {Node | string | number | boolean | null | undefined} Plain */
/** @typedef {Plain | (() => Child) | Child[]} Child */

/** @type {Scope | null} */
let owner = null;
/** @type {Effect | null} */
let reader = null;
let depth = 0;
/** @type {Set<Effect>} */
const due = new Set();
const MOST_RUNS = 10_000;

/**
 * A value that effects can follow.
 * @template T
 * @param {T} value
 * @returns {Signal<T>}
 */
export function signal(value) {
  /** @type {Set<Effect>} */
  const readers = new Set();
  const read = () => {
    if (reader) {
      readers.add(reader);
      reader.sources.add(readers);
    }
    return value;
  };
  const set = (/** @type {T} */ next) => {
    if (Object.is(next, value)) return;
    value = next;
    for (const effect of readers) due.add(effect);
    if (!depth) flush();
  };
  const update = (/** @type {(value: T) => T} */ change) => set(change(value));
  return Object.assign(read, { set, update, peek: () => value });
}

/**
 * A signal that follows from others; its readers run only when its value is another one.
 * @template T
 * @param {() => T} compute
 * @returns {() => T}
 */
export function derived(compute) {
  const result = signal(/** @type {any} */ (undefined));
  effect(() => result.set(compute()));
  return result;
}

/**
 * Run now, and again whenever a signal that was read has changed, until the scope ends.
 * @param {() => void} run
 * @returns {() => void} ends it
 */
export function effect(run) {
  /** @type {Effect} */
  const self = {
    children: new Set(),
    cleanups: [],
    parent: owner,
    sources: new Set(),
    ended: false,
    run() {
      if (self.ended) return;
      release(self);
      const before = [owner, reader];
      owner = reader = self;
      try {
        run();
      } finally {
        [owner, reader] = /** @type {[Scope | null, Effect | null]} */ (before);
      }
    },
  };
  owner?.children.add(self);
  self.run();
  return () => end(self);
}

/**
 * Run in a scope of its own, which nobody else ends.
 * @template T
 * @param {(dispose: () => void) => T} run
 * @returns {T}
 */
export function root(run) {
  /** @type {Scope} */
  const scope = { children: new Set(), cleanups: [], parent: null };
  const before = [owner, reader];
  owner = scope;
  reader = null;
  try {
    return run(() => end(scope));
  } finally {
    [owner, reader] = /** @type {[Scope | null, Effect | null]} */ (before);
  }
}

/**
 * Called when the scope around ends or runs again.
 * @param {() => void} cleanup
 */
export function onEnd(cleanup) {
  owner?.cleanups.push(cleanup);
}

/**
 * Change several signals; effects run once, after all of them.
 * @param {() => void} change
 */
export function batch(change) {
  depth++;
  try {
    change();
  } finally {
    depth--;
    if (!depth) flush();
  }
}

/**
 * Read signals without following them.
 * @template T
 * @param {() => T} read
 * @returns {T}
 */
export function untracked(read) {
  const before = reader;
  reader = null;
  try {
    return read();
  } finally {
    reader = before;
  }
}

function flush() {
  depth++;
  const errors = [];
  let runs = 0;
  for (const next of due) {
    due.delete(next);
    if (++runs > MOST_RUNS) {
      errors.push(new Error('effects set what they follow, without an end'));
      break;
    }
    try {
      next.run();
    } catch (error) {
      errors.push(error); // thrown once the others have run: one fault does not stop the page
    }
  }
  due.clear();
  depth--;
  if (errors.length) throw errors[0];
}

/** @param {Scope} scope */
function release(scope) {
  for (const child of scope.children) end(child);
  scope.children.clear();
  for (const cleanup of scope.cleanups.splice(0)) untracked(cleanup);
  if ('sources' in scope) {
    const self = /** @type {Effect} */ (scope);
    for (const readers of self.sources) readers.delete(self);
    self.sources.clear();
  }
}

/** @param {Scope} scope */
function end(scope) {
  if ('ended' in scope) /** @type {Effect} */ (scope).ended = true;
  scope.parent?.children.delete(scope);
  release(scope);
}

/**
 * An element: `h('button.primary', { onclick, disabled: () => busy() }, 'Learn')`.
 *
 * A function as an attribute or as a child is live: it is an effect of the scope around. `style`
 * is an object and `class` a string; there is no way to hand over HTML.
 * @param {string} tag name, with classes after dots
 * @param {Record<string, any>} [attributes] properties where there is one, else attributes
 * @param {...Child} children
 * @returns {any} the element
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (typeof value === 'function') effect(() => put(element, key, value()));
    else put(element, key, value);
  }
  append(element, children);
  return element;
}

/**
 * @param {any} element
 * @param {string} key
 * @param {any} value
 */
function put(element, key, value) {
  if (key === 'style') Object.assign(element.style, value);
  else if (key === 'class') element.className = value;
  else if (key in element && key !== 'list' && key !== 'form') element[key] = value ?? '';
  else if (value === null || value === undefined || value === false) element.removeAttribute(key);
  else element.setAttribute(key, value === true ? '' : String(value));
}

/**
 * Append children; live ones keep their place between two empty comments.
 * @param {Node} parent
 * @param {Child[]} children
 */
export function append(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(parent, child);
    else if (typeof child === 'function') live(parent, child);
    else if (child instanceof Node) parent.appendChild(child);
    else if (child !== null && child !== undefined && typeof child !== 'boolean') {
      parent.appendChild(document.createTextNode(String(child)));
    }
  }
}

/**
 * @param {Node} parent
 * @param {() => Child} content
 */
function live(parent, content) {
  const first = parent.appendChild(document.createComment(''));
  const last = parent.appendChild(document.createComment(''));
  effect(() => {
    const fresh = document.createDocumentFragment();
    append(fresh, [content()]);
    while (first.nextSibling && first.nextSibling !== last) first.nextSibling.remove();
    last.parentNode?.insertBefore(fresh, last);
  });
}
