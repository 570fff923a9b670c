// Text from listings, made harmless: direction overrides and invisible characters become
// visible marks, so that they neither reorder the text nor hide in it.

import { makeElement } from "./elements.js";

/** @import { MarkedPart } from "./types.js" */

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
/** @type {Record<string, string>} */
const NAMES = {
  "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF", "\u202d": "LRO", "\u202e": "RLO",
  "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI", "\u2069": "PDI",
  "\u200e": "LRM", "\u200f": "RLM", "\u200b": "ZWSP", "\u2060": "WJ",
  "\ufeff": "BOM", "\u00ad": "SHY", "\u061c": "ALM",
};

/**
 * Append a text to an element, with a mark in place of each control character.
 *
 * @param {HTMLElement} node
 * @param {string} text
 */
export function appendInert(node, text) {
  let done = 0;
  for (const { 0: found, index } of text.matchAll(CONTROL)) {
    node.append(text.slice(done, index), markControl(found));
    done = index + found.length;
  }
  node.append(text.slice(done));
}

/** @param {string} character */
function markControl(character) {
  const number = character.codePointAt(0) ?? 0;
  const code = `U+${number.toString(16).toUpperCase().padStart(4, "0")}`;
  const mark = makeElement("span", "lc-control", NAMES[character] ?? code);
  mark.title = `invisible character ${code}`;
  return mark;
}

/**
 * Make a block of text that runs in its own direction, its evidence marked.
 *
 * @param {string} className
 * @param {MarkedPart[]} parts
 */
export function makeTextBlock(className, parts) {
  const block = makeElement("div", `lc-clip ${className}`);
  const text = makeElement("bdi", "lc-text");
  text.dir = "auto";
  for (const [part, why] of parts) {
    const node = why ? makeElement("mark") : makeElement("span");
    if (why) node.title = why;
    appendInert(node, part);
    text.append(node);
  }
  block.append(text);
  return block;
}
