"""The small sample that is committed: a few tables as CSV, without identities."""

import hashlib
import re
from pathlib import Path

from iprseg.simulate._marketplace import Simulated, make_marketplace

SAMPLE = {"n_listings": 800, "n_sellers": 160, "evasion": 1, "random_state": 2026}
_TABLES = (
    "authorisations",
    "brand_catalogue",
    "brands",
    "listings",
    "marks",
    "notice_items",
    "notices",
    "orders_daily",
    "reviews",
    "sellers",
)
# even invented people stay out of the repository
_LEFT_OUT = {"reviews": ["buyer"]}
_TABLE_OF_FILES = re.compile(r"(?<=<!-- files -->\n).*(?=<!-- /files -->)", re.DOTALL)


def write_sample(folder: Path) -> list[Path]:
    """Write the sample's CSV files to ``folder/sample``; the truth to its ``truth``.

    Parameters
    ----------
    folder : pathlib.Path
        Where ``README.md`` is; its table of files is brought up to date if it is there.

    Returns
    -------
    list of pathlib.Path
        The files, sorted.
    """
    simulated = make_marketplace(**SAMPLE)
    for path, name, truth in _targets(folder / "sample"):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_csv(simulated, name, truth, path)
    files = sorted((folder / "sample").rglob("*.csv"))
    readme = folder / "README.md"
    if readme.is_file():
        text = readme.read_text(encoding="utf-8")
        rows = _TABLE_OF_FILES.sub(lambda _: table_of_files(folder, files), text)
        readme.write_text(rows, encoding="utf-8", newline="\n")
    return files


def table_of_files(folder: Path, files: list[Path]) -> str:
    """Make the Markdown table of files with rows and SHA-256."""
    lines = ["| file | rows | sha256 |", "|---|---|---|"]
    for file in files:
        content = file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        rows = content.count(b"\n") - 1
        lines.append(
            f"| `{file.relative_to(folder).as_posix()}` | {rows} | `{digest}` |"
        )
    return "\n".join(lines) + "\n"


def _targets(folder: Path) -> list[tuple[Path, str, bool]]:
    tables = [(folder / f"{name}.csv", name, False) for name in _TABLES]
    truth = [(folder / "truth" / f"{n}.csv", n, True) for n in ("listings", "sellers")]
    return tables + truth


def _write_csv(simulated: Simulated, name: str, truth: bool, path: Path) -> None:
    frame = (simulated.truth if truth else simulated.tables)[name]
    frame = frame.drop(columns=[] if truth else _LEFT_OUT.get(name, []))
    times = frame.select_dtypes("datetimetz").columns
    for column in times:
        frame[column] = frame[column].dt.floor("s")
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
