// The look of the grid.

import { styleSheet } from './style_sheet.js';

const GAP = 6; // pixels between pictures

export const adoptGridStyle = styleSheet(`
.lw-grid { position: relative; touch-action: pan-y pinch-zoom; overflow: hidden auto; contain: strict; overflow-anchor: none;
  outline: none; min-height: 0; }
.lw-space { position: absolute; inset: 0 auto auto 0; width: 1px; }
.lw-tile { position: absolute; inset: 0 auto auto 0; width: var(--cell); height: var(--cell);
  padding: ${GAP / 2}px; contain: strict; box-sizing: border-box; cursor: default; }
.lw-frame { position: relative; width: 100%; height: 100%; border-radius: 6px; overflow: hidden;
  background: var(--tile, #8883); }
.lw-frame img { display: block; width: 100%; height: 100%; object-fit: contain; }
.lw-frame img:not([src]) { visibility: hidden; }
.lw-part { position: absolute; border: 2px solid #ffd60a; border-radius: 2px; pointer-events: none;
  box-sizing: border-box; box-shadow: 0 0 0 1px #000b, inset 0 0 0 1px #000b; }
.lw-tile::after { position: absolute; right: 8px; bottom: 8px; width: 20px; height: 20px;
  border-radius: 50%; font: 700 13px/20px system-ui, sans-serif; text-align: center;
  box-shadow: 0 0 0 2px var(--bg, #fff); }
.lw-tile::before { position: absolute; inset: ${GAP / 2}px; border-radius: 6px; z-index: 1;
  pointer-events: none; content: ""; border: 2px solid transparent; }
.lw-tile.yes::before { border-color: var(--yes, #0b7a4b); }
.lw-tile.no::before { border-color: var(--no, #c22f3a); }
.lw-tile.skip::before { border: 2px dashed var(--dim, #667); }
.lw-tile.derived::before { border: 2px dashed var(--no, #c22f3a); }
.lw-tile.no img { opacity: .35; }
.lw-tile.derived img { opacity: .55; }
.lw-tile.skip img { opacity: .55; }
.lw-tile.yes::after { content: "✓" / ""; background: var(--yes, #0b7a4b); color: var(--on-mark, #fff); }
.lw-tile.no::after { content: "✕" / ""; background: var(--no, #c22f3a); color: var(--on-mark, #fff); }
.lw-tile.derived::after { content: "✕" / ""; background: var(--bg, #fff); color: var(--no, #c22f3a);
  box-shadow: inset 0 0 0 2px var(--no, #c22f3a); }
.lw-tile.skip::after { content: "–" / ""; background: var(--dim, #667); color: var(--bg, #fff); }
.lw-tile.selected .lw-frame { box-shadow: 0 0 0 2px var(--select, #7a4fd0); }
.lw-tile.selected::before { background: color-mix(in srgb, var(--select, #7a4fd0) 28%, transparent); }
.lw-tile.above::before { border-bottom-color: var(--yes, #0b7a4b); }
.lw-tile.threshold { box-shadow: inset 3px 0 0 var(--focus, #2f6fed); }
.lw-tile.focus::before { outline: 3px solid var(--focus, #2f6fed); outline-offset: -1px; }
.lw-grid:focus-visible .lw-tile.focus::before { outline-width: 4px; }
.lw-edge { position: absolute; inset: 0 0 auto 0; height: 26px; display: flex; align-items: center;
  gap: 10px; padding: 0 3px; pointer-events: none; color: var(--dim, #667);
  font: 12px/1 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.lw-edge[hidden] { display: none; }
.lw-edge::before, .lw-edge::after { content: ""; flex: 1; border-top: 2px solid var(--edge, #828b9b); }
.lw-grid.lw-stale .lw-frame { opacity: .5; }
.lw-hand { position: absolute; bottom: 8px; left: 8px; z-index: 2; width: 30px; height: 30px;
  border-radius: 50%; display: none; font: 700 15px/30px system-ui, sans-serif; text-align: center;
  color: var(--on-mark, #fff); background: var(--yes, #0b7a4b); box-shadow: 0 0 0 2px var(--bg, #fff);
  cursor: pointer; }
.lw-hand + .lw-hand { left: 46px; background: var(--no, #c22f3a); }
.lw-tile:hover .lw-hand { display: block; }
@media (hover: none) { .lw-hand { display: block; width: 36px; height: 36px; line-height: 36px; }
  .lw-hand + .lw-hand { left: 54px; } }
.lw-caption { position: absolute; inset: auto ${GAP / 2}px ${GAP / 2}px; padding: 2px 30px 3px 6px; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; border-radius: 0 0 6px 6px; pointer-events: none;
  font: 12px/16px system-ui, sans-serif; color: var(--ink, #14171d); background: var(--panel, #fff); }
.lw-value { position: absolute; inset: 3px 3px auto; height: 6px; z-index: 1; background: var(--value);
  border-radius: 6px 6px 0 0; pointer-events: none; }
.lw-value[hidden] { display: none; }
.lw-value::after { content: attr(data-letter) / ""; position: absolute; left: 4px; top: 3px; min-width: 18px; height: 18px;
  border-radius: 5px; background: var(--value); color: #0f1014; border: 1px solid #0f1014;
  font: 700 12px/16px system-ui, sans-serif; text-align: center; }
@media (forced-colors: active) { .lw-value { background: CanvasText; }
  .lw-value::after { background: Canvas; color: CanvasText; border-color: CanvasText; } }
.lw-caption[hidden] { display: none; }
.lw-tile.derived .lw-caption { inset: ${GAP / 2}px ${GAP / 2}px auto; padding: 2px 6px 3px; white-space: normal;
  border-radius: 6px 6px 0 0; }
.lw-tile.broken .lw-frame::after { content: "cannot be shown" / ""; position: absolute; inset: 0;
  display: grid; place-items: center; text-align: center; font: 12px system-ui, sans-serif;
  color: var(--dim, #667); }
.lw-tile.broken img { visibility: hidden; }`);
