// How the card works; it is read after label_card_paint.js, as one module with it.
//  - An answer counts as saved only when Python has acknowledged its commit.
//  - Until then it is kept in this browser and sent again under the same id.

const ANSWER_MS = 2500; // without an answer for so long the card says "not saving"
const PING_MS = 5000;
const GONE = ["restarting", "autorestarting", "dead", "terminating"];

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Keys are chosen by their letter; on a keyboard of another script by their place.
function keyOf(event) {
  if (["Enter", "Escape", "Backspace", " ", "/"].includes(event.key)) return event.key;
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

class Card extends Painter {
  constructor(model, el) {
    super();
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
    this.note = "";
    this.build(el);
    this.listen();
    this.send({ kind: "hello" });
    this.asked = this.heard;
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
    if (message.progress) this.left = message.progress;
    if (message.order) this.merge(message, sent);
    if (this.left) this.paintProgress();
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

  merge({ order, items, answer, key }, sent) {
    for (const item of items) this.content.set(item.key, item);
    const undone = sent?.kind === "undo";
    const before = this.order[0];
    const busy = new Set([...this.pending.values()].filter((one) => one.kind !== "flag").map((one) => one.key));
    this.order = order.filter((key) => !busy.has(key) && this.content.has(key));
    // what a person is looking at stays, whatever became free in the meantime
    const first = undone ? key : before;
    if (this.order.includes(first)) this.order = [first, ...this.order.filter((one) => one !== first)];
    for (const one of this.content.keys()) if (!order.includes(one)) this.content.delete(one);
    if (this.order[0] !== before || undone || !this.order.length) this.show(undone ? answer : {});
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

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    event.stopPropagation();
    if (event.target !== this.root) return;
    const down = { ArrowDown: 60, ArrowUp: -60, PageDown: 400, PageUp: -400 }[event.key];
    if (down) this.item.scrollBy(0, down);
    const key = keyOf(event);
    if (!key) return;
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
    else if (key === " ") this.unfold();
    else if ([...this.byKey.keys()].some((code) => code[0] === key)) this.stroke = key;
    else this.note = `No code begins with ${key}.`;
  }

  unfold() {
    const open = this.item.classList.toggle("lc-open");
    for (const fold of this.item.querySelectorAll("details")) fold.open = open;
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
}

export default {
  render({ model, el }) {
    const card = new Card(model, el);
    return () => card.destroy();
  },
};
