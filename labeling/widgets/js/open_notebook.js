// Run the notebook that `iprseg label` opened, so that the card is there at once. Only
// the one in the address, and only if it was written for that: whatever else is opened
// in this JupyterLab runs when a person runs it.

/**
 * The parts of JupyterLab that are used here.
 *
 * @typedef {object} Panel what is open in the main area
 * @property {{ path: string, ready: Promise<void>, sessionContext: { ready: Promise<void> } }} [context]
 * @property {{ model?: { getMetadata?: (key: string) => { run?: boolean } | undefined } }} [content]
 *
 * @typedef {object} Lab
 * @property {{
 *   currentWidget: Panel | null,
 *   currentChanged?: { connect: (call: () => void) => void },
 *   collapseLeft?: () => void,
 * }} shell
 * @property {{ execute: (command: string) => Promise<unknown> }} commands
 * @property {Promise<void>} restored
 *
 * @typedef {Window & { _JUPYTERLAB?: Record<string, object> }} LabWindow
 */

const NARROW_PX = 1100;
const path = decodeURIComponent(location.pathname.split("/tree/")[1] ?? "");
let done = false;

/**
 * @param {Lab} app
 * @param {Panel | null} panel
 */
async function runWhenOpen(app, panel) {
  if (done || !path || panel?.context?.path !== path) return;
  done = true;
  await panel.context.ready;
  if (!panel.content?.model?.getMetadata?.("iprseg")?.run) return;
  // of 800 px the list of files leaves the card less than half
  if (window.innerWidth < NARROW_PX) app.shell.collapseLeft?.();
  await panel.context.sessionContext.ready;
  await app.commands.execute("notebook:run-all-cells");
}

const plugin = {
  id: "iprseg-open:run",
  autoStart: true,
  /** @param {Lab} app */
  activate: (app) => {
    app.shell.currentChanged?.connect(() => runWhenOpen(app, app.shell.currentWidget));
    app.restored.then(() => runWhenOpen(app, app.shell.currentWidget));
  },
};

// the form in which JupyterLab takes an extension that is already built
const lab = /** @type {LabWindow} */ (window);
lab._JUPYTERLAB ??= {};
lab._JUPYTERLAB["iprseg-open"] = { init: () => {}, get: async () => () => plugin };
