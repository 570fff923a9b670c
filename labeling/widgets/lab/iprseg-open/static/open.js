// Run the notebook that `iprseg label` opened, so that the card is there at once. Only
// the one in the address, and only if it was written for that: whatever else is opened
// in this JupyterLab runs when a person runs it.
(() => {
  const path = decodeURIComponent(location.pathname.split("/tree/")[1] ?? "");
  let done = false;

  async function runWhenOpen(app, widget) {
    if (done || !path || widget?.context?.path !== path) return;
    done = true;
    await widget.context.ready;
    if (!widget.content?.model?.getMetadata?.("iprseg")?.run) return;
    // of 800 px the list of files leaves the card less than half
    if (window.innerWidth < 1100) app.shell.collapseLeft?.();
    await widget.context.sessionContext.ready;
    await app.commands.execute("notebook:run-all-cells");
  }

  const plugin = {
    id: "iprseg-open:run",
    autoStart: true,
    activate: (app) => {
      app.shell.currentChanged?.connect(() => runWhenOpen(app, app.shell.currentWidget));
      app.restored.then(() => runWhenOpen(app, app.shell.currentWidget));
    },
  };
  // the form in which JupyterLab takes an extension that is already built
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["iprseg-open"] = { init: () => {}, get: async () => () => plugin };
})();
