// A line to type in: why it is flagged, why it is labeled so, what is searched.

import { keepShortcutsAway, makeElement } from "./elements.js";

const MAX_LENGTH = 2000;

/**
 * Make a line to type in; Enter uses what it holds, Enter and Escape close it.
 *
 * @param {string} label
 * @param {string} value
 * @param {(text: string) => void} use
 * @param {() => void} close
 */
export function makeTypingLine(label, value, use, close) {
  const input = makeElement("input", "lc-input");
  keepShortcutsAway(input);
  input.setAttribute("aria-label", label);
  input.placeholder = label;
  input.maxLength = MAX_LENGTH;
  input.value = value;
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    if (event.key === "Enter") use(input.value.trim());
    close();
  });
  return input;
}
