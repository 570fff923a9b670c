"""A small marketplace, segmented: names, sizes, ranks and rules stay as they are.

`tests/golden/demo.json` holds what `iprseg demo --listings 1000 --seed 0` found when it
was last written. A change that is meant to move one of these rows writes them anew,
and the diff shows which:

    python -m tests.test_golden --write

Text, counts, ids and order must be equal. Floats are kept to six digits and may move
by one in a hundred thousand, since sums differ between machines. What a larger change
must leave alone is compared by `python -m benchmarks.golden`.
"""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

FILE = Path(__file__).parent / "golden" / "demo.json"
COMMAND = ("demo", "--listings", "1000", "--seed", "0")
REWRITE = "if that is meant, run `python -m tests.test_golden --write`"
# columns of cohorts.parquet, short texts and figures first
COHORT = (
    "cohort", "risk_rank", "name", "size", "share", "sellers", "suspicion",
    "gmv_usd", "category", "price_median", "strength_median", "stability",
    "stability_jaccard", "rule", "rule_sql", "rule_precision", "rule_recall", "gaps",
    "rate", "rate_low", "rate_high", "rate_n", "rate_state", "lift", "verdict",
    "rank_before",
)  # fmt: skip
SUSPECT = ("order", "id", "cohort", "suspicion", "signals", "protective")
TERMS, SIGNALS, IDS, SUSPECTS = 8, 5, 3, 12


def run_demo(folder: Path) -> dict[str, Any]:
    """Run the demo in a process of its own and take what is kept of it."""
    call = "import sys; sys.argv[0] = 'iprseg'; from iprseg.cli import main; main()"
    told = subprocess.run(
        [sys.executable, "-c", call, *COMMAND, "--out", str(folder)],
        capture_output=True,
        encoding="utf-8",
    )
    assert told.returncode == 0, told.stderr
    return read_found(folder, told.stdout)


def read_found(folder: Path, printed: str) -> dict[str, Any]:
    """Take the rows that are kept from the files of a run."""
    cohorts = pd.read_parquet(folder / "cohorts.parquet")
    suspects = pd.read_csv(folder / "outliers.csv")
    signals = pd.read_parquet(folder / "signals.parquet")
    assigned = pd.read_parquet(folder / "assignments.parquet")
    found: dict[str, Any] = {
        # the comparison with the planted truth, without the paths below it
        "printed": [line.split() for line in printed.splitlines()[:5]],
        "files": sorted(one.name for one in folder.iterdir()),
        "tables": sorted(one.stem for one in (folder / "tables").iterdir()),
    }
    for level, rows in cohorts.groupby("level", sort=False):
        values = signals[signals["level"] == level].dropna(axis="columns", how="all")
        stand_out = suspects[suspects["level"] == level]
        mine = assigned[assigned["level"] == level]
        found[str(level)] = {
            "cohorts": [describe_cohort(row) for row in rows.to_dict("records")],
            "signals_with_values": values.shape[1] - 2,  # without level and id
            "missing_values": int(values.isna().sum().sum()),
            "sum_of_signals": float(values.select_dtypes("number").sum().sum()),
            "assigned": len(mine),
            "strength": float(mine["strength"].mean()),
            "suspects": len(stand_out),
            "first_suspects": stand_out[list(SUSPECT)]
            .head(SUSPECTS)
            .to_dict("records"),
        }
    return round_values(found)


def describe_cohort(row: dict[str, Any]) -> dict[str, Any]:
    """Take what is kept of a cohort: figures, first terms, signals and members."""
    told = {name: row[name] for name in COHORT}
    told["rule_sql"] = " ".join(str(row["rule_sql"]).split())
    told["terms"] = list(row["terms"])[:TERMS]
    told["typical"] = list(row["examples"])[:IDS]
    told["signals"] = [
        [one["signal"], one["words"], one["share"], one["rest_share"], one["lift"]]
        for one in row["signals"][:SIGNALS]
    ]
    return told


def round_values(value: Any) -> Any:
    """Give plain values: floats to six digits, None where there is none."""
    if isinstance(value, dict):
        return {key: round_values(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [round_values(one) for one in value]
    if value is None or value is pd.NA or value != value:
        return None
    if isinstance(value, np.generic):
        return round_values(value.item())
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else str(value)
    return value


def find_differences(old: Any, new: Any, place: str = "") -> list[str]:
    """Name the places where two nested values differ, and how."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        pairs = [(f"{place}.{key}", old[key], new[key]) for key in old]
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = [
            (f"{place}[{at}]", *both)
            for at, both in enumerate(zip(old, new, strict=True))
        ]
    else:
        return [] if is_same(old, new) else [f"{place.lstrip('.')}: {old!r} → {new!r}"]
    return [
        one for pair in pairs for one in find_differences(pair[1], pair[2], pair[0])
    ]


def is_same(old: Any, new: Any) -> bool:
    """Whether two plain values are the same; floats nearly."""
    if isinstance(old, float) and isinstance(new, float):
        return math.isclose(old, new, rel_tol=1e-5, abs_tol=1e-5)
    return type(old) is type(new) and old == new


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8"))


@pytest.mark.text
def test_a_segmented_marketplace_reads_as_before(kept, tmp_path):
    found = find_differences(kept, run_demo(tmp_path / "demo"))
    assert not found, f"{len(found)} differences, {REWRITE}:\n" + "\n".join(found[:30])


@pytest.mark.parametrize(
    ("name", "value"),
    [("name", "Other goods"), ("size", 1), ("suspicion", 0.1234), ("terms", [])],
)
def test_a_changed_row_is_noticed(kept, name, value):
    changed = json.loads(json.dumps(kept))
    changed["listing"]["cohorts"][0][name] = value
    (told,) = find_differences(kept, changed)
    assert told.startswith(f"listing.cohorts[0].{name}: ")


def test_noise_of_sums_is_no_difference(kept):
    changed = json.loads(json.dumps(kept))
    changed["listing"]["cohorts"][0]["suspicion"] *= 1 + 1e-7
    assert find_differences(kept, changed) == []


def test_the_kept_rows_are_a_small_file():
    assert FILE.stat().st_size <= 40_000


def write_kept() -> None:
    """Run the demo and keep what it found as what is right."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        found = run_demo(Path(folder) / "demo")
    FILE.parent.mkdir(exist_ok=True)
    text = json.dumps(found, indent=1, ensure_ascii=False)
    FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("say what to do: python -m tests.test_golden --write")
    write_kept()
