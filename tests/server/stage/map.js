// A map of `?n=` made-up points in forty clouds.
import { PointMap } from '/static/map.js';
import { CATEGORIES } from '/static/points.js';

const n = Number(new URLSearchParams(location.search).get('n') ?? 20_000);
let state = 1;
const random = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;
const clouds = Array.from({ length: 40 }, () => [random(), random(), 0.01 + 0.04 * random()]);
const xy = new Uint16Array(2 * n);
const classes = new Uint8Array(n);
for (let i = 0; i < n; i++) {
  const cloud = i % clouds.length;
  const [x, y, wide] = clouds[cloud];
  const far = Math.sqrt(-2 * Math.log(random() + 1e-9)) * wide;
  const angle = 2 * Math.PI * random();
  const place = (at) => Math.max(0, Math.min(65_535, Math.round(65_535 * (0.1 + 0.8 * at))));
  xy[2 * i] = place(x + far * Math.cos(angle));
  xy[2 * i + 1] = place(y + far * Math.sin(angle));
  classes[i] = cloud;
}
const host = document.querySelector('#map');
const map = new PointMap(host);
const events = [];
for (const name of ['map-lasso', 'map-pick', 'map-hover']) {
  host.addEventListener(name, (event) => events.push([name, event.detail]));
}
map.setPoints(xy);
map.setColours(classes, CATEGORIES);
Object.assign(window, { map, xy, classes, events });
