// Keys: which one was pressed, and what the card says each does.

/** What each key does, as the card says it. */
export const HINTS = {
  "two keys": "choose a code", "/": "search", Enter: "submit", x: "skip", u: "undo",
  f: "flag", a: "add why", Space: "show more", Esc: "clear",
};

/** @type {Record<string, number>} */
const SCROLLS = { ArrowDown: 60, ArrowUp: -60, PageDown: 400, PageUp: -400 };

/**
 * Read a key by its letter; on a keyboard of another script by its place.
 *
 * @param {KeyboardEvent} event
 * @returns {string} empty for a key that the card does not know
 */
export function readKey(event) {
  if (["Enter", "Escape", "Backspace", " ", "/"].includes(event.key)) return event.key;
  if (/^[a-z0-9]$/i.test(event.key)) return event.key.toLowerCase();
  const place = /^(?:Key([A-Z])|Digit([0-9])|Numpad([0-9]))$/.exec(event.code);
  return place ? (place[1] ?? place[2] ?? place[3] ?? "").toLowerCase() : "";
}

/**
 * Read by how many pixels a key scrolls.
 *
 * @param {KeyboardEvent} event
 * @returns {number} 0 for a key that does not
 */
export function readScroll(event) {
  return SCROLLS[event.key] ?? 0;
}
