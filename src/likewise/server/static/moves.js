// The keys that move the focus of a grid and select: the same on every page that has one.

/**
 * @param {import('./grid.js').Grid} grid
 * @param {(by: () => number) => () => void} go a command that moves by so many ranks
 * @param {(by: () => number) => () => void} extend the same, which selects on the way
 * @param {() => void} selectPage
 * @returns {import('./keys.js').Command[]}
 */
export function movesOf(grid, go, extend, selectPage) {
  const page = () => grid.columns * grid.rowsOnPage;
  return [
    { id: 'right', keys: ['right'], label: 'next image', run: go(() => 1), repeat: true },
    { id: 'left', keys: ['left'], label: 'image before', run: go(() => -1), repeat: true },
    { id: 'down', keys: ['down'], label: 'row below', run: go(() => grid.columns), repeat: true },
    { id: 'up', keys: ['up'], label: 'row above', run: go(() => -grid.columns), repeat: true },
    { id: 'select-right', keys: ['shift+right'], label: 'select the next image', run: extend(() => 1), repeat: true },
    { id: 'select-left', keys: ['shift+left'], label: 'select the image before', run: extend(() => -1), repeat: true },
    { id: 'select-down', keys: ['shift+down'], label: 'select to the row below', run: extend(() => grid.columns), repeat: true },
    { id: 'select-up', keys: ['shift+up'], label: 'select to the row above', run: extend(() => -grid.columns), repeat: true },
    { id: 'select-page', keys: ['ctrl+a'], label: 'select the page', run: selectPage },
    { id: 'page-down', keys: ['pagedown'], label: 'next page', run: go(page), repeat: true },
    { id: 'page-up', keys: ['pageup'], label: 'page before', run: go(() => -page()), repeat: true },
    { id: 'home', keys: ['home'], label: 'first image', run: go(() => -grid.length) },
    { id: 'end', keys: ['end'], label: 'last image', run: go(() => grid.length) },
  ];
}
