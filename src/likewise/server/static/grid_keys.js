// The keys of a list, for where no table of keys drives a grid.

/**
 * Arrows, pages and ends move, with Shift they select; Space selects.
 * @param {import('./grid.js').Grid} grid
 * @param {KeyboardEvent} event
 */
export function pressInGrid(grid, event) {
  const page = grid.rowsOnPage * grid.columns;
  const steps = /** @type {Record<string, number>} */ ({
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: grid.columns,
    ArrowUp: -grid.columns,
    PageDown: page,
    PageUp: -page,
    Home: -grid.length,
    End: grid.length,
  });
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in steps) grid.move(steps[event.key], { extend: event.shiftKey });
  else if (event.key === ' ' && grid.focusId !== undefined) grid.toggle(grid.focusId);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
