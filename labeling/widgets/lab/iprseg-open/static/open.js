// Made from labeling/widgets/js/open_notebook.js by `make widgets`; change that, not this.
"use strict";
(() => {
  // labeling/widgets/js/open_notebook.js
  var NARROW_PX = 1100;
  var path = decodeURIComponent(location.pathname.split("/tree/")[1] ?? "");
  var done = false;
  async function runWhenOpen(app, panel) {
    if (done || !path || panel?.context?.path !== path) return;
    done = true;
    await panel.context.ready;
    if (!panel.content?.model?.getMetadata?.("iprseg")?.run) return;
    if (window.innerWidth < NARROW_PX) app.shell.collapseLeft?.();
    await panel.context.sessionContext.ready;
    await app.commands.execute("notebook:run-all-cells");
  }
  var plugin = {
    id: "iprseg-open:run",
    autoStart: true,
    /** @param {Lab} app */
    activate: (app) => {
      app.shell.currentChanged?.connect(() => runWhenOpen(app, app.shell.currentWidget));
      app.restored.then(() => runWhenOpen(app, app.shell.currentWidget));
    }
  };
  var lab = (
    /** @type {LabWindow} */
    window
  );
  lab._JUPYTERLAB ??= {};
  lab._JUPYTERLAB["iprseg-open"] = { init: () => {
  }, get: async () => () => plugin };
})();
