// A page to look at: a grid of images, what they can be filtered by, a map and a rule's ranking.
// Names come from files and are only ever shown as text.
(() => {
  /** @typedef {{name: string, values: string[], of: number[]}} Facet */
  const items = /** @type {string[]} */ (data.items);
  const facets = /** @type {Facet[]} */ (data.facets);
  const points = /** @type {[number, number][] | null} */ (data.map);
  const scores = /** @type {number[] | null} */ (data.scores);
  const probabilities = /** @type {number[] | null} */ (data.probabilities);
  const rule = /** @type {{name: string, threshold: number} | null} */ (data.rule);
  const AT_ONCE = 120;
  const MOST_VALUES = 40;
  const SPAN = 65535;
  const number = new Intl.NumberFormat('en');

  const picture = (/** @type {number} */ index) => `images/${String(index + 1).padStart(6, '0')}.jpg`;
  const accepted = (/** @type {number} */ index) => scores !== null && rule !== null && scores[index] >= rule.threshold;
  const score = (/** @type {number} */ index) => (probabilities ? `${Math.round(100 * probabilities[index])} %`
    : scores ? scores[index].toFixed(3) : '');

  /** @type {Set<number>[]} */
  const ticked = facets.map(() => new Set());
  let onlyAccepted = false;
  /** @type {[number, number, number, number] | null} */
  let box = null;
  let shown = /** @type {number[]} */ ([]);
  let drawn = 0;

  const inBox = (/** @type {number} */ index) => {
    if (!box || !points) return true;
    const [x, y] = points[index];
    return x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3];
  };
  // A facet does not filter its own counts: they say what ticking one more value would add.
  const passes = (/** @type {number} */ index, except = -1) => inBox(index)
    && (!onlyAccepted || accepted(index))
    && facets.every((facet, which) => which === except || !ticked[which].size || ticked[which].has(facet.of[index]));

  const count = h('span', { role: 'status' });
  const list = h('ul', { class: 'grid' });
  const end = h('div');
  const none = h('p', { class: 'dim' }, 'No image passes these filters.');
  const order = /** @type {HTMLSelectElement} */ (h('select', { id: 'order', onchange: () => update() },
    ...(rule ? [h('option', { value: 'rank' }, 'best first')] : []),
    h('option', { value: 'name' }, 'name'),
    ...(rule ? [h('option', { value: 'worst' }, 'worst first')] : [])));

  const tile = (/** @type {number} */ index) => h('li', {}, h('button',
    { type: 'button', class: accepted(index) ? 'accepted' : '', title: items[index], onclick: () => open(shown.indexOf(index)) },
    h('img', { src: picture(index), alt: items[index], loading: 'lazy' }),
    ...(scores ? [h('span', { class: 'score' }, score(index))] : []),
    h('span', { class: 'name' }, items[index])));
  const more = () => {
    list.append(...shown.slice(drawn, drawn + AT_ONCE).map(tile));
    drawn = Math.min(drawn + AT_ONCE, shown.length);
  };

  const amounts = facets.map((facet) => facet.values.slice(0, MOST_VALUES).map(() => h('span', { class: 'dim' })));
  const update = () => {
    shown = items.map((_, index) => index).filter((index) => passes(index));
    if (order.value === 'name') shown.sort((a, b) => (items[a] < items[b] ? -1 : 1));
    if (order.value === 'worst') shown.reverse();
    count.textContent = `${number.format(shown.length)} of ${number.format(items.length)} images`;
    facets.forEach((facet, which) => {
      const counts = facet.values.map(() => 0);
      facet.of.forEach((value, index) => {
        if (value >= 0 && passes(index, which)) counts[value] += 1;
      });
      amounts[which].forEach((place, value) => { place.textContent = number.format(counts[value]); });
    });
    list.replaceChildren();
    drawn = 0;
    more();
    none.hidden = shown.length > 0;
    draw();
  };

  const boxes = facets.map((facet, which) => h('fieldset', {},
    h('legend', {}, facet.name),
    ...facet.values.slice(0, MOST_VALUES).map((value, index) => h('label', { class: 'value' },
      h('input', {
        type: 'checkbox',
        onchange: (/** @type {Event} */ event) => {
          if (/** @type {HTMLInputElement} */ (event.target).checked) ticked[which].add(index);
          else ticked[which].delete(index);
          update();
        },
      }),
      h('span', {}, value), amounts[which][index])),
    ...(facet.values.length > MOST_VALUES
      ? [h('p', { class: 'dim' }, `and ${number.format(facet.values.length - MOST_VALUES)} more values`)] : [])));

  // The map: drag around images to see only those; a click ends that.
  const canvas = /** @type {HTMLCanvasElement} */ (h('canvas', { width: '496', height: '496', role: 'img', 'aria-label': 'Map: alike images are near one another' }));
  const draw = () => {
    const pen = canvas.getContext('2d');
    if (!pen || !points) return;
    const { width, height } = canvas;
    const [on, best, off] = ['--focus', '--yes', '--edge'].map((name) => {
      canvas.style.color = `var(${name})`; // a canvas does not know light-dark()
      return getComputedStyle(canvas).color;
    });
    const passing = new Set(shown);
    pen.clearRect(0, 0, width, height);
    for (const front of [false, true]) {
      points.forEach(([x, y], index) => {
        if (passing.has(index) !== front) return;
        pen.fillStyle = !front ? off : accepted(index) ? best : on;
        pen.fillRect(8 + (x / SPAN) * (width - 16) - 2, 8 + (y / SPAN) * (height - 16) - 2, 4, 4);
      });
    }
    if (box) {
      const [left, top, right, bottom] = box.map((value) => 8 + (value / SPAN) * (width - 16));
      pen.strokeStyle = best;
      pen.strokeRect(left, top, right - left, bottom - top);
    }
  };
  /** @type {[number, number] | null} */
  let start = null;
  const at = (/** @type {PointerEvent} */ event) => {
    const frame = canvas.getBoundingClientRect();
    const along = (/** @type {number} */ part, /** @type {number} */ size) => Math.round(((part / size) * canvas.width - 8) / (canvas.width - 16) * SPAN);
    return /** @type {[number, number]} */ ([along(event.clientX - frame.left, frame.width), along(event.clientY - frame.top, frame.height)]);
  };
  canvas.addEventListener('pointerdown', (event) => {
    start = at(event);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!start) return;
    const here = at(event);
    box = [Math.min(start[0], here[0]), Math.min(start[1], here[1]), Math.max(start[0], here[0]), Math.max(start[1], here[1])];
    draw();
  });
  canvas.addEventListener('pointerup', () => {
    start = null;
    if (box && (box[2] - box[0] < SPAN / 100 || box[3] - box[1] < SPAN / 100)) box = null;
    all.hidden = !box;
    update();
  });
  const all = h('button', { type: 'button', onclick: () => { box = null; all.hidden = true; update(); } }, 'Show the whole map');
  all.hidden = true;

  let here = 0;
  const large = h('img', { alt: '' });
  const facts = h('dl');
  const dialog = /** @type {HTMLDialogElement} */ (h('dialog', { 'aria-label': 'Image' }, large, facts,
    h('div', { class: 'row' },
      h('button', { type: 'button', onclick: () => open(here - 1) }, 'Previous'),
      h('button', { type: 'button', onclick: () => open(here + 1) }, 'Next'),
      h('button', { type: 'button', onclick: () => dialog.close() }, 'Close'))));
  const open = (/** @type {number} */ place) => {
    here = Math.min(shown.length - 1, Math.max(0, place));
    const index = shown[here];
    large.setAttribute('src', picture(index));
    large.setAttribute('alt', items[index]);
    const lines = [['file', items[index]]];
    if (scores) lines.push(['score', scores[index].toFixed(4)]);
    if (probabilities) lines.push(['probability', score(index)]);
    for (const facet of facets) {
      if (facet.of[index] >= 0) lines.push([facet.name, facet.values[facet.of[index]]]);
    }
    facts.replaceChildren(...lines.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
    if (!dialog.open) dialog.showModal();
  };
  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowRight') open(here + 1);
    else if (event.key === 'ArrowLeft') open(here - 1);
  });

  const ticks = rule ? [h('label', {},
    h('input', {
      type: 'checkbox',
      onchange: (/** @type {Event} */ event) => {
        onlyAccepted = /** @type {HTMLInputElement} */ (event.target).checked;
        update();
      },
    }),
    h('span', {}, `only what the rule accepts (score of ${rule.threshold} or more)`))] : [];
  const parts = data.matching > items.length
    ? ` · ${rule ? 'the best' : 'a random sample'} of ${number.format(data.matching)}` : '';
  document.body.replaceChildren(
    h('header', {}, h('h1', {}, data.name), count,
      h('span', { class: 'dim' }, `${rule ? `ranked by the rule of “${rule.name}”` : 'not ranked'}${parts}`),
      h('div', { class: 'controls' }, h('label', { for: 'order' }, 'Order', order))),
    h('aside', {}, ...ticks,
      ...(points ? [h('section', {}, h('h2', {}, 'Map'), h('p', { class: 'dim' }, 'Drag around images to see only those.'), canvas, all)] : []),
      ...boxes),
    h('main', {}, list, none, end, h('footer', {}, `made by likewise ${data.likewise}`)),
    dialog,
  );
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) more();
  }, { rootMargin: '800px' }).observe(end);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  update();
})();
