import * as dom from '/static/dom.js';

Object.assign(window, dom);
