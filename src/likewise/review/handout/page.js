// A page of images to answer, alone in its file: marks by key or button, kept in this browser,
// and handed back as a small JSON. Names come from files and are only ever shown as text.
(() => {
  /** @typedef {{item: string, digest: string, score: number | null, image: string}} Tile */
  /** @typedef {{verdict: string, at: string, event: string}} Answer */
  const tiles = /** @type {Tile[]} */ (data.items);
  const KEY = `likewise handout ${data.page}`;
  const SIGNS = /** @type {Record<string, string>} */ ({ yes: '✓', no: '✗', unsure: '?' });
  const WORDS = /** @type {Record<string, string>} */ ({ yes: '✓ yes', no: '✗ no', unsure: '? not sure' });
  const VERDICTS = /** @type {Record<string, string>} */ ({
    y: 'yes', p: 'yes', 1: 'yes', n: 'no', x: 'no', 0: 'no', ' ': 'unsure',
  });

  const id = () => [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0')).join('');

  let keeps = true;
  const load = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}');
      return { answers: {}, who: '', action: `${data.page}-${id().slice(0, 8)}`, done: [], ...kept };
    } catch {
      keeps = false;
      return { answers: {}, who: '', action: `${data.page}-${id().slice(0, 8)}`, done: [] };
    }
  };
  const state = /** @type {{answers: Record<string, Answer>, who: string, action: string, done: [string, Answer | null][]}} */ (load());
  let sent = '';
  const save = () => {
    try {
      localStorage.setItem(KEY, JSON.stringify(state));
    } catch {
      keeps = false;
    }
  };

  // After a press by mouse or finger the keys go on; after one by key the focus stays.
  const pressed = (/** @type {() => void} */ run) => (/** @type {MouseEvent} */ event) => {
    run();
    if (event.detail) /** @type {HTMLElement} */ (event.currentTarget).blur();
  };
  const unanswered = () => tiles.findIndex((tile) => !state.answers[tile.item]);
  let here = Math.max(0, unanswered());

  const picture = h('img', { alt: '' });
  const sign = h('span', { class: 'sign' });
  const frame = h('div', { class: 'picture' }, picture, sign);
  const name = h('div', { class: 'name' });
  const status = h('div', { role: 'status', class: 'dim' });
  const trouble = h('div', { role: 'alert' });
  const bar = /** @type {HTMLProgressElement} */ (h('progress', { max: String(tiles.length), 'aria-label': 'Answered' }));
  const count = h('span');
  const who = /** @type {HTMLInputElement} */ (h('input', {
    id: 'who', autocomplete: 'name', maxlength: '200',
    oninput: () => { state.who = who.value.trim(); save(); },
  }));
  who.value = state.who;

  const strip = tiles.map((tile, place) => h(
    'button',
    { type: 'button', onclick: pressed(() => go(place)) },
    h('img', { src: tile.image, alt: '', loading: 'lazy' }),
    h('span'),
  ));

  const show = () => {
    const tile = tiles[here];
    const verdict = state.answers[tile.item]?.verdict ?? '';
    picture.setAttribute('src', tile.image);
    picture.setAttribute('alt', `Image ${here + 1}`);
    frame.className = `picture ${verdict}`;
    sign.textContent = WORDS[verdict] ?? '';
    name.textContent = tile.item;
    const done = tiles.filter((one) => state.answers[one.item]).length;
    bar.value = done;
    count.textContent = `${done} of ${tiles.length} answered`;
    strip.forEach((button, place) => {
      const said = state.answers[tiles[place].item]?.verdict ?? '';
      button.className = said;
      /** @type {HTMLElement} */ (button.lastElementChild).textContent = SIGNS[said] ?? '';
      button.setAttribute('aria-label', `Image ${place + 1}${said ? `: ${WORDS[said]}` : ''}`);
      if (place === here) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    });
    // On a narrow screen the strip is below, and scrolling to it would take the picture away.
    if (side.scrollHeight > side.clientHeight) strip[here].scrollIntoView({ block: 'nearest' });
    status.textContent = !keeps
      ? 'This browser keeps nothing of this page: save your answers before you close it.'
      : done === tiles.length ? 'All answered. Save your answers and send the file back.'
        : 'Your answers are kept in this browser.';
  };
  const go = (/** @type {number} */ place) => {
    here = Math.min(tiles.length - 1, Math.max(0, place));
    show();
  };
  const mark = (/** @type {string} */ verdict) => {
    const { item } = tiles[here];
    const before = state.answers[item] ?? null;
    if (before?.verdict !== verdict) {
      state.done.push([item, before]);
      state.answers[item] = { verdict, at: new Date().toISOString().replace('Z', '+00:00'), event: id() };
      save();
    }
    const rest = tiles.findIndex((tile, place) => place > here && !state.answers[tile.item]);
    const next = rest >= 0 ? rest : unanswered();
    go(next >= 0 ? next : here);
  };
  const undo = () => {
    const last = state.done.pop();
    if (!last) return;
    const [item, before] = last;
    if (before) state.answers[item] = before;
    else delete state.answers[item];
    save();
    go(tiles.findIndex((tile) => tile.item === item));
  };

  const answers = () => {
    if (!state.who) {
      trouble.textContent = 'Type your name first, so that it is known whose answers these are.';
      who.focus();
      return null;
    }
    const labels = tiles.filter((tile) => state.answers[tile.item]).map((tile) => ({
      concept: data.concept,
      item: tile.item,
      digest: tile.digest,
      ...state.answers[tile.item],
      who: state.who,
      source: 'handout',
      rule: data.rule,
      score: tile.score,
      action: state.action,
    }));
    if (!labels.length) {
      trouble.textContent = 'There is no answer yet.';
      return null;
    }
    trouble.textContent = '';
    return JSON.stringify({ likewise: 'answers', format: 1, page: data.page, labels }, null, 1);
  };
  const download = () => {
    const text = answers();
    if (text === null) return;
    const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    h('a', { href: address, download: data.file }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    sent = text;
    status.textContent = `Saved as ${data.file}: send it back.`;
  };
  const copy = async () => {
    const text = answers();
    if (text === null) return;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const box = /** @type {HTMLTextAreaElement} */ (h('textarea'));
      box.value = text;
      document.body.append(box);
      box.select();
      document.execCommand('copy');
      box.remove();
    }
    sent = text;
    status.textContent = 'Copied: paste it into a message and send it back.';
  };

  const shown = (/** @type {string} */ title, /** @type {string[]} */ images) => (images.length
    ? [h('section', {}, h('h2', {}, title), h('div', { class: 'shown' }, ...images.map((src) => h('img', { src, alt: '' }))))]
    : []);
  const button = (/** @type {string} */ text, /** @type {string} */ key, /** @type {string} */ look, /** @type {() => void} */ run) =>
    h('button', { type: 'button', class: look, onclick: pressed(run) }, text, h('kbd', { 'aria-hidden': 'true' }, key));
  const side = h('aside', {},
    ...shown('These do', data.examples),
    ...shown('These do not', data.counter_examples),
    h('section', { class: 'send' },
      h('h2', {}, 'Give your answers back'),
      h('label', { for: 'who', class: 'dim' }, 'Your name'),
      who,
      h('div', { class: 'row' },
        h('button', { type: 'button', class: 'primary', onclick: download }, 'Save answers'),
        h('button', { type: 'button', onclick: copy }, 'Copy')),
      trouble,
      status),
    h('section', {}, h('h2', {}, 'All images'), h('div', { class: 'strip' }, ...strip)));
  document.body.replaceChildren(
    h('header', {},
      h('h1', {}, `Does it show “${data.concept}”?`),
      ...(data.hints.length ? [h('span', { class: 'dim' }, data.hints.join(', '))] : []),
      h('div', { class: 'count' }, bar, count)),
    h('main', {}, frame, name,
      h('div', { class: 'answers' },
        button('Yes', 'Y', 'yes', () => mark('yes')),
        button('No', 'N', 'no', () => mark('no')),
        button('Not sure', 'Space', '', () => mark('unsure')),
        button('Undo', 'U', '', undo))),
    side,
  );
  addEventListener('keydown', (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target === who || event.altKey) return;
    if (target.tagName === 'BUTTON' && (event.key === ' ' || event.key === 'Enter')) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === 'z' && (event.ctrlKey || event.metaKey)) undo();
    else if (event.ctrlKey || event.metaKey) return;
    else if (VERDICTS[key] && !event.repeat) mark(VERDICTS[key]);
    else if ((key === 'u' || key === 'Backspace') && !event.repeat) undo();
    else if (key === 'ArrowRight' || key === 'ArrowDown') go(here + 1);
    else if (key === 'ArrowLeft' || key === 'ArrowUp') go(here - 1);
    else if (key === 'Home') go(0);
    else if (key === 'End') go(tiles.length - 1);
    else return;
    event.preventDefault();
  });
  addEventListener('beforeunload', (event) => {
    if (!keeps && Object.keys(state.answers).length && !sent) event.preventDefault();
  });
  save();
  show();
})();
