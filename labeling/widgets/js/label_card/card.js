// How the card works: what a key does, and what the kernel's replies change.

import { applyChoice, indexByKey, listAskedFields, listChosen, searchPrimaryCodes } from "./codebook.js";
import { showCodes } from "./codes_view.js";
import { focusInPlace } from "./elements.js";
import { CardFrame } from "./frame.js";
import { showItem, showNoItem, unfoldItem } from "./item_view.js";
import { KernelLink } from "./kernel_link.js";
import { readKey, readScroll } from "./keys.js";
import { makeTypingLine } from "./typing_line.js";

/** @import { Answer, Choice, Code, Codebook, Item, ItemsReply, KeptAct, Progress, Reply, WidgetModel } from "./types.js" */

export class Card {
  /**
   * @param {WidgetModel} model
   * @param {HTMLElement} place
   */
  constructor(model, place) {
    /** @type {Codebook | null} until the kernel has answered */
    this.book = null;
    /** @type {Map<string, Choice>} */
    this.byKey = new Map();
    /** @type {Map<string, Item>} item key -> what is shown of it */
    this.content = new Map();
    /** @type {string[]} item keys, the one on the screen first */
    this.order = [];
    /** @type {Progress | null} */
    this.progress = null;
    /** @type {Answer} */
    this.answer = {};
    this.why = "";
    this.shown = performance.now();
    /** @type {string[]} presses not handled yet */
    this.keys = [];
    this.stroke = "";
    this.note = "";
    /** @type {HTMLInputElement | null} */
    this.typing = null;
    this.frame = new CardFrame(place);
    this.listenToPage();
    this.link = new KernelLink(model, this);
    this.link.open();
  }

  destroy() {
    this.link.close();
  }

  listenToPage() {
    const { root } = this.frame;
    root.addEventListener("keydown", (event) => this.takeKey(event));
    root.addEventListener("mousedown", ({ target }) => {
      if (!(target instanceof Element && target.closest("input,button"))) this.frame.focusCard();
    });
    root.addEventListener("focusin", () => this.showLine());
    root.addEventListener("focusout", () => this.showLine());
  }

  // --- what the kernel says; KernelLink calls these ---------------------------------

  /**
   * @param {Reply} reply
   * @param {KeptAct | undefined} act
   */
  takeReply(reply, act) {
    if (reply.kind === "state") {
      this.book = reply.codebook;
      this.byKey = indexByKey(reply.codebook);
    }
    if (reply.kind === "refused" && act) this.note = reply.text;
    if (reply.kind === "saved" && act) this.tellSaved(reply, act);
    if ("progress" in reply) {
      this.progress = reply.progress;
      this.frame.showProgress(reply.progress);
    }
    if ("order" in reply) this.mergeItems(reply, act);
    this.showState();
    this.pressWaiting();
  }

  showState() {
    this.frame.showStatus(this.link, this.book !== null);
  }

  stop() {
    this.keys = [];
    this.showState();
    this.showLine();
  }

  hasItems() {
    return this.book !== null && this.order.length > 0;
  }

  /**
   * @param {Extract<Reply, { kind: "saved" }>} reply
   * @param {KeptAct} act
   */
  tellSaved(reply, act) {
    if (act.kind === "flag") this.note = "Flagged for the lead.";
    const { kind, key, answer } = { key: undefined, answer: undefined, ...act };
    const detail = { number: reply.number, id: reply.id, kind, key, answer };
    this.frame.root.dispatchEvent(new CustomEvent("labelcard:saved", { bubbles: true, detail }));
  }

  /**
   * @param {ItemsReply & { answer?: Answer, key?: string }} reply
   * @param {KeptAct | undefined} act
   */
  mergeItems({ order, items, answer, key }, act) {
    for (const item of items) this.content.set(item.key, item);
    const undone = act?.kind === "undo";
    const before = this.order[0];
    const busy = new Set(this.link.listPending().flatMap((one) => ("key" in one && one.kind !== "flag" ? one.key : [])));
    this.order = order.filter((one) => !busy.has(one) && this.content.has(one));
    // what a person is looking at stays, whatever became free in the meantime
    const first = undone ? key : before;
    if (first !== undefined && this.order.includes(first)) {
      this.order = [first, ...this.order.filter((one) => one !== first)];
    }
    for (const one of this.content.keys()) if (!order.includes(one)) this.content.delete(one);
    if (this.order[0] !== before || undone || !this.order.length) this.show(undone ? answer : {});
  }

  // --- what the annotator presses ---------------------------------------------------

