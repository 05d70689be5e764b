// The lines that end the pages of a grid, with their numbers.

export class PageEdges {
  /** @type {HTMLElement[]} */
  #lines = [];

  /** @param {HTMLElement} host */
  constructor(host) {
    this.host = host;
  }

  /**
   * Draw a line under each page that is in the document; lines are reused.
   * @param {import('./layout.js').Layout} layout
   * @param {string[]} ids of the list
   * @param {ReadonlyMap<string, any>} marks of what is answered
   * @param {number} first rank in the document
   * @param {number} end the rank after the last one
   */
  draw(layout, ids, marks, first, end) {
    let used = 0;
    for (let page = layout.pageOf(first); layout.startOf(page) < end; page++) {
      const onPage = ids.slice(layout.startOf(page), layout.startOf(page + 1));
      const answered = onPage.filter((id) => marks.has(id)).length;
      const line = (this.#lines[used++] ??= this.#make());
      const top = layout.topOf(page) + Math.ceil(onPage.length / layout.columns) * layout.cell;
      line.hidden = false;
      line.style.transform = `translate(0, ${top}px)`;
      const text = `Page ${(page + 1).toLocaleString('en')} · ${answered} of ${onPage.length} answered`;
      const label = /** @type {HTMLElement} */ (line.firstChild);
      if (label.textContent !== text) label.textContent = text;
    }
    for (const line of this.#lines.slice(used)) line.hidden = true;
  }

  #make() {
    const line = this.host.appendChild(document.createElement('div'));
    line.className = 'lw-edge';
    line.setAttribute('aria-hidden', 'true'); // the page says it in words that are read aloud
    line.appendChild(document.createElement('span'));
    return line;
  }
}
