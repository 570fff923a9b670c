"""Say which signals, cohorts and rates the columns at hand allow, and why not more."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from iprseg.formats import strip_control_characters
from iprseg.tables.contracts import get_table_columns, list_table_names

# What a need may be met by instead: brands are learned from the brand field.
_ALTERNATIVES = {"brands": "brands|brand_field"}
_CATALOGUE_FILE = Path(__file__).parents[1] / "signals" / "catalogue.csv"
_RESULT_COLUMNS = ["name", "level", "possible", "why"]


@dataclass(frozen=True)
class Capabilities:
    """What can be computed from given columns.

    Attributes
    ----------
    signals, cohorts, rates : DataFrame
        Columns `name`, `level`, `possible` (bool) and `why` (what is missing, or
        ``""``); `signals` is indexed by signal id.
    """

    signals: pd.DataFrame
    cohorts: pd.DataFrame
    rates: pd.DataFrame

    def __str__(self) -> str:
        lines: list[str] = []
        for title, frame in (
            ("Signals", self.signals),
            ("Cohorts", self.cohorts),
            ("Rates", self.rates),
        ):
            possible = int(frame["possible"].sum())
            lines.append(f"{title}: {possible} of {len(frame)} possible")
            for label, row in frame.iterrows():
                name = f"{label} {row['name']}" if title == "Signals" else row["name"]
                mark = "yes" if row["possible"] else "no "
                lines.append(
                    f"  {mark} {name}" + (f": {row['why']}" if row["why"] else "")
                )
        return "\n".join(map(strip_control_characters, lines))


def capabilities(
    columns: Mapping[str, Iterable[str] | pd.DataFrame],
) -> Capabilities:
    """Say which signals, cohorts and rates the columns at hand allow.

    Parameters
    ----------
    columns : dict of str to iterable of str, or to DataFrame
        Column names by canonical table. Of a frame, a column that is empty in every
        row allows nothing, and is said to be empty.

    Returns
    -------
    Capabilities
        Each thing that could be had, whether it can, and what it lacks.

    Examples
    --------
    >>> from iprseg.signals.requirements import capabilities
    >>> can = capabilities({"listings": ["listing_id", "title", "price"]})
    >>> can.cohorts[["possible", "why"]].values.tolist()
    [[True, ''], [False, 'listings.seller_id is not there']]
    """
    have = {table: _select_filled_columns(names) for table, names in columns.items()}
    empty = {
        f"{table}.{name}"
        for table, names in columns.items()
        for name in set(map(str, names)) - have[table]
    }
    return Capabilities(
        _assess_possible_signals(have, empty),
        _assess_possible_cohorts(have, empty),
        _assess_possible_rates(have, empty),
    )


def _select_filled_columns(names: Iterable[str] | pd.DataFrame) -> set[str]:
    if isinstance(names, pd.DataFrame):
        names = names.columns[names.notna().any()]
    return set(map(str, names))


def _assess_possible_signals(
    have: dict[str, set[str]], empty: set[str]
) -> pd.DataFrame:
    if not _CATALOGUE_FILE.is_file():
        return pd.DataFrame(columns=_RESULT_COLUMNS, index=pd.Index([], name="id"))
    built = pd.read_csv(_CATALOGUE_FILE, dtype=str, keep_default_na=False)
    rows = []
    for _, signal in built.iterrows():
        why = describe_lacking(signal["columns"], have, empty)
        rows.append((signal["name"], signal["level"], not why, why))
    return pd.DataFrame(
        rows, columns=_RESULT_COLUMNS, index=pd.Index(built["id"], name="id")
    )


def _assess_possible_cohorts(
    have: dict[str, set[str]], empty: set[str]
) -> pd.DataFrame:
    rows = []
    for name, level, needs in (
        ("of listings", "listing", "listings.listing_id listings.title"),
        ("of sellers", "seller", "listings.seller_id"),
    ):
        why = describe_lacking(needs, have, empty)
        rows.append((name, level, not why, why))
    return pd.DataFrame(rows, columns=_RESULT_COLUMNS)


def _assess_possible_rates(have: dict[str, set[str]], empty: set[str]) -> pd.DataFrame:
    table = pd.read_csv(
        Path(__file__).with_name("rates.csv"), dtype=str, keep_default_na=False
    )
    rows = []
    for _, rate in table.iterrows():
        why = describe_lacking(rate["needs"], have, empty)
        also = f"needs {rate['unit']}" if rate["unit"] and not why else ""
        rows.append((rate["rate"], rate["level"], not why, why or also))
    return pd.DataFrame(rows, columns=_RESULT_COLUMNS)


def describe_lacking(
    needs: str, have: dict[str, set[str]], empty: Collection[str] = ()
) -> str:
    """Name what is needed and not there; ``a|b`` needs one of them, ``a?`` nothing."""
    absent: list[str] = []
    void: list[str] = []
    for part in re.split(r"[;,\s]+", needs.strip()):
        ways = _ALTERNATIVES.get(part, part).split("|")
        met = (
            not part or part.endswith("?") or any(_is_available(w, have) for w in ways)
        )
        # a column that is needed by itself is named once, not again as a way
        if met or any(way in (*absent, *void) for way in ways):
            continue
        hollow = [w for w in ways if w in empty or f"listings.{w}" in empty]
        if hollow:
            void.append(" or ".join(hollow))
        else:
            absent.append(" or ".join(ways))
    return "; ".join(
        f"{', '.join(names)} {'are' if len(names) > 1 else 'is'} {state}"
        for names, state in ((absent, "not there"), (void, "empty"))
        if names
    )


def _is_available(need: str, have: dict[str, set[str]]) -> bool:
    table, dot, column = need.partition(".")
    if dot:
        return column in have.get(table, set())
    if need in list_table_names():
        return need in have
    # a bare column is one of the listings; what no table has comes with the package
    return need not in get_table_columns("listings").index or need in have.get(
        "listings", ()
    )
