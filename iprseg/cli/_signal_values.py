"""Write the values of signals as a table that a spreadsheet or a program reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from iprseg.cli._outputs import make_folder
from iprseg.cli._rates import safe_cell
from iprseg.errors import IprsegError

KINDS = (".csv", ".xlsx", ".parquet")
_EXCEL_ROWS = 1_048_576 - 1  # one is the heading


def checked_table(out: Path) -> None:
    """Refuse a file that could not be written, before any work is done.

    Raises
    ------
    IprsegError
        When its ending is none of ours, it is a folder, or its folder cannot be made.
    """
    if out.suffix not in KINDS:
        raise IprsegError(
            f"--out must be a file that ends in {', '.join(KINDS[:-1])} or "
            f"{KINDS[-1]}; got {str(out)!r}."
        )
    if out.is_dir():
        raise IprsegError(f"--out {str(out)!r} is a folder: give the path of a file.")
    make_folder(out.parent)


def own_files(paths: Sequence[Path]) -> dict[str, Path]:
    """Name each query of one's own after its file.

    Raises
    ------
    IprsegError
        When two files have one name.
    """
    named: dict[str, Path] = {}
    for path in paths:
        if (name := path.stem.partition(".")[0]) in named:
            raise IprsegError(
                f"--own gives {str(named[name])!r} and {str(path)!r}, which would both "
                f"be the column {name!r}: rename one."
            )
        named[name] = path
    return named


def reasons_file(out: Path) -> Path:
    """Say where the reasons go: ``signals.reasons.csv`` beside ``signals.csv``.

    Examples
    --------
    >>> reasons_file(Path("signals.csv")).name
    'signals.reasons.csv'
    """
    return out.with_name(f"{out.stem}.reasons{out.suffix}")


def write_values(table: pd.DataFrame, out: Path) -> None:
    """Write one row per entity, its id first; text is safe to open in a spreadsheet.

    Parameters
    ----------
    table : DataFrame
        Values or reasons, index: ids.
    out : pathlib.Path
        CSV, Excel or Parquet, by its ending. An empty cell is a missing value.

    Raises
    ------
    IprsegError
        When it cannot be written, or has more rows than Excel holds.
    """
    flat = table.reset_index()
    kind = out.suffix
    if kind == ".xlsx" and len(flat) > _EXCEL_ROWS:
        raise IprsegError(
            f"{len(flat):,} rows are more than an Excel sheet holds "
            f"({_EXCEL_ROWS:,}): write .csv or .parquet with --out."
        )
    try:
        if kind == ".parquet":
            flat.to_parquet(out, index=False)
            return
        for column in flat.columns[~flat.dtypes.map(pd.api.types.is_numeric_dtype)]:
            flat[column] = flat[column].astype(object).map(safe_cell)
        if kind == ".csv":
            # with its mark a spreadsheet reads UTF-8 as what it is
            flat.to_csv(out, index=False, float_format="%.10g", encoding="utf-8-sig")
        else:
            flat.to_excel(out, index=False, sheet_name="signals", freeze_panes=(1, 1))
    except OSError as error:
        raise IprsegError(
            f"{str(out)!r} cannot be written ({error.strerror}): choose another file "
            "with --out."
        ) from error
