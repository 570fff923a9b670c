"""Cohorts of a run, read back from the folder it was written to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from iprseg.errors import IprsegError, TableError
from iprseg.formats import strip_control_characters
from iprseg.report.results import check_run_file
from iprseg.validation import NOISE, check_columns, check_option

ASSIGNMENTS_FILE, _COHORTS_FILE = "assignments.parquet", "cohorts.parquet"
_ASSIGNMENT_COLUMNS = ("level", "entity_id", "cohort", "cohort_name")


class SavedAssignments(NamedTuple):
    """Cohorts of one level.

    Attributes
    ----------
    folder : pathlib.Path
    level : str
    cohorts : Series of int by entity id (str)
    names : dict of int to str
    order : list of int
        The most suspected cohort first; what is in none last.
    listings : int or None
        Listings that have a cohort; None where the folder has cohorts of sellers only.
    markets : Series of str by entity id, or None
        None where the tables did not tell.
    """

    folder: Path
    level: str
    cohorts: pd.Series
    names: dict[int, str]
    order: list[int]
    listings: int | None = None
    markets: pd.Series | None = None

    def of_listings(
        self, listings: pd.DataFrame, place: str
    ) -> tuple[pd.Series, pd.Series]:
        """Give the cohort of each listing, and whether it should have one and has not.

        Parameters
        ----------
        listings : DataFrame
            Index listing_id; seller_id for cohorts of sellers.
        place : str
            Where the listings are, for the message.

        Returns
        -------
        cohorts : Series of object by listing id
            Missing for a listing without a cohort.
        lost : Series of bool
            False for a listing of unknown seller: there is nothing to look up.
        """
        if self.level == "listing":
            keys = pd.Series(listings.index.astype(str), index=listings.index)
        else:
            sellers = listings.get("seller_id")
            if sellers is None or sellers.isna().all():
                raise TableError(
                    f"The cohorts in {str(self.folder)!r} are of sellers, and the "
                    f"listings of {place} have no seller_id: map the column that says "
                    "who sells each listing, or use cohorts of listings."
                )
            keys = sellers.astype(object).where(sellers.notna(), None)
            keys = keys.map(lambda seller: seller if seller is None else str(seller))
        known = self.cohorts.to_dict()
        found = [known.get(key) for key in keys]
        cohorts = pd.Series(found, index=listings.index, dtype=object)
        return cohorts, keys.notna() & cohorts.isna()


def read_assignments(folder: Path, level: str | None) -> SavedAssignments:
    """Read assignments.parquet of a folder.

    Raises
    ------
    IprsegError, TableError
        No such folder or file, a file that is none of ours, a level it does not hold.
    """
    if level is not None:
        check_option("level", level, ("listing", "seller", "creator"), "the command")
    table = _read_table(folder, ASSIGNMENTS_FILE, _ASSIGNMENT_COLUMNS)
    held = sorted(table["level"].unique())  # "listing" comes first
    listings = int((table["level"] == "listing").sum()) or None
    if level is None:
        level = held[0]
    table = table[table["level"] == level]
    if table.empty:
        raise IprsegError(
            f"{str(folder / ASSIGNMENTS_FILE)!r} holds no cohorts of {level}s but of "
            f"{' and '.join(f'{strip_control_characters(one)}s' for one in held)}: "
            f"leave out level={level!r}, or find cohorts of {level}s first "
            f"(`iprseg segment PATH --level {level}`)."
        )
    ids = table["entity_id"].astype(str)
    if ids.duplicated().any():
        raise TableError(
            f"{str(folder / ASSIGNMENTS_FILE)!r} holds the {level} "
            f"{ids[ids.duplicated()].iloc[0]!r} twice: write it anew with "
            "`iprseg segment`."
        )
    cohorts = pd.Series(table["cohort"].to_numpy(dtype=int), index=ids.to_numpy())
    pairs = table.drop_duplicates("cohort")
    pairs = zip(pairs["cohort"].tolist(), pairs["cohort_name"], strict=True)
    names = {cohort: strip_control_characters(name) for cohort, name in pairs}
    order = _order_cohorts(folder, level, cohorts)
    markets = None
    if "market" in table and table["market"].notna().any():
        markets = pd.Series(table["market"].to_numpy(), index=cohorts.index)
    return SavedAssignments(folder, level, cohorts, names, order, listings, markets)


def _order_cohorts(folder: Path, level: str, cohorts: pd.Series) -> list[int]:
    """Sort cohorts by their rank, those without one as they were written after them.

    Where no rank is at hand at all the largest comes first.
    """
    sizes = cohorts.value_counts()
    rank: dict[int, float] = {}
    if (folder / _COHORTS_FILE).is_file():
        table = _read_table(folder, _COHORTS_FILE, ("level", "cohort"))
        table = table[table["level"] == level]
        if "risk_rank" in table:
            ordered = table.sort_values("risk_rank", kind="stable")["cohort"]
            rank = {cohort: float(at) for at, cohort in enumerate(ordered)}
    return sorted(
        sizes.index.tolist(),
        key=lambda one: (one == NOISE, rank.get(one, float("inf")), -sizes[one], one),
    )


def _read_table(folder: Path, name: str, columns: Sequence[str]) -> pd.DataFrame:
    path = folder / name
    if not path.is_file():
        what = f"{name} in the folder" if folder.is_dir() else "folder"
        raise TableError(
            f"There is no {what} {str(folder)!r}: give cohorts=… the folder that "
            "`iprseg segment` wrote."
        )
    check_run_file(folder, name)
    try:
        table = pd.read_parquet(path)
    except Exception as error:  # a damaged file fails in many ways
        raise TableError(
            f"{str(path)!r} cannot be read as Parquet ({type(error).__name__}): write "
            "it anew with `iprseg segment`."
        ) from error
    check_columns(table, columns, repr(str(path)))
    whole = pd.api.types.is_integer_dtype(table["cohort"])
    if table.empty or not whole or table[list(columns)].isna().any().any():
        raise TableError(
            f"{str(path)!r} does not say a cohort for each of its rows: write it anew "
            "with `iprseg segment`."
        )
    return table


def sort_cohorts(cohorts: list[int]) -> list[int]:
    """Sort cohorts by number, what is in none last.

    Examples
    --------
    >>> sort_cohorts([-1, 2, 0])
    [0, 2, -1]
    """
    return sorted(cohorts, key=lambda cohort: (cohort == NOISE, cohort))


def assign_slices(
    labels: pd.DataFrame, assigned: SavedAssignments, store: Path
) -> pd.Series:
    """Give the cohort of each listing drawn; cohorts without one are named too.

    Raises
    ------
    TableError
        Fewer than half of the listings drawn are known there: other tables.
    """
    from iprseg.cohorts.rates import LOST_LISTINGS
    from iprseg.survey.design import UNKNOWN_SELLER

    cohorts, lost = assigned.of_listings(labels, f"the label store {str(store)!r}")
    if lost.sum() > len(labels) / 2:
        raise TableError(
            f"{int(lost.sum()):,} of the {len(labels):,} listings in {str(store)!r} have "
            f"no cohort in {str(assigned.folder)!r} (first: {lost.index[lost][0]!r}): "
            "give the cohorts=… of the tables that the sample was drawn from."
        )
    by = cohorts.where(cohorts.notna(), UNKNOWN_SELLER).mask(lost, LOST_LISTINGS)
    others = sorted(set(assigned.names) - set(cohorts.dropna()))
    # rows of no listing: they only name the slice
    named = pd.Series(others, index=[f"\0{one}" for one in others], dtype=object)
    return pd.concat([by, named]).rename("cohort")
