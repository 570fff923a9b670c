// Bundle the JavaScript of cards and pages: one file each, which is what Python loads.
//   make widgets              writes the bundles
//   node bundle.mjs --check   says which of them no longer follow from their sources

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL(".", import.meta.url));
// anywidget imports a module; JupyterLab and the pages run a script
const BUNDLES = [
  { entry: "labeling/widgets/js/label_card/index.js", bundle: "labeling/widgets/label_card.js", format: "esm" },
  { entry: "labeling/widgets/js/open_notebook.js", bundle: "labeling/widgets/lab/iprseg-open/static/open.js", format: "iife" },
  { entry: "iprseg/report/js/report.js", bundle: "iprseg/report/report.js", format: "iife" },
  { entry: "iprseg/report/js/cards.js", bundle: "iprseg/report/cards.js", format: "iife" },
];

/**
 * Give the text of a bundle, which is the same on every machine.
 *
 * @param {(typeof BUNDLES)[number]} one
 */
async function makeBundle({ entry, format }) {
  const made = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    format,
    target: "es2022",
    tsconfigRaw: { compilerOptions: { alwaysStrict: true } }, // as modules are
    charset: "ascii", // no invisible character stands in a bundle
    banner: { js: `// Made from ${entry} by \`make widgets\`; change that, not this.` },
    write: false,
  });
  return made.outputFiles[0].text;
}

/** @param {string} bundle */
async function readBundle(bundle) {
  try {
    return await readFile(ROOT + bundle, "utf8");
  } catch {
    return ""; // not made yet
  }
}

const check = process.argv.includes("--check");
const stale = [];
for (const one of BUNDLES) {
  const text = await makeBundle(one);
  if (text === (await readBundle(one.bundle))) continue;
  stale.push(one.bundle);
  if (!check) await writeFile(ROOT + one.bundle, text);
}
if (check && stale.length) {
  console.error(`${stale.join(", ")} no longer follows from its sources: run \`make widgets\` and commit what it writes.`);
  process.exitCode = 1;
} else if (!check) {
  console.log(stale.length ? `Written: ${stale.join(", ")}` : "Every bundle follows from its sources.");
}
