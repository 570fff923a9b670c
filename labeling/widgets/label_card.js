// The browser's half of LabelCard. Three rules:
//  - an answer counts as saved only when Python has acknowledged its commit;
//  - until then it is kept in this browser and sent again under the same id;
//  - text from listings is only ever set as text, never as markup.

const ANSWER_MS = 2500; // without an answer for so long the card says "not saving"
const PING_MS = 5000;
const GONE = ["restarting", "autorestarting", "dead", "terminating"];
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;
const NAMES = { "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF", "\u202d": "LRO", "\u202e": "RLO",
  "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI", "\u2069": "PDI", "\u200e": "LRM", "\u200f": "RLM",
  "\u200b": "ZWSP", "\u2060": "WJ", "\ufeff": "BOM", "\u00ad": "SHY", "\u061c": "ALM" };

function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Direction overrides and invisible characters become visible marks: they then neither
// reorder the text nor hide in it.
function appendInert(node, text) {
  let done = 0;
  for (const found of text.matchAll(CONTROL)) {
    node.append(text.slice(done, found.index));
    const code = found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    const mark = make("span", "lc-control", NAMES[found[0]] ?? `U+${code}`);
    mark.title = `invisible character U+${code}`;
    node.append(mark);
    done = found.index + found[0].length;
  }
  node.append(text.slice(done));
}

function textBlock(className, parts) {
  const block = make("div", `lc-clip ${className}`);
  const text = make("bdi", "lc-text");
  text.dir = "auto";
  for (const [part, why] of parts) {
    const node = why ? make("mark") : make("span");
    if (why) node.title = why;
    appendInert(node, part);
    text.append(node);
  }
  block.append(text);
  return block;
}

// Keys are chosen by their letter; on a keyboard of another script by their place.
function keyOf(event) {
  if (event.key.length > 1 || event.key === " " || event.key === "/") return event.key;
  if (/^[a-z0-9]$/i.test(event.key)) return event.key.toLowerCase();
  const place = /^(?:Key([A-Z])|Digit([0-9])|Numpad([0-9]))$/.exec(event.code);
  return place ? (place[1] ?? place[2] ?? place[3]).toLowerCase() : "";
}

// What is not acknowledged yet, kept over a restart of the kernel or of the page.
function keeper(scope) {
  const prefix = `iprseg-unsaved:${scope}:`;
  const guarded = (action) => { try { return action(); } catch { return []; } };
  return {
    keep: (message) => guarded(() => localStorage.setItem(prefix + message.id, JSON.stringify(message))),
    forget: (id) => guarded(() => localStorage.removeItem(prefix + id)),
    kept: () => guarded(() => Object.keys(localStorage).filter((name) => name.startsWith(prefix))
      .map((name) => JSON.parse(localStorage.getItem(name))).sort((a, b) => a.at - b.at)),
  };
}

class Card {
  constructor(model, el) {
    this.model = model;
    this.byKey = new Map(); // two-key code -> what it chooses
    this.content = new Map(); // item key -> what is shown of it
    this.order = []; // item keys, the one on the screen first
    this.answer = {};
    this.keys = []; // presses not handled yet
    this.pending = new Map(); // id -> message without acknowledgement
    this.heard = performance.now();
    this.asked = null; // since when an answer to a ping is awaited
    this.trouble = null; // the kernel is not heard
    this.failure = null; // the kernel says that the store failed
    this.gone = false;
    this.note = "Click here, then label with the keyboard.";
    this.build(el);
    this.listen();
    this.send({ kind: "hello" });
    this.asked = this.heard;
  }

  build(el) {
    this.root = make("div", "lc-card");
    this.root.tabIndex = 0;
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Label card");
    const head = make("div", "lc-head");
    this.progress = make("progress", "lc-bar");
    this.count = make("span", "lc-count");
    this.status = make("span", "lc-status lc-wait", "connecting…");
    this.status.setAttribute("role", "status");
    head.append(this.progress, this.count, this.status);
    this.item = make("div", "lc-item");
    this.codes = make("div", "lc-codes");
    this.line = make("div", "lc-line");
    this.line.setAttribute("aria-live", "polite");
    const main = make("div", "lc-main");
    main.append(this.item, this.codes);
    this.root.append(head, main, this.line, this.hints());
    // JupyterLab looks for this on the focused element, which the card is
    this.root.setAttribute("data-lm-suppress-shortcuts", "true");
    el.append(this.root);
  }

