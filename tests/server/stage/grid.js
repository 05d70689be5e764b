// A grid of made-up images: `?n=` of them, every hundredth of which is missing; `&paged` in pages.
import { Grid } from '/static/grid.js';
import { pressInGrid } from '/static/grid_keys.js';

const query = new URLSearchParams(location.search);
const n = Number(query.get('n') ?? 100_000);
const ids = Array.from({ length: n }, (_, i) => `folder/${String(i).padStart(6, '0')}.jpg`);
const numberOf = (id) => Number(id.slice(7, 13));
const colour = (id) => `hsl(${(numberOf(id) * 37) % 360} 40% 50%)`;
const source = (id) => `/thumb/${encodeURIComponent(id)}`;
const host = document.querySelector('#grid');
const grid = new Grid(host, { source, colour, size: 132, label: 'Results', paged: query.has('paged') });
const marks = new Map();
const events = [];
for (const name of ['grid-focus', 'grid-open', 'grid-select']) {
  host.addEventListener(name, (event) => events.push([name, event.detail]));
}
host.addEventListener('keydown', (event) => pressInGrid(grid, event));
grid.setIds(ids);
Object.assign(window, { grid, ids, marks, events });
