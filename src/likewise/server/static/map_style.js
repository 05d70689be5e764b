// The look of the map.

import { styleSheet } from './style_sheet.js';

export const adoptMapStyle = styleSheet(`
.lw-map { position: relative; touch-action: none; outline-offset: -3px; min-height: 0;
  overflow: hidden; cursor: grab; }
.lw-map.lasso { cursor: crosshair; }
.lw-map canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.lw-map-tools { position: absolute; right: 8px; top: 8px; display: grid; gap: 4px; }
.lw-map-tools button { width: 30px; height: 30px; padding: 0; border-radius: 6px; cursor: pointer;
  font: 16px/1 system-ui, sans-serif; color: var(--ink, inherit); background: var(--panel, Canvas);
  border: 1px solid var(--line, #8886); }
.lw-map-tip img:not([hidden]) { display: block; max-width: 100%; }
.lw-map-tip figcaption { padding: 2px 6px; }
.lw-map-tools button[aria-pressed=true] { border-color: var(--focus, #2f6fed);
  box-shadow: inset 0 0 0 1px var(--focus, #2f6fed); }`);
