// What is not acknowledged yet, kept in this browser over a restart of the kernel or of
// the page.

/** @import { KeptAct } from "./types.js" */

/** Where storage is off or full the card still works: it then keeps nothing. */
export class UnsavedActs {
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
    const kept = attempt(() => names.filter((name) => name.startsWith(this.prefix))
      .map((name) => /** @type {KeptAct} */ (JSON.parse(localStorage.getItem(name) ?? ""))));
    return (kept ?? []).sort((a, b) => a.at - b.at);
  }
}

/**
 * @template Value
 * @param {() => Value} action
 * @returns {Value | undefined}
 */
function attempt(action) {
  try {
    return action();
  } catch {
    return undefined;
  }
}
