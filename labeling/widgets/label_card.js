// Made from labeling/widgets/js/label_card/index.js by `make widgets`; change that, not this.

// labeling/widgets/js/label_card/codebook.js
function listAskedFields(book, answer) {
  const primary = answer[book.fields[0].name];
  return book.fields.filter((field, n) => {
    if (n === 0) return true;
    if (typeof primary !== "string" || !primary) return false;
    return (!field.only_if || field.only_if.includes(primary)) && !field.unless?.includes(primary);
  });
}
function listChosen(answer, field) {
  return [answer[field.name] ?? []].flat();
}
function indexByKey(book) {
  const found = /* @__PURE__ */ new Map();
  for (const field of book.fields) {
    for (const code of field.codes) found.set(code.key, { field, code });
  }
  for (const preset of book.presets) found.set(preset.key, { preset });
  return found;
}
function applyChoice(book, before, choice) {
  const answer = "preset" in choice ? { ...choice.preset.fills } : chooseCode(book, before, choice.field, choice.code);
  const asked = new Set(listAskedFields(book, answer).map((one) => one.name));
  for (const name of Object.keys(answer)) if (!asked.has(name)) delete answer[name];
  const unasked = "field" in choice && !asked.has(choice.field.name);
  return { answer, note: unasked ? `${choice.field.name} is not asked for this label.` : "" };
}
function chooseCode(book, before, field, { code, fills }) {
  if (field.multiple) {
    const chosen = listChosen(before, field);
    const rest = chosen.filter((one) => one !== code);
    return { ...before, [field.name]: chosen.includes(code) ? rest : [...chosen, code] };
  }
  return { ...before, ...field === book.fields[0] ? fills : {}, [field.name]: code };
}
function searchPrimaryCodes(book, text) {
  const wanted = text.toLowerCase();
  return book.fields[0].codes.filter(({ code, name, test }) => `${code} ${name} ${test ?? ""}`.toLowerCase().includes(wanted));
}

// labeling/widgets/js/label_card/elements.js
function makeElement(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== void 0) node.textContent = text;
  return node;
}
function focusInPlace(node) {
  node.focus({ preventScroll: true });
}
function keepShortcutsAway(node) {
  node.setAttribute("data-lm-suppress-shortcuts", "true");
}