  hints() {
    const hints = make("div", "lc-hints");
    const all = { "two keys": "choose a code", "/": "search", Enter: "submit", x: "skip", u: "undo", f: "flag", a: "add why", Space: "show more", Esc: "clear" };
    for (const [key, what] of Object.entries(all)) {
      const hint = make("span");
      hint.append(make("kbd", "", key), ` ${what}`);
      hints.append(hint);
    }
    return hints;
  }

  listen() {
    const { model, root } = this;
    this.undoers = [];
    const on = (name, call) => { model.on(name, call); this.undoers.push(() => model.off(name, call)); };
    on("msg:custom", (message) => this.receive(message));
    on("comm_live_update", () => this.doubt("The connection to the kernel changed"));
    on("comm:close", () => this.end("The card was closed"));
    const status = model.widget_manager?.kernel?.statusChanged;
    const watch = (_, value) => GONE.includes(value) && this.end("The kernel stopped or was restarted");
    status?.connect(watch);
    this.undoers.push(() => status?.disconnect(watch));
    root.addEventListener("keydown", (event) => this.onKey(event));
    root.addEventListener("mousedown", (event) => { if (!event.target.closest("input,button")) root.focus({ preventScroll: true }); });
    root.addEventListener("focusin", () => this.paintLine());
    root.addEventListener("focusout", () => this.paintLine());
    const timer = setInterval(() => this.tick(), 500);
    this.undoers.push(() => clearInterval(timer));
  }

  destroy() { for (const undo of this.undoers) undo(); }

  // --- talking to Python ---------------------------------------------------------

  send(message) {
    if (this.gone) return;
    message.sent = performance.now();
    const { sent, ...wire } = message;
    try { this.model.send(wire); } catch { this.doubt("The kernel cannot be reached"); }
  }

  act(message) {
    const whole = { ...message, id: newId(), at: Date.now() };
    this.pending.set(whole.id, whole);
    this.keeper.keep(whole);
    this.send(whole);
    this.paintStatus();
  }

  receive(message) {
    this.heard = performance.now();
    this.asked = null;
    this.trouble = null;
    const sent = this.pending.get(message.id);
    if (message.kind === "state") this.start(message);
    if (message.kind === "failed") this.failure = message.text;
    if (message.kind === "saved" || message.kind === "refused") {
      this.failure = null;
      this.pending.delete(message.id);
      this.keeper.forget(message.id);
      if (message.kind === "refused" && sent) this.note = message.text;
      if (message.kind === "saved" && sent) this.saved(message, sent);
    }
    if (message.order) this.merge(message, sent);
    this.paintStatus();
    this.drain();
  }

  saved(message, sent) {
    this.number = message.number;
    if (sent.kind === "flag") this.note = "Flagged for the lead.";
    const detail = { number: message.number, id: message.id, kind: sent.kind, key: sent.key, answer: sent.answer };
    this.root.dispatchEvent(new CustomEvent("labelcard:saved", { bubbles: true, detail }));
  }

  start(message) {
    this.book = message.codebook;
    this.keeper = keeper(message.scope);
    for (const field of this.book.fields) for (const code of field.codes) this.byKey.set(code.key, { field, code });
    for (const preset of this.book.presets) this.byKey.set(preset.key, { preset });
    for (const kept of this.keeper.kept()) if (!this.pending.has(kept.id)) {
      this.pending.set(kept.id, kept);
      this.send(kept);
    }
  }

