// What may be answered, by the rules of the codebook; nothing here touches the page.

/** @import { Answer, Choice, Code, Codebook, Field } from "./types.js" */

/**
 * List the fields that an answer asks for, the primary one first.
 *
 * @param {Codebook} book
 * @param {Answer} answer
 * @returns {Field[]}
 */
export function listAskedFields(book, answer) {
  const primary = answer[book.fields[0].name];
  return book.fields.filter((field, n) => {
    if (n === 0) return true;
    if (typeof primary !== "string" || !primary) return false;
    return (!field.only_if || field.only_if.includes(primary)) && !field.unless?.includes(primary);
  });
}

/**
 * List the codes that an answer holds for a field.
 *
 * @param {Answer} answer
 * @param {Field} field
 * @returns {string[]}
 */
export function listChosen(answer, field) {
  return [answer[field.name] ?? []].flat();
}

/**
 * Find what each pair of keys chooses.
 *
 * @param {Codebook} book
 * @returns {Map<string, Choice>}
 */
export function indexByKey(book) {
  /** @type {Map<string, Choice>} */
  const found = new Map();
  for (const field of book.fields) {
    for (const code of field.codes) found.set(code.key, { field, code });
  }
  for (const preset of book.presets) found.set(preset.key, { preset });
  return found;
}

/**
 * Choose a code or a preset: give the new answer, and what is to be said of it.
 *
 * @param {Codebook} book
 * @param {Answer} before
 * @param {Choice} choice
 * @returns {{ answer: Answer, note: string }}
 */
export function applyChoice(book, before, choice) {
  const answer = "preset" in choice ? { ...choice.preset.fills } : chooseCode(book, before, choice.field, choice.code);
  const asked = new Set(listAskedFields(book, answer).map((one) => one.name));
  for (const name of Object.keys(answer)) if (!asked.has(name)) delete answer[name];
  const unasked = "field" in choice && !asked.has(choice.field.name);
  return { answer, note: unasked ? `${choice.field.name} is not asked for this label.` : "" };
}

/**
 * @param {Codebook} book
 * @param {Answer} before
 * @param {Field} field
 * @param {Code} code
 * @returns {Answer}
 */
function chooseCode(book, before, field, { code, fills }) {
  if (field.multiple) {
    const chosen = listChosen(before, field);
    const rest = chosen.filter((one) => one !== code);
    return { ...before, [field.name]: chosen.includes(code) ? rest : [...chosen, code] };
  }
  return { ...before, ...(field === book.fields[0] ? fills : {}), [field.name]: code };
}

/**
 * Find the codes of the primary label whose name, code or test holds a text.
 *
 * @param {Codebook} book
 * @param {string} text
 * @returns {Code[]}
 */
export function searchPrimaryCodes(book, text) {
  const wanted = text.toLowerCase();
  return book.fields[0].codes.filter(({ code, name, test }) => `${code} ${name} ${test ?? ""}`.toLowerCase().includes(wanted));
}
