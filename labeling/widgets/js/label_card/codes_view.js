// The codes as chips, field by field, the presets above them.

import { makeElement } from "./elements.js";
import { listAskedFields, listChosen } from "./codebook.js";

/** @import { Answer, Choice, Code, Codebook, Field } from "./types.js" */

/**
 * Show the codes that may be chosen now.
 *
 * @param {HTMLElement} holder
 * @param {Codebook} book
 * @param {Answer} answer
 * @param {(choice: Choice) => void} choose
 * @param {Code[] | null} only of the primary label, while it is searched
 */
export function showCodes(holder, book, answer, choose, only) {
  const presets = makeElement("div", "lc-field");
  for (const preset of book.presets) {
    const chip = makeChip(preset.key, preset.name, "fills everything", false);
    chip.addEventListener("click", () => choose({ preset }));
    presets.append(chip);
  }
  const groups = listAskedFields(book, answer).map((field) => {
    const codes = only && field === book.fields[0] ? only : field.codes;
    return makeFieldGroup(field, codes, listChosen(answer, field), choose);
  });
  holder.replaceChildren(presets, ...groups);
}

/**
 * @param {Field} field
 * @param {Code[]} codes
 * @param {string[]} chosen
 * @param {(choice: Choice) => void} choose
 */
function makeFieldGroup(field, codes, chosen, choose) {
  const group = makeElement("div", "lc-field");
  group.append(makeElement("div", chosen.length ? "lc-ask" : "lc-ask lc-todo", field.ask));
  for (const code of codes) {
    const chip = makeChip(code.key, code.name, `${code.code}: ${code.test ?? code.name}`, chosen.includes(code.code));
    chip.addEventListener("click", () => choose({ field, code }));
    group.append(chip);
  }
  return group;
}

/**
 * @param {string} key
 * @param {string} name
 * @param {string} title
 * @param {boolean} chosen
 */
function makeChip(key, name, title, chosen) {
  const chip = makeElement("button", chosen ? "lc-chip lc-chosen" : "lc-chip");
  chip.type = "button";
  chip.tabIndex = -1;
  chip.title = title;
  chip.setAttribute("aria-pressed", String(chosen));
  chip.append(makeElement("kbd", "", key), ` ${name}`);
  return chip;
}
