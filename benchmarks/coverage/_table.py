"""Write the results as CSV and as tables to read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmarks.coverage._runs import CLUSTERS, HIGHEST, HITS, LOWEST

HEAD = """# Coverage of the nominal 95 % intervals

Written by `python -m benchmarks.coverage` (seed {seed}); all numbers: `coverage.csv`.
A cell reads: coverage in % ± Monte Carlo standard error, and the mean width.
n counts what is drawn (listings or sellers); a queue stopped half way labels n/2.

Promise: coverage >= {low:.0%} in every cell offered; <= {high:.0%} where {hits}
violative labels and {clusters} clusters are expected. Violative labels are the smallest
of labels times rate, Kish's effective number under their weights, and (where sellers
carry the variance) that of sellers with any; clusters are Kish's number or, where
fewer, the degrees of freedom of the variance plus one (harmonic mean over runs).

- **LOW**, **HIGH**: the promise is broken. There are {broken} such cells.
- *wide*: above {high:.0%}, with fewer than that. The heavy strata or sellers are then
  expected to show next to no hit, and any interval that holds must allow for the hits
  it did not see. {raw} of the {wide} wide cells have {hits} or more violative labels
  counted plainly (column `hits`).
  The designs marked with a dagger are conservative by construction and carry no upper
  bound: sellers count as drawn from endlessly many, and a few hold much of the frame.
- *not offered*: the product gives worst-case limits and no point, and names the strata
  without a label; shown is what those limits covered. A share in brackets says in how
  many runs an interval was offered; coverage is over those runs.
"""


def write(table: pd.DataFrame, folder: Path, seed: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    table.round(6).to_csv(folder / "coverage.csv", index=False)
    wide = table["verdict"] == "wide"
    text = HEAD.format(
        seed=seed,
        low=LOWEST,
        high=HIGHEST,
        hits=HITS,
        clusters=CLUSTERS,
        broken=int(table["verdict"].isin(["LOW", "HIGH"]).sum()),
        wide=int(wide.sum()),
        raw=int((wide & (table["hits"] >= HITS)).sum()),
    )
    for name, group in table.groupby("design", sort=False):
        cells = group.assign(text=group.apply(_cell, axis=1))
        grid = cells.pivot(index="n", columns="prevalence", values="text")
        text += f"\n## {name}\n\n" + _markdown(grid)
    path = folder / "README.md"
    path.write_text(text, encoding="utf-8")
    return path


def _cell(line: pd.Series) -> str:
    text = f"{line['coverage']:.1%} ± {line['mc_error'] * 100:.1f}, {line['width']:.2g}"
    if 0 < line["offered"] < 1:
        text += f" [{line['offered']:.0%}]"
    return text if line["verdict"] == "ok" else f"{text} {_mark(line['verdict'])}"


def _mark(verdict: str) -> str:
    return f"**{verdict}**" if verdict.isupper() else f"*{verdict}*"


def _markdown(grid: pd.DataFrame) -> str:
    head = "| n | " + " | ".join(f"rate {rate:.1%}" for rate in grid.columns) + " |"
    rule = "|---" * (len(grid.columns) + 1) + "|"
    rows = [f"| {n:,} | " + " | ".join(row) + " |" for n, row in grid.T.items()]
    return "\n".join([head, rule, *rows]) + "\n"
