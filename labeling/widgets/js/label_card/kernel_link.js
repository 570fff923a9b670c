// The wire to the kernel.
//  - An answer counts as saved only when Python has acknowledged its commit.
//  - Until then it is kept in this browser and sent again under the same id.

import { UnsavedActs } from "./unsaved.js";

/** @import { Act, KeptAct, PendingAct, Reply, WidgetModel } from "./types.js" */

/**
 * Who uses the link.
 *
 * @typedef {object} Owner
 * @property {(reply: Reply, act: KeptAct | undefined) => void} takeReply with the act
 *   of this page that it acknowledges
 * @property {() => void} showState what is pending, saved or in trouble has changed
 * @property {() => void} stop the link will not work again
 * @property {() => boolean} hasItems whether there is something to label
 */

const ANSWER_MS = 2500; // without an answer for so long the card says "not saving"
const PING_MS = 5000;
const TICK_MS = 500;
const GONE = ["restarting", "autorestarting", "dead", "terminating"];

export class KernelLink {
  /**
   * @param {WidgetModel} model
   * @param {Owner} owner
   */
  constructor(model, owner) {
    this.model = model;
    this.owner = owner;
    /** @type {Map<string, PendingAct>} acts without acknowledgement, by id */
    this.pending = new Map();
    this.heard = performance.now();
    /** @type {number | null} since when an answer to a ping is awaited */
    this.asked = null;
    /** @type {string | null} the kernel is not heard */
    this.trouble = null;
    /** @type {string | null} the kernel says that the store failed */
    this.failure = null;
    this.gone = false;
    /** @type {number | null} of the act that was saved last */
    this.number = null;
    /** @type {UnsavedActs | null} */
    this.unsaved = null;
    /** @type {(() => void)[]} */
    this.undoers = [];
  }

  open() {
    const { model } = this;
    /** @param {Reply} reply */
    const receive = (reply) => this.receive(reply);
    model.on("msg:custom", receive);
    this.undoers.push(() => model.off("msg:custom", receive));
    this.watch("comm_live_update", () => this.doubt("The connection to the kernel changed"));
    this.watch("comm:close", () => this.end("The card was closed"));
    const status = model.widget_manager?.kernel?.statusChanged;
    /** @type {(sender: unknown, value: string) => void} */
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
    if (late.length || (this.asked !== null && now - this.asked > ANSWER_MS)) {
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
}

function makeId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