// labeling/widgets/js/label_card/codes_view.js
function showCodes(holder, book, answer, choose, only) {
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
function makeChip(key, name, title, chosen) {
  const chip = makeElement("button", chosen ? "lc-chip lc-chosen" : "lc-chip");
  chip.type = "button";
  chip.tabIndex = -1;
  chip.title = title;
  chip.setAttribute("aria-pressed", String(chosen));
  chip.append(makeElement("kbd", "", key), ` ${name}`);
  return chip;
}

// labeling/widgets/js/label_card/keys.js
var HINTS = {
  "two keys": "choose a code",
  "/": "search",
  Enter: "submit",
  x: "skip",
  u: "undo",
  f: "flag",
  a: "add why",
  Space: "show more",
  Esc: "clear"
};
var SCROLLS = { ArrowDown: 60, ArrowUp: -60, PageDown: 400, PageUp: -400 };
function readKey(event) {
  if (["Enter", "Escape", "Backspace", " ", "/"].includes(event.key)) return event.key;
  if (/^[a-z0-9]$/i.test(event.key)) return event.key.toLowerCase();
  const place = /^(?:Key([A-Z])|Digit([0-9])|Numpad([0-9]))$/.exec(event.code);
  return place ? (place[1] ?? place[2] ?? place[3] ?? "").toLowerCase() : "";
}
function readScroll(event) {
  return SCROLLS[event.key] ?? 0;
}

// labeling/widgets/js/label_card/frame.js
var CardFrame = class {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.root = makeElement("div", "lc-card");
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Label card");
    keepShortcutsAway(this.root);
    this.progress = makeElement("progress", "lc-bar");
    this.count = makeElement("span", "lc-count");
    this.status = makeElement("span", "lc-status lc-wait", "connecting\u2026");
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
    const text = stroke ? `${stroke} \u2026` : note || idle;
    this.line.replaceChildren(makeElement("span", stroke ? "lc-stroke" : "", text || " "));
    if (why) this.line.append(makeElement("span", "lc-quiet", ` why: ${why}`));
  }
  /** @param {HTMLInputElement} input */
  showInput(input) {
    if (!input.isConnected) this.line.replaceChildren(input);
  }
};
function describeStatus({ pending, trouble, failure, number }, started) {
  const waiting = pending.size;
  const wrong = trouble ?? failure;
  if (wrong !== null) {
    const kept = waiting ? ` ${waiting} not saved, kept in this browser.` : "";
    return { state: "bad", text: `NOT SAVING. ${wrong}.${kept}`.replace("..", ".") };
  }
  if (!started) return { state: "wait", text: "connecting\u2026" };
  if (waiting) return { state: "wait", text: `saving ${waiting}\u2026` };
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

// labeling/widgets/js/label_card/inert_text.js
var CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
var NAMES = {
  "\u202A": "LRE",
  "\u202B": "RLE",
  "\u202C": "PDF",
  "\u202D": "LRO",
  "\u202E": "RLO",
  "\u2066": "LRI",
  "\u2067": "RLI",
  "\u2068": "FSI",
  "\u2069": "PDI",
  "\u200E": "LRM",
  "\u200F": "RLM",
  "\u200B": "ZWSP",
  "\u2060": "WJ",
  "\uFEFF": "BOM",
  "\xAD": "SHY",
  "\u061C": "ALM"
};
function appendInert(node, text) {
  let done = 0;
  for (const { 0: found, index } of text.matchAll(CONTROL)) {
    node.append(text.slice(done, index), markControl(found));
    done = index + found.length;
  }
  node.append(text.slice(done));
}
function markControl(character) {
  const number = character.codePointAt(0) ?? 0;
  const code = `U+${number.toString(16).toUpperCase().padStart(4, "0")}`;
  const mark = makeElement("span", "lc-control", NAMES[character] ?? code);
  mark.title = `invisible character ${code}`;
  return mark;
}
function makeTextBlock(className, parts) {
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

// labeling/widgets/js/label_card/item_view.js
var ID_LENGTH = 60;
function showItem(holder, item, card) {
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
    makeMissing(item, card)
  );
  addUnfolding(holder, card);
}
function showNoItem(holder, reason) {
  holder.className = "lc-item";
  holder.replaceChildren(makeElement("p", "lc-empty", reason));
}
function unfoldItem(holder) {
  const open = holder.classList.toggle("lc-open");
  for (const fold of holder.querySelectorAll("details")) fold.open = open;
}
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
function makeOrigin({ id, seller, link }, card) {
  const line = makeElement("div", "lc-origin");
  for (
    const [name, value] of
    /** @type {const} */
    [["listing", id], ["seller", seller]]
  ) {
    if (!value) continue;
    const part = makeElement("span", "lc-clip", `${name} `);
    const shown = makeElement("bdi", "lc-id");
    appendInert(shown, value.length > ID_LENGTH ? `${value.slice(0, ID_LENGTH)}\u2026` : value);
    part.append(shown);
    line.append(part);
  }
  if (link && /^https?:\/\/[^\s/]/.test(link)) line.append(makeLink(link, card));
  return line;
}
function makeLink(link, card) {
  const open = makeElement("a", "lc-link", "open its page \u2197");
  open.href = link;
  open.target = "_blank";
  open.rel = "noopener noreferrer";
  open.title = link;
  open.addEventListener("click", () => focusInPlace(card));
  return open;
}
function makePrice({ amount, currency, ratio, group }) {
  const line = makeElement("div", "lc-price");
  if (amount === void 0) {
    line.append(makeElement("span", "lc-quiet", "no price"));
    return line;
  }
  const shown = new Intl.NumberFormat(void 0, { maximumFractionDigits: 2 }).format(amount);
  const label = makeElement("bdi", "lc-amount");
  appendInert(label, `${shown} ${currency ?? ""}`);
  line.append(label);
  if (ratio === void 0) {
    line.append(makeElement("span", "lc-quiet", "no group to compare with"));
    return line;
  }
  const compared = `${ratio.toFixed(2)} \xD7 the median of ${group ?? "its group"}`;
  line.append(makeScale(ratio), makeElement("span", "", compared));
  return line;
}
function makeScale(ratio) {
  const scale = makeElement("span", "lc-scale");
  const dot = makeElement("span", "lc-dot");
  const place = Math.min(1, Math.max(0, 0.5 + Math.log2(Math.max(ratio, 1e-6)) / 8));
  dot.style.left = `${100 * place}%`;
  scale.append(dot);
  return scale;
}
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
function makeSignals({ signals }) {
  const list = makeElement("ul", "lc-signals");
  for (const { name, value, yes } of signals) {
    const row = makeElement("li", "", yes ? name : `${name}: `);
    if (!yes) row.append(makeElement("b", "", `${+value.toPrecision(3)}`));
    list.append(row);
  }
  return list;
}
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

// labeling/widgets/js/label_card/unsaved.js
var UnsavedActs = class {
  /** @param {string} scope names store, design and annotator: no other's acts are sent */
  constructor(scope) {
    this.prefix = `iprseg-unsaved:${scope}:`;
  }
  /** @param {KeptAct} act */
  keep(act) {
    attempt(() => localStorage.setItem(this.prefix + act.id, JSON.stringify(act)));
  }
  /** @param {string} id */
  forget(id) {
    attempt(() => localStorage.removeItem(this.prefix + id));
  }
  /**
   * List what was kept, the oldest first.
   *
   * @returns {KeptAct[]}
   */
  list() {
    const names = attempt(() => Object.keys(localStorage)) ?? [];
    const kept = attempt(() => names.filter((name) => name.startsWith(this.prefix)).map((name) => (
      /** @type {KeptAct} */
      JSON.parse(localStorage.getItem(name) ?? "")
    )));
    return (kept ?? []).sort((a, b) => a.at - b.at);
  }
};
function attempt(action) {
  try {
    return action();
  } catch {
    return void 0;
  }
}

// labeling/widgets/js/label_card/kernel_link.js
var ANSWER_MS = 2500;
var PING_MS = 5e3;
var TICK_MS = 500;
var GONE = ["restarting", "autorestarting", "dead", "terminating"];
var KernelLink = class {
  /**
   * @param {WidgetModel} model
   * @param {Owner} owner
   */
  constructor(model, owner) {
    this.model = model;
    this.owner = owner;
    this.pending = /* @__PURE__ */ new Map();
    this.heard = performance.now();
    this.asked = null;
    this.trouble = null;
    this.failure = null;
    this.gone = false;
    this.number = null;
    this.unsaved = null;
    this.undoers = [];
  }
  open() {
    const { model } = this;
    const receive = (reply) => this.receive(reply);
    model.on("msg:custom", receive);
    this.undoers.push(() => model.off("msg:custom", receive));
    this.watch("comm_live_update", () => this.doubt("The connection to the kernel changed"));
    this.watch("comm:close", () => this.end("The card was closed"));
    const status = model.widget_manager?.kernel?.statusChanged;
    const hear = (_, value) => {
      if (GONE.includes(value)) this.end("The kernel stopped or was restarted");
    };
    status?.connect(hear);
    this.undoers.push(() => status?.disconnect(hear));
    const timer = setInterval(() => this.tick(), TICK_MS);
    this.undoers.push(() => clearInterval(timer));
    this.sendToKernel({ kind: "hello" });
    this.asked = this.heard;
  }
  close() {
    for (const undo of this.undoers) undo();
  }
  /**
   * @param {string} name
   * @param {() => void} call
   */
  watch(name, call) {
    this.model.on(name, call);
    this.undoers.push(() => this.model.off(name, call));
  }
  /** @param {Parameters<WidgetModel["send"]>[0]} message */
  sendToKernel(message) {
    if (this.gone) return;
    try {
      this.model.send(message);
    } catch {
      this.doubt("The kernel cannot be reached");
    }
  }
  /** @param {KeptAct} act */
  sendPending(act) {
    this.pending.set(act.id, { act, sent: performance.now() });
    this.sendToKernel(act);
  }
  /**
   * Send what the annotator did, and keep it until it is acknowledged.
   *
   * @param {Act} done
   */
  sendAct(done) {
    const act = { ...done, id: makeId(), at: Date.now() };
    this.unsaved?.keep(act);
    this.sendPending(act);
    this.owner.showState();
  }
  /** @returns {KeptAct[]} */
  listPending() {
    return [...this.pending.values()].map((one) => one.act);
  }
  /**
   * Send again what this browser kept for a store, design and annotator.
   *
   * @param {string} scope
   */
  resume(scope) {
    this.unsaved = new UnsavedActs(scope);
    for (const act of this.unsaved.list()) if (!this.pending.has(act.id)) this.sendPending(act);
  }
  /** @param {Reply} reply */
  receive(reply) {
    this.heard = performance.now();
    this.asked = null;
    this.trouble = null;
    const act = this.pending.get(reply.id ?? "")?.act;
    if (reply.kind === "state") this.resume(reply.scope);
    if (reply.kind === "failed") this.failure = reply.text;
    if (reply.kind === "saved" || reply.kind === "refused") this.settle(reply.id ?? "");
    if (reply.kind === "saved" && act) this.number = reply.number;
    this.owner.takeReply(reply, act);
  }
  /** @param {string} id */
  settle(id) {
    this.failure = null;
    this.pending.delete(id);
    this.unsaved?.forget(id);
  }
  tick() {
    if (this.gone) return;
    const now = performance.now();
    const late = [...this.pending.values()].filter((one) => now - one.sent > ANSWER_MS);
    if (late.length || this.asked !== null && now - this.asked > ANSWER_MS) {
      this.trouble ??= "The kernel does not answer; it is busy or gone";
      for (const { act } of late) this.sendPending(act);
      this.owner.showState();
    }
    if (now - Math.max(this.heard, this.asked ?? 0) > PING_MS) this.ping();
  }
  ping() {
    this.asked = performance.now();
    this.sendToKernel({ kind: this.owner.hasItems() ? "ping" : "hello" });
  }
  /** @param {string} why */
  doubt(why) {
    if (this.gone) return;
    this.trouble = why;
    this.owner.showState();
    this.ping();
  }
  /** @param {string} why */
  end(why) {
    this.gone = true;
    this.trouble = `${why}; run the cell again`;
    this.owner.stop();
  }
};
function makeId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// labeling/widgets/js/label_card/typing_line.js
var MAX_LENGTH = 2e3;
function makeTypingLine(label, value, use, close) {
  const input = makeElement("input", "lc-input");
  keepShortcutsAway(input);
  input.setAttribute("aria-label", label);
  input.placeholder = label;
  input.maxLength = MAX_LENGTH;
  input.value = value;
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    if (event.key === "Enter") use(input.value.trim());
    close();
  });
  return input;
}

