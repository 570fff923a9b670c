// The frame of the card: how far one is, whether it is saved, the item and its codes,
// a line for what is being typed.

import { focusInPlace, keepShortcutsAway, makeElement } from "./elements.js";
import { HINTS } from "./keys.js";

/** @import { KernelLink } from "./kernel_link.js" */
/** @import { Progress } from "./types.js" */

export class CardFrame {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.root = makeElement("div", "lc-card");
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Label card");
    keepShortcutsAway(this.root);
    this.progress = makeElement("progress", "lc-bar");
    this.count = makeElement("span", "lc-count");
    this.status = makeElement("span", "lc-status lc-wait", "connecting…");
    this.status.setAttribute("role", "status");
    this.item = makeElement("div", "lc-item");
    this.codes = makeElement("div", "lc-codes");
    this.line = makeElement("div", "lc-line");
    this.line.setAttribute("aria-live", "polite");
    const head = makeElement("div", "lc-head");
    head.append(this.progress, this.count, this.status);
    const main = makeElement("div", "lc-main");
    main.append(this.item, this.codes);
    this.root.append(head, main, this.line, makeHints());
    place.append(this.root);
  }

  focusCard() {
    focusInPlace(this.root);
  }

  /** @param {Progress} progress */
  showProgress({ total, gone, labeled, skipped, left }) {
    this.progress.max = Math.max(1, total - gone);
    this.progress.value = labeled + skipped;
    this.count.textContent = `${labeled} labeled, ${skipped} skipped, ${left} left${gone ? `, ${gone} gone` : ""}`;
  }

  /**
   * @param {KernelLink} link
   * @param {boolean} started whether the kernel has said what is to be labeled
   */
  showStatus(link, started) {
    const { state, text } = describeStatus(link, started);
    this.status.className = `lc-status lc-${state}`;
    // a screen reader says the same text again when it is set again
    if (this.status.textContent !== text) this.status.textContent = text;
    this.root.classList.toggle("lc-gone", link.gone);
  }

  /**
   * @param {string} stroke the first of two keys
   * @param {string} note
   * @param {string} why the reason that goes with the answer
   */
  showLine(stroke, note, why) {
    const focused = this.root.contains(document.activeElement);
    const idle = focused ? "" : "Click here, then label with the keyboard.";
    const text = stroke ? `${stroke} …` : note || idle;
    this.line.replaceChildren(makeElement("span", stroke ? "lc-stroke" : "", text || " "));
    if (why) this.line.append(makeElement("span", "lc-quiet", ` why: ${why}`));
  }

  /** @param {HTMLInputElement} input */
  showInput(input) {
    if (!input.isConnected) this.line.replaceChildren(input);
  }
}

/**
 * @param {KernelLink} link
 * @param {boolean} started
 * @returns {{ state: "bad" | "wait" | "good", text: string }}
 */
function describeStatus({ pending, trouble, failure, number }, started) {
  const waiting = pending.size;
  const wrong = trouble ?? failure;
  if (wrong !== null) {
    const kept = waiting ? ` ${waiting} not saved, kept in this browser.` : "";
    return { state: "bad", text: `NOT SAVING. ${wrong}.${kept}`.replace("..", ".") };
  }
  if (!started) return { state: "wait", text: "connecting…" };
  if (waiting) return { state: "wait", text: `saving ${waiting}…` };
  return { state: "good", text: number ? `saved #${number}` : "ready" };
}

function makeHints() {
  const hints = makeElement("div", "lc-hints");
  for (const [key, what] of Object.entries(HINTS)) {
    const hint = makeElement("span");
    hint.append(makeElement("kbd", "", key), ` ${what}`);
    hints.append(hint);
  }
  return hints;
}
