import * as dom from '/static/dom.js';

Object.assign(window, dom);
import grid from '/static/grid_widget.js';
import map from '/static/map_widget.js';

Object.assign(window, { gridWidget: grid, mapWidget: map });
