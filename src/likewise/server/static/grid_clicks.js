// What a press on a tile does: it gets the focus, selects, or answers by one of its buttons.

/**
 * @param {import('./grid.js').Grid} grid
 * @param {import('./ranked_list.js').RankedList} list of the grid
 * @param {string} id of the tile
 * @param {boolean} keeps a plain press leaves the selection as it is
 * @param {MouseEvent} event
 */
export function pressTile(grid, list, id, keeps, event) {
  const { focus: from, pressed } = list;
  grid.focusOn(id);
  const mark = buttonOf(event);
  if (mark) grid.host.dispatchEvent(new CustomEvent('grid-answer', { detail: { id, mark: Number(mark) } }));
  else if (event.shiftKey) grid.select(list.range(from));
  else if (event.ctrlKey || event.metaKey) {
    const isFirst = pressed !== undefined && pressed !== id && !list.selection.size && !grid.marks.has(pressed);
    if (isFirst) grid.select([pressed]);
    grid.toggle(id);
  } else {
    list.beginRange();
    list.pressed = id;
    if (list.selection.size && !keeps) grid.select([]);
  }
}

/**
 * What the button says that was pressed on a tile; undefined beside one.
 * @param {MouseEvent} event
 */
export function buttonOf(event) {
  const button = /** @type {Element} */ (event.target).closest('.lw-hand');
  return /** @type {HTMLElement | null} */ (button)?.dataset.mark;
}
