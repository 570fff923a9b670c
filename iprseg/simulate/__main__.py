"""Write a synthetic marketplace: ``python -m iprseg.simulate FOLDER``."""

import argparse
import hashlib
import re
import sys
from pathlib import Path

from iprseg.errors import IprsegError
from iprseg.simulate.marketplace import (
    SimulatedMarketplace,
    make_marketplace,
    write_marketplace,
)

_SAMPLE = {"n_listings": 800, "n_sellers": 160, "evasion": 1, "random_state": 2026}
_SAMPLE_TABLES = (
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
_LEFT_OUT_COLUMNS = {"reviews": ["buyer"]}
_FILE_TABLE_PATTERN = re.compile(
    r"(?<=<!-- files -->\n).*(?=<!-- /files -->)", re.DOTALL
)


def _write_sample(folder: Path) -> list[Path]:
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
    simulated = make_marketplace(**_SAMPLE)
    for path, name, truth in _list_targets(folder / "sample"):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_sample_csv(simulated, name, truth, path)
    files = sorted((folder / "sample").rglob("*.csv"))
    readme = folder / "README.md"
    if readme.is_file():
        text = readme.read_text(encoding="utf-8")
        rows = _FILE_TABLE_PATTERN.sub(
            lambda _: _format_file_table(folder, files), text
        )
        readme.write_text(rows, encoding="utf-8", newline="\n")
    return files


def _format_file_table(folder: Path, files: list[Path]) -> str:
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


def _list_targets(folder: Path) -> list[tuple[Path, str, bool]]:
    tables = [(folder / f"{name}.csv", name, False) for name in _SAMPLE_TABLES]
    truth = [(folder / "truth" / f"{n}.csv", n, True) for n in ("listings", "sellers")]
    return tables + truth


def _write_sample_csv(
    simulated: SimulatedMarketplace, name: str, truth: bool, path: Path
) -> None:
    frame = (simulated.truth if truth else simulated.tables)[name]
    frame = frame.drop(columns=[] if truth else _LEFT_OUT_COLUMNS.get(name, []))
    times = frame.select_dtypes("datetimetz").columns
    for column in times:
        frame[column] = frame[column].dt.floor("s")
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Write a marketplace to Parquet, or the committed sample to CSV.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; that of the process by default.

    Returns
    -------
    int
        0, or 2 if a value is out of its range.
    """
    parser = argparse.ArgumentParser("python -m iprseg.simulate", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write")
    parser.add_argument("--listings", type=int, default=5000, help="how many (5000)")
    parser.add_argument("--sellers", type=int, default=800, help="how many (800)")
    parser.add_argument(
        "--evasion",
        type=int,
        default=0,
        help="0 (none) to 3: how hard bad sellers hide",
    )
    parser.add_argument("--seed", type=int, default=0, help="same seed, same content")
    parser.add_argument(
        "--sample",
        action="store_true",
        help="write the sample of the repository instead: FOLDER/sample/*.csv",
    )
    given = parser.parse_args(arguments)
    if given.sample:
        _write_sample(given.folder)
        return 0
    try:
        write_marketplace(
            given.folder, given.listings, given.sellers, given.evasion, given.seed
        )
    except IprsegError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
