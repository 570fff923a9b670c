// What the card looks like. Text from listings is only ever set as text, never as markup.

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

class Painter {
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
    const facts = make("div", "lc-facts");
    for (const [name, value] of item.facts) facts.append(make("span", "lc-quiet", name), textBlock("lc-fact", [[value, ""]]));
    const parts = [this.origin(item), textBlock("lc-title", item.title), this.price(item.price), facts, textBlock("lc-body", item.text), this.evidence(item), this.signals(item), this.missing(item)];
    this.item.replaceChildren(...parts);
    for (const clip of this.item.querySelectorAll(":scope > .lc-clip")) if (clip.scrollHeight > clip.clientHeight + 2) {
      const more = make("button", "lc-more", "show more / less (Space)");
      more.type = "button";
      more.addEventListener("click", () => { this.item.classList.toggle("lc-open"); this.root.focus({ preventScroll: true }); });
      clip.after(more);
    }
  }

  // Which listing this is, whose, and where it can be looked at.
  origin({ id, seller, link }) {
    const line = make("div", "lc-origin");
    for (const [name, value] of [["listing", id], ["seller", seller]]) if (value) {
      const part = make("span", "lc-clip", `${name} `);
      const shown = make("bdi", "lc-id");
      appendInert(shown, value.length > 60 ? `${value.slice(0, 60)}…` : value);
      part.append(shown);
      line.append(part);
    }
    if (/^https?:\/\/[^\s/]/.test(link ?? "")) {
      const open = make("a", "lc-link", "open its page ↗");
      open.href = link;
      open.target = "_blank";
      open.rel = "noopener noreferrer"; // the shop does not learn who looks, nor reach back
      open.title = link;
      open.addEventListener("click", () => this.root.focus({ preventScroll: true }));
      line.append(open);
    }
    return line;
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
    for (const [part, why, times] of item.evidence) {
      const row = make("li");
      const mark = make("mark");
      const quote = make("bdi");
      appendInert(quote, part);
      mark.append(quote);
      row.append(mark, ` ${why}${times > 1 ? ` (${times} times)` : ""}`);
      list.append(row);
    }
    return list;
  }

  signals(item) {
    const list = make("ul", "lc-signals");
    for (const { name, value, yes } of item.signals) {
      const row = make("li", "", yes ? name : `${name}: `);
      if (!yes) row.append(make("b", "", `${+value.toPrecision(3)}`));
      list.append(row);
    }
    return list;
  }

  // What could not be computed is one line, which opens.
  missing(item) {
    const fold = make("details", "lc-missing");
    const count = item.missing.reduce((sum, one) => sum + one.count, 0);
    if (!count) return fold;
    const head = make("summary", "lc-quiet", `${count} ${count === 1 ? "signal" : "signals"} not known`);
    head.tabIndex = -1;
    fold.append(head, ...item.missing.map(({ name, reason }) => make("p", "lc-quiet", `${reason}: ${name}`)));
    fold.addEventListener("click", () => setTimeout(() => this.root.focus({ preventScroll: true })));
    return fold;
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
