import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edgeOf } from '../../../src/likewise/server/static/facet_range.js';
import { inWords, titleOf, toggled } from '../../../src/likewise/server/static/facets.js';
import { withoutCommands } from '../../../src/likewise/server/static/messages.js';
import { MapPoints } from '../../../src/likewise/server/static/map_points.js';
import { MapView } from '../../../src/likewise/server/static/map_view.js';

test('a choice in words', () => {
  assert.equal(inWords({ values: ['red', null] }), 'red, none');
  assert.equal(inWords({ low: 5, high: null }), 'from 5');
  assert.equal(inWords({ low: null, high: 1234.5678 }), 'up to 1,234.568');
  assert.equal(inWords({ low: '2020-01-02T00:00:00', high: '2020-01-05T23:59:59' }), '2020-01-02 to 2020-01-05');
  assert.equal(inWords({ values: [] }), '');
  assert.equal(titleOf('metadata.base_colour'), 'base colour');
});

test('a value is ticked and unticked', () => {
  const red = toggled(undefined, 'red');
  assert.deepEqual(red, { values: ['red'] });
  assert.deepEqual(toggled(red, null), { values: ['red', null] });
  assert.deepEqual(toggled(red, 'red'), { values: [] });
});

test('edges of the parts of a range', () => {
  const numbers = { kind: 'numbers', low: 10, high: 30, counts: [0, 0, 0, 0] };
  assert.deepEqual([0, 1, 4].map((edge) => edgeOf(numbers, edge)), [10, 15, 30]);
  const times = { kind: 'times', low: '2020-01-01T00:00:00', high: '2020-01-03T00:00:00', counts: [0, 0] };
  assert.equal(edgeOf(times, 1), '2020-01-02T00:00:00');
});

test('a pixel stays under the pointer while a map zooms', () => {
  const view = Object.assign(new MapView(), { width: 640, height: 400 });
  const pixel = [100, 300];
  const point = view.dataAt(pixel);
  view.zoomBy(5, pixel);
  view.pixelAt(point).forEach((at, i) => assert.ok(Math.abs(at - pixel[i]) < 1e-6));
  view.panBy(10, -20);
  view.pixelAt(point).forEach((at, i) => assert.ok(Math.abs(at - [110, 280][i]) < 1e-6));
});

test('points that are left out are in no lasso and under no pointer', () => {
  const view = Object.assign(new MapView(), { width: 100, height: 100 });
  const points = new MapPoints();
  points.set(Uint16Array.of(0, 0, 65535, 65535, 32768, 32768));
  points.setColours(Uint8Array.of(1, 2, 3), ['#000000']);
  const all = [[0, 0], [100, 0], [100, 100], [0, 100]];
  assert.deepEqual([...points.inside(all, view)], [0, 1, 2]);
  points.setShown(Uint8Array.of(1, 0, 1));
  assert.deepEqual([...points.inside(all, view)], [0, 2]);
  assert.equal(points.shown, 2);
  assert.deepEqual([...points.classes].sort(), [1, 3]);
  assert.equal(points.nearest(view.pixelAt(points.at(1)), view), -1);
  assert.equal(points.nearest(view.pixelAt(points.at(2)), view), 2);
  points.setShown(null);
  assert.equal(points.nearest(view.pixelAt(points.at(1)), view), 1);
});

test('commands of a shell are left out of what the page says', () => {
  const said = "the rule of 'disc' gives no probabilities (3 labels); label more with likewise concept label, or leave --min-probability out";
  assert.equal(withoutCommands(said), "the rule of 'disc' gives no probabilities (3 labels)");
  assert.equal(withoutCommands('x -- y; likewise failed at this'), 'x -- y; likewise failed at this');
  assert.equal(withoutCommands('there is no job 7; see GET /api/jobs'), 'there is no job 7; see GET /api/jobs');
  assert.equal(withoutCommands('try likewise doctor'), 'try likewise doctor');
});