  merge({ order, items, progress, answer, key }, sent) {
    for (const item of items) this.content.set(item.key, item);
    const undone = sent?.kind === "undo";
    const before = this.order[0];
    const busy = new Set([...this.pending.values()].filter((one) => one.kind !== "flag").map((one) => one.key));
    this.order = order.filter((key) => !busy.has(key) && this.content.has(key));
    // what a person is looking at stays, whatever became free in the meantime
    const first = undone ? key : before;
    if (this.order.includes(first)) this.order = [first, ...this.order.filter((one) => one !== first)];
    for (const one of this.content.keys()) if (!order.includes(one)) this.content.delete(one);
    this.left = progress;
    if (this.order[0] !== before || undone || !this.order.length) this.show(undone ? answer : {});
    this.paintProgress();
  }

  tick() {
    if (this.gone) return;
    const now = performance.now();
    const late = [...this.pending.values()].filter((one) => now - one.sent > ANSWER_MS);
    if (late.length || (this.asked !== null && now - this.asked > ANSWER_MS)) {
      this.trouble ??= "The kernel does not answer; it is busy or gone";
      for (const one of late) this.send(one);
      this.paintStatus();
    }
    if (now - Math.max(this.heard, this.asked ?? 0) > PING_MS) this.ping();
  }

  ping() {
    this.asked = performance.now();
    this.send({ kind: this.book && this.order.length ? "ping" : "hello" });
  }

  doubt(why) {
    if (this.gone) return;
    this.trouble = why;
    this.paintStatus();
    this.ping();
  }

  end(why) {
    this.gone = true;
    this.keys = [];
    this.trouble = `${why}; run the cell again`;
    this.paintStatus();
    this.paintLine();
  }

