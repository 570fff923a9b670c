// What is shown of a listing: which one it is, its text and price, what speaks for and
// against it.

import { focusInPlace, makeElement } from "./elements.js";
import { appendInert, makeTextBlock } from "./inert_text.js";

/** @import { Item, Price } from "./types.js" */

const ID_LENGTH = 60;

/**
 * Show an item in place of the one before, its long texts folded.
 *
 * @param {HTMLElement} holder
 * @param {Item} item
 * @param {HTMLElement} card what has the focus again after a click
 */
export function showItem(holder, item, card) {
  const facts = makeElement("div", "lc-facts");
  for (const [name, value] of item.facts) {
    facts.append(makeElement("span", "lc-quiet", name), makeTextBlock("lc-fact", [[value, ""]]));
  }
  holder.className = "lc-item";
  holder.replaceChildren(
    makeOrigin(item, card),
    makeTextBlock("lc-title", item.title),
    makePrice(item.price),
    facts,
    makeTextBlock("lc-body", item.text),
    makeEvidence(item),
    makeSignals(item),
    makeMissing(item, card),
  );
  addUnfolding(holder, card);
}

/**
 * Say why there is no item.
 *
 * @param {HTMLElement} holder
 * @param {string} reason
 */
export function showNoItem(holder, reason) {
  holder.className = "lc-item";
  holder.replaceChildren(makeElement("p", "lc-empty", reason));
}

/**
 * Unfold all that is folded, or fold it again.
 *
 * @param {HTMLElement} holder
 */
export function unfoldItem(holder) {
  const open = holder.classList.toggle("lc-open");
  for (const fold of holder.querySelectorAll("details")) fold.open = open;
}

/**
 * Put a button below each text that is cut off; that is known once it is on the page.
 *
 * @param {HTMLElement} holder
 * @param {HTMLElement} card
 */
function addUnfolding(holder, card) {
  for (const clip of holder.querySelectorAll(":scope > .lc-clip")) {
    if (clip.scrollHeight <= clip.clientHeight + 2) continue;
    const more = makeElement("button", "lc-more", "show more / less (Space)");
    more.type = "button";
    more.addEventListener("click", () => {
      holder.classList.toggle("lc-open");
      focusInPlace(card);
    });
    clip.after(more);
  }
}

/**
 * Say which listing this is, whose, and where it can be looked at.
 *
 * @param {Item} item
 * @param {HTMLElement} card
 */
function makeOrigin({ id, seller, link }, card) {
  const line = makeElement("div", "lc-origin");
  for (const [name, value] of /** @type {const} */ ([["listing", id], ["seller", seller]])) {
    if (!value) continue;
    const part = makeElement("span", "lc-clip", `${name} `);
    const shown = makeElement("bdi", "lc-id");
    appendInert(shown, value.length > ID_LENGTH ? `${value.slice(0, ID_LENGTH)}…` : value);
    part.append(shown);
    line.append(part);
  }
  if (link && /^https?:\/\/[^\s/]/.test(link)) line.append(makeLink(link, card));
  return line;
}

/**
 * @param {string} link
 * @param {HTMLElement} card
 */
function makeLink(link, card) {
  const open = makeElement("a", "lc-link", "open its page ↗");
  open.href = link;
  open.target = "_blank";
  open.rel = "noopener noreferrer"; // the shop does not learn who looks, nor reach back
  open.title = link;
  open.addEventListener("click", () => focusInPlace(card));
  return open;
}

/** @param {Price} price */
function makePrice({ amount, currency, ratio, group }) {
  const line = makeElement("div", "lc-price");
  if (amount === undefined) {
    line.append(makeElement("span", "lc-quiet", "no price"));
    return line;
  }
  const shown = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 }).format(amount);
  const label = makeElement("bdi", "lc-amount");
  appendInert(label, `${shown} ${currency ?? ""}`);
  line.append(label);
  if (ratio === undefined) {
    line.append(makeElement("span", "lc-quiet", "no group to compare with"));
    return line;
  }
  const compared = `${ratio.toFixed(2)} × the median of ${group ?? "its group"}`;
  line.append(makeScale(ratio), makeElement("span", "", compared));
  return line;
}

/** @param {number} ratio to the median, which is the middle of the scale */
function makeScale(ratio) {
  const scale = makeElement("span", "lc-scale");
  const dot = makeElement("span", "lc-dot");
  const place = Math.min(1, Math.max(0, 0.5 + Math.log2(Math.max(ratio, 1e-6)) / 8)); // 1/16 to 16
  dot.style.left = `${100 * place}%`;
  scale.append(dot);
  return scale;
}

/** @param {Item} item */
function makeEvidence({ evidence }) {
  const list = makeElement("ul", "lc-evidence");
  for (const [part, why, times] of evidence) {
    const row = makeElement("li");
    const mark = makeElement("mark");
    const quote = makeElement("bdi");
    appendInert(quote, part);
    mark.append(quote);
    row.append(mark, ` ${why}${times > 1 ? ` (${times} times)` : ""}`);
    list.append(row);
  }
  return list;
}

/** @param {Item} item */
function makeSignals({ signals }) {
  const list = makeElement("ul", "lc-signals");
  for (const { name, value, yes } of signals) {
    const row = makeElement("li", "", yes ? name : `${name}: `);
    if (!yes) row.append(makeElement("b", "", `${+value.toPrecision(3)}`));
    list.append(row);
  }
  return list;
}

/**
 * Fold what could not be computed into one line, which opens.
 *
 * @param {Item} item
 * @param {HTMLElement} card
 */
function makeMissing({ missing }, card) {
  const fold = makeElement("details", "lc-missing");
  const count = missing.reduce((sum, one) => sum + one.count, 0);
  if (!count) return fold;
  const head = makeElement("summary", "lc-quiet", `${count} ${count === 1 ? "signal" : "signals"} not known`);
  head.tabIndex = -1;
  fold.append(head, ...missing.map(({ name, reason }) => makeElement("p", "lc-quiet", `${reason}: ${name}`)));
  fold.addEventListener("click", () => setTimeout(() => focusInPlace(card)));
  return fold;
}