  /** @param {KeyboardEvent} event */
  takeKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    event.stopPropagation();
    if (event.target !== this.frame.root) return;
    const down = readScroll(event);
    if (down) this.frame.item.scrollBy(0, down);
    const key = readKey(event);
    if (!key) return;
    event.preventDefault();
    if (event.repeat) return; // a key held down is one press
    this.keys.push(key);
    this.pressWaiting();
  }

  pressWaiting() {
    if (this.link.gone) this.keys = [];
    for (let key = this.keys[0]; key !== undefined && !this.mustWait(key); key = this.keys[0]) {
      this.keys.shift();
      this.press(key);
    }
    this.showLine();
  }

  /** @param {string} key */
  mustWait(key) {
    const pending = this.link.listPending();
    if (!this.book || pending.some((one) => one.kind === "undo")) return true;
    return !this.order.length && key !== "u" && pending.length > 0;
  }

  /** @param {string} key */
  press(key) {
    this.note = "";
    const item = this.order[0];
    if (key === "Escape" || key === "Backspace") this.stroke = "";
    else if (this.stroke) this.pressSecond(key);
    else if (key === "u") this.link.sendAct({ kind: "undo" });
    else if (item === undefined) this.note = this.explainEmpty();
    else this.pressFirst(key, item);
  }

  /**
   * @param {string} key
   * @param {string} item the key of the item on the screen
   */
  pressFirst(key, item) {
    if (key === "Enter") this.submit(item);
    else if (key === "x") this.leaveItem(() => this.link.sendAct({ kind: "skip", key: item }));
    else if (key === "f") this.ask("Why flag it? (Enter sends, Esc leaves)", (text) => this.flag(text));
    else if (key === "a") this.ask("Why this label? (one sentence, Enter keeps it)", (text) => { this.why = text; }, this.why);
    else if (key === "/") this.search();
    else if (key === " ") unfoldItem(this.frame.item);
    else if ([...this.byKey.keys()].some((code) => code[0] === key)) this.stroke = key;
    else this.note = `No code begins with ${key}.`;
  }

  /** @param {string} key */
  pressSecond(key) {
    const code = this.stroke + key;
    this.stroke = "";
    const choice = this.byKey.get(code);
    if (choice) this.choose(choice);
    else this.note = `There is no code ${code}.`;
  }

  /** @param {Choice} choice */
  choose(choice) {
    if (!this.book) return;
    const { answer, note } = applyChoice(this.book, this.answer, choice);
    this.answer = answer;
    if (note) this.note = note;
    this.showCodes();
  }

  /** @param {string} item */
  submit(item) {
    if (!this.book) return;
    const { answer, why } = this;
    const open = listAskedFields(this.book, answer).find((field) => !listChosen(answer, field).length);
    if (open) {
      this.note = `Still open: ${open.ask}`;
      return;
    }
    const seconds = (performance.now() - this.shown) / 1000;
    this.leaveItem(() => this.link.sendAct({ kind: "submit", key: item, answer, text: why, seconds }));
  }

  /**
   * Go on to the next item at once, whatever becomes of what was sent.
   *
   * @param {() => void} send
   */
  leaveItem(send) {
    this.order.shift();
    send();
    this.show({});
  }

  /** @param {string} text */
  flag(text) {
    const [item] = this.order;
    if (item !== undefined) this.link.sendAct({ kind: "flag", key: item, text });
  }

  search() {
    const { book } = this;
    if (!book) return;
    const input = this.ask("Search the labels (Enter takes the first)", (text) => {
      const code = text && searchPrimaryCodes(book, text)[0];
      if (code) this.choose({ field: book.fields[0], code });
      else this.note = "No label holds that.";
      this.showCodes();
    });
    input.addEventListener("input", () => {
      const text = input.value.trim();
      this.showCodes(text ? searchPrimaryCodes(book, text) : null);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.showCodes();
    });
  }

  /**
   * @param {string} label
   * @param {(text: string) => void} use
   * @param {string} [value]
   */
  ask(label, use, value = "") {
    this.keys = [];
    this.typing = makeTypingLine(label, value, use, () => {
      this.typing = null;
      this.frame.focusCard();
      this.showLine();
    });
    this.showLine();
    focusInPlace(this.typing);
    return this.typing;
  }

  // --- what is on the screen --------------------------------------------------------

  /** @param {Answer} [answer] */
  show(answer) {
    this.answer = { ...answer };
    this.stroke = "";
    this.why = "";
    this.shown = performance.now();
    const item = this.content.get(this.order[0] ?? "");
    if (item) showItem(this.frame.item, item, this.frame.root);
    else showNoItem(this.frame.item, this.explainEmpty());
    this.showCodes();
  }

  explainEmpty() {
    if (this.link.pending.size || !this.progress) return "The next item is on its way…";
    return this.progress.left ? "The items that are left are with other annotators." : "Done: nothing is left to label.";
  }

  /** @param {Code[] | null} [only] */
  showCodes(only = null) {
    if (!this.book || !this.order.length) {
      this.frame.codes.replaceChildren();
      return;
    }
    showCodes(this.frame.codes, this.book, this.answer, (choice) => {
      this.choose(choice);
      this.frame.focusCard();
      this.showLine();
    }, only);
  }

  showLine() {
    if (this.typing) this.frame.showInput(this.typing);
    else this.frame.showLine(this.stroke, this.note, this.why);
  }
}
