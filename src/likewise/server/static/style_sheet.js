/**
 * A style for elements, as a sheet of their document or shadow root; no policy forbids that.
 * @param {string} text
 * @returns {(host: HTMLElement) => void} adds the style where the element is, once
 */
export function styleSheet(text) {
  /** @type {CSSStyleSheet | undefined} */
  let sheet;
  return (host) => {
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(text);
    const root = /** @type {Document | ShadowRoot} */ (host.getRootNode());
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
  };
}