// labeling/widgets/js/label_card/card.js
var Card = class {
  /**
   * @param {WidgetModel} model
   * @param {HTMLElement} place
   */
  constructor(model, place) {
    this.book = null;
    this.byKey = /* @__PURE__ */ new Map();
    this.content = /* @__PURE__ */ new Map();
    this.order = [];
    this.progress = null;
    this.answer = {};
    this.why = "";
    this.shown = performance.now();
    this.keys = [];
    this.stroke = "";
    this.note = "";
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
    const { kind, key, answer } = { key: void 0, answer: void 0, ...act };
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
    const busy = new Set(this.link.listPending().flatMap((one) => "key" in one && one.kind !== "flag" ? one.key : []));
    this.order = order.filter((one) => !busy.has(one) && this.content.has(one));
    const first = undone ? key : before;
    if (first !== void 0 && this.order.includes(first)) {
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
    if (event.repeat) return;
    this.keys.push(key);
    this.pressWaiting();
  }
  pressWaiting() {
    if (this.link.gone) this.keys = [];
    for (let key = this.keys[0]; key !== void 0 && !this.mustWait(key); key = this.keys[0]) {
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
    else if (item === void 0) this.note = this.explainEmpty();
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
    else if (key === "a") this.ask("Why this label? (one sentence, Enter keeps it)", (text) => {
      this.why = text;
    }, this.why);
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
    const seconds = (performance.now() - this.shown) / 1e3;
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
    if (item !== void 0) this.link.sendAct({ kind: "flag", key: item, text });
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
    if (this.link.pending.size || !this.progress) return "The next item is on its way\u2026";
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
};

// labeling/widgets/js/label_card/index.js
var index_default = {
  /** @param {{ model: WidgetModel, el: HTMLElement }} place */
  render({ model, el }) {
    const card = new Card(model, el);
    return () => card.destroy();
  }
};
export {
  index_default as default
};