  // --- keys ------------------------------------------------------------------------

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    event.stopPropagation();
    if (event.target !== this.root || event.key === "Tab") return;
    const key = keyOf(event);
    if (!key || key === "Shift") return;
    event.preventDefault();
    if (event.repeat) return; // a key held down is one press
    this.keys.push(key);
    this.drain();
  }

  waits(key) {
    const undoing = [...this.pending.values()].some((one) => one.kind === "undo");
    if (undoing || !this.book) return true;
    return !this.order.length && key !== "u" && this.pending.size > 0;
  }

  drain() {
    if (this.gone) this.keys = [];
    while (this.keys.length && !this.waits(this.keys[0])) this.press(this.keys.shift());
    this.paintLine();
  }

  press(key) {
    this.note = "";
    const none = !this.order.length;
    if (key === "Escape" || key === "Backspace") this.stroke = "";
    else if (this.stroke) this.second(key);
    else if (key === "u") this.act({ kind: "undo" });
    else if (none) this.note = this.empty();
    else if (key === "Enter") this.submit();
    else if (key === "x") this.leave({ kind: "skip" });
    else if (key === "f") this.ask("Why flag it? (Enter sends, Esc leaves)", (text) => this.act({ kind: "flag", key: this.order[0], text }));
    else if (key === "a") this.ask("Why this label? (one sentence, Enter keeps it)", (text) => { this.why = text; }, this.why);
    else if (key === "/") this.search();
    else if (key === " ") this.item.classList.toggle("lc-open");
    else if ([...this.byKey.keys()].some((code) => code[0] === key)) this.stroke = key;
    else this.note = `No code begins with ${key}.`;
  }

  second(key) {
    const code = this.stroke + key;
    this.stroke = "";
    if (this.byKey.has(code)) this.choose(this.byKey.get(code));
    else this.note = `There is no code ${code}.`;
  }

  choose({ field, code, preset }) {
    const primary = this.book.fields[0];
    if (preset) this.answer = { ...preset.fills };
    else if (field.multiple) {
      const chosen = this.answer[field.name] ?? [];
      this.answer[field.name] = chosen.includes(code.code) ? chosen.filter((one) => one !== code.code) : [...chosen, code.code];
    } else if (field === primary) this.answer = { ...this.answer, ...code.fills, [field.name]: code.code };
    else this.answer[field.name] = code.code;
    const asked = new Set(this.fields().map((one) => one.name));
    for (const name of Object.keys(this.answer)) if (!asked.has(name)) delete this.answer[name];
    if (field && !asked.has(field.name)) this.note = `${field.name} is not asked for this label.`;
    this.paintCodes();
  }

  fields() {
    const primary = this.answer[this.book.fields[0].name];
    return this.book.fields.filter((field, n) => n === 0 || (primary &&
      (!field.only_if || field.only_if.includes(primary)) && !field.unless?.includes(primary)));
  }

  submit() {
    const open = this.fields().find((field) => !this.answer[field.name]?.length);
    if (open) { this.note = `Still open: ${open.ask}`; return; }
    const seconds = (performance.now() - this.shown) / 1000;
    this.leave({ kind: "submit", answer: this.answer, text: this.why, seconds });
  }

  leave(message) {
    this.act({ ...message, key: this.order.shift() });
    this.show({});
  }

  // --- a line to type in: flag, why, search -----------------------------------------

  ask(label, use, value = "") {
    this.keys = [];
    const input = make("input", "lc-input");
    input.setAttribute("data-lm-suppress-shortcuts", "true");
    input.setAttribute("aria-label", label);
    input.placeholder = label;
    input.maxLength = 2000;
    input.value = value;
    const close = () => { this.typing = null; this.root.focus({ preventScroll: true }); this.paintLine(); };
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
      event.preventDefault();
      if (event.key === "Enter") use(input.value.trim());
      close();
    });
    this.typing = input;
    this.paintLine();
    input.focus({ preventScroll: true });
    return input;
  }

  search() {
    const primary = this.book.fields[0];
    const found = (text) => primary.codes.filter((code) => `${code.code} ${code.name} ${code.test ?? ""}`.toLowerCase().includes(text.toLowerCase()));
    const input = this.ask("Search the labels (Enter takes the first)", (text) => {
      const code = text && found(text)[0];
      if (code) this.choose({ field: primary, code });
      else this.note = "No label holds that.";
      this.paintCodes();
    });
    input.addEventListener("input", () => this.paintCodes(input.value.trim() && found(input.value.trim())));
    input.addEventListener("keydown", (event) => event.key === "Escape" && this.paintCodes());
  }

  // --- painting ----------------------------------------------------------------------

  show(answer) {
    this.answer = { ...answer };
    this.stroke = "";
    this.why = "";
    this.shown = performance.now();
    this.paintItem();
    this.paintCodes();
  }

  empty() {
    if (this.pending.size || !this.left) return "The next item is on its way…";
    return this.left.left ? "The items that are left are with other annotators." : "Done: nothing is left to label.";
  }

  paintItem() {
    const item = this.content.get(this.order[0]);
    this.item.className = "lc-item";
    if (!item) {
      this.item.replaceChildren(make("p", "lc-empty", this.empty()));
      return;
    }
    const facts = make("dl", "lc-facts");
    for (const [name, value] of item.facts) {
      const data = make("dd");
      data.append(textBlock("lc-fact", [[value, ""]]));
      facts.append(make("dt", "", name), data);
    }
    const parts = [textBlock("lc-title", item.title), this.price(item.price), facts, textBlock("lc-body", item.text), this.evidence(item), this.signals(item)];
    this.item.replaceChildren(...parts);
    for (const clip of this.item.querySelectorAll(":scope > .lc-clip")) if (clip.scrollHeight > clip.clientHeight + 2) {
      const more = make("button", "lc-more", "show more / less (Space)");
      more.type = "button";
      more.addEventListener("click", () => { this.item.classList.toggle("lc-open"); this.root.focus({ preventScroll: true }); });
      clip.after(more);
    }
  }

  price({ amount, currency, ratio, group }) {
    const line = make("div", "lc-price");
    if (amount === undefined) { line.append(make("span", "lc-quiet", "no price")); return line; }
    const shown = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 }).format(amount);
    const label = make("bdi", "lc-amount");
    appendInert(label, `${shown} ${currency ?? ""}`);
    line.append(label);
    if (ratio === undefined) { line.append(make("span", "lc-quiet", "no group to compare with")); return line; }
    const scale = make("span", "lc-scale");
    const dot = make("span", "lc-dot");
    const place = Math.min(1, Math.max(0, 0.5 + Math.log2(Math.max(ratio, 1e-6)) / 8)); // 1/16 to 16
    dot.style.left = `${100 * place}%`;
    scale.append(dot);
    line.append(scale, make("span", "", `${ratio.toFixed(2)} × the median of ${group ?? "its group"}`));
    return line;
  }

  evidence(item) {
    const list = make("ul", "lc-evidence");
    for (const [part, why] of [...item.title, ...item.text].filter(([, reason]) => reason).slice(0, 12)) {
      const row = make("li");
      const mark = make("mark");
      const quote = make("bdi");
      appendInert(quote, part.slice(0, 80));
      mark.append(quote);
      row.append(mark, ` ${why}`);
      list.append(row);
    }
    return list;
  }

  signals(item) {
    const list = make("ul", "lc-signals");
    for (const { name, value, reason } of item.signals) {
      const row = make("li", value === undefined ? "lc-quiet" : "");
      row.append(`${name}: `, make("b", "", value === undefined ? `missing (${reason})` : `${+value.toPrecision(3)}`));
      list.append(row);
    }
    return list;
  }

  paintCodes(only) {
    const groups = this.fields().map((field) => {
      const group = make("div", "lc-field");
      const chosen = [this.answer[field.name] ?? []].flat();
      group.append(make("div", chosen.length ? "lc-ask" : "lc-ask lc-todo", field.ask));
      for (const code of only && field === this.book.fields[0] ? only : field.codes) {
        group.append(this.chip(code.key, code.name, chosen.includes(code.code), `${code.code}: ${code.test ?? code.name}`, { field, code }));
      }
      return group;
    });
    const presets = make("div", "lc-field");
    for (const preset of this.book.presets) presets.append(this.chip(preset.key, preset.name, false, "fills everything", { preset }));
    this.codes.replaceChildren(...(this.order.length ? [presets, ...groups] : []));
  }

  chip(key, name, chosen, title, choice) {
    const chip = make("button", chosen ? "lc-chip lc-chosen" : "lc-chip");
    chip.type = "button";
    chip.tabIndex = -1;
    chip.title = title;
    chip.setAttribute("aria-pressed", String(chosen));
    chip.append(make("kbd", "", key), ` ${name}`);
    chip.addEventListener("click", () => { this.choose(choice); this.root.focus({ preventScroll: true }); this.paintLine(); });
    return chip;
  }

  paintProgress() {
    const { total, gone, labeled, skipped, left } = this.left;
    this.progress.max = Math.max(1, total - gone);
    this.progress.value = labeled + skipped;
    this.count.textContent = `${labeled} labeled, ${skipped} skipped, ${left} left${gone ? `, ${gone} gone` : ""}`;
  }

  paintStatus() {
    const waiting = this.pending.size;
    const kept = waiting ? ` ${waiting} not saved, kept in this browser.` : "";
    const trouble = this.trouble ?? this.failure;
    const state = trouble !== null ? "bad" : waiting || !this.book ? "wait" : "good";
    const text = { bad: `NOT SAVING. ${trouble}.${kept}`, wait: this.book ? `saving ${waiting}…` : "connecting…",
      good: this.number ? `saved #${this.number}` : "ready" }[state].replace("..", ".");
    this.status.className = `lc-status lc-${state}`;
    if (this.status.textContent !== text) this.status.textContent = text;
    this.root.classList.toggle("lc-gone", this.gone);
  }

  paintLine() {
    if (this.typing) { if (!this.typing.isConnected) this.line.replaceChildren(this.typing); return; }
    const focused = this.root.contains(document.activeElement);
    const text = this.stroke ? `${this.stroke} …` : this.note || (focused ? "" : "Click here, then label with the keyboard.");
    this.line.replaceChildren(make("span", this.stroke ? "lc-stroke" : "", text || " "));
    if (this.why) this.line.append(make("span", "lc-quiet", ` why: ${this.why}`));
  }
}

export default {
  render({ model, el }) {
    const card = new Card(model, el);
    return () => card.destroy();
  },
};
