// Elements of the page. Text is only ever set as text, never as markup.

/**
 * Make an element of a class that holds a text.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function makeElement(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/**
 * Focus an element and leave the page where it is.
 *
 * @param {HTMLElement} node
 */
export function focusInPlace(node) {
  node.focus({ preventScroll: true });
}

/**
 * Keep JupyterLab's shortcuts away: it looks for this on the focused element.
 *
 * @param {HTMLElement} node
 */
export function keepShortcutsAway(node) {
  node.setAttribute("data-lm-suppress-shortcuts", "true");
}
