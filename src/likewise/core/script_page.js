// What every page of one script begins with: its data, and how it makes elements.
'use strict';
const data = JSON.parse(/** @type {HTMLElement} */ (document.getElementById('data')).textContent ?? '{}');

/**
 * An element; children that are strings are text.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string)} children
 */
const h = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};

