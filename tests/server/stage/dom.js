import * as dom from '/static/dom.js';

Object.assign(window, dom);
import grid from '/static/grid.js';
import map from '/static/map.js';

Object.assign(window, { gridWidget: grid, mapWidget: map });
