"""What a run leaves in a folder: written as files, and read back."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from iprseg.errors import IprsegError, TableError
from iprseg.formats import strip_control_characters
from iprseg.sentinels import NOISE
from iprseg.validation import check_columns, check_option

if TYPE_CHECKING:
    from iprseg.pipeline import CohortResult


def make_folder(out: Path, option: str = "--out") -> None:
    """Make the folder for results, before any work is done.

    Parameters
    ----------
    out : pathlib.Path
        The folder.
    option : str, default "--out"
        The option that names it, for the message.

    Raises
    ------
    IprsegError
        When it cannot be made or is a file.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IprsegError(
            f"The folder {str(out)!r} cannot be made ({error.strerror}): "
            f"choose another with {option}."
        ) from error


@contextmanager
def prepare_folder(out: Path) -> Iterator[None]:
    """Make the folder for results; it goes again when the block leaves it empty.

    Raises
    ------
    IprsegError
        As `make_folder`.
    """
    fresh = [one for one in (out, *out.parents) if not one.exists()]
    make_folder(out)
    try:
        yield
    except BaseException:
        for one in fresh:
            with suppress(OSError):  # what holds something stays
                one.rmdir()
        raise


RUN_FILE = "run.json"
_RUN_FORMAT = 1


@contextmanager
def write_run(folder: Path, facts: Mapping[str, Any]) -> Iterator[Path]:
    """Write the files of a run so that no reader takes a mixture for a run.

    They are written to a folder ``.run-ID`` inside, and on leaving each is renamed into
    place, ``run.json`` last: it tells the digest of each file, and readers compare. A
    run that is cut short at any moment leaves the earlier run, the new one, or files
    that are refused. Files that no run wrote stay as they are.

    Parameters
    ----------
    folder : pathlib.Path
        Where the results belong; it must exist.
    facts : mapping of str to object
        What the run was made from (tables, options, seed, version), as JSON can hold
        it: the id of the run is their digest.

    Yields
    ------
    pathlib.Path
        The folder to write the files to.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with write_run(folder, {"seed": 0}) as place:
    ...     _ = (place / "rates.csv").write_text("rate")
    >>> sorted(one.name for one in folder.iterdir())
    ['rates.csv', 'run.json']
    """
    run_id = hashlib.sha256(_encode_facts(facts)).hexdigest()[:16]
    for left in folder.glob(".run-*"):  # of a run that was cut short
        shutil.rmtree(left, ignore_errors=True)
    place = folder / f".run-{run_id}"
    place.mkdir()
    try:
        yield place
        names = sorted(one.name for one in place.iterdir())
        earlier = _read_run_digests(folder)
        record_run(place, facts, names)
        for name in [*names, RUN_FILE]:
            os.replace(place / name, folder / name)
        _remove_earlier_files(folder, earlier, names)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def record_run(
    folder: Path, facts: Mapping[str, Any], names: Sequence[str] | None = None
) -> None:
    """Write ``run.json``: the facts of a run, its id, and the digest of each file.

    Parameters
    ----------
    folder : pathlib.Path
    facts : mapping of str to object
        As in `write_run`.
    names : sequence of str, optional
        The files of the run; by default all that are there, run.json apart.
    """
    if names is None:
        names = sorted(one.name for one in folder.iterdir() if one.is_file())
    told = {
        "format": _RUN_FORMAT,
        "run_id": hashlib.sha256(_encode_facts(facts)).hexdigest()[:16],
        "facts": dict(facts),
        "files": {n: _digest_file(folder / n) for n in names if n != RUN_FILE},
    }
    text = json.dumps(told, indent=1, ensure_ascii=False)
    (folder / RUN_FILE).write_text(text + "\n", encoding="utf-8")


def _encode_facts(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(facts), sort_keys=True, ensure_ascii=False).encode()


def _digest_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_run_digests(folder: Path) -> dict[str, str]:
    """Return the digest of each file of the run in a folder; none where none is told."""
    try:
        told = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        files = told["files"]
        return {str(name): str(digest) for name, digest in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _remove_earlier_files(
    folder: Path, earlier: Mapping[str, str], names: Sequence[str]
) -> None:
    """Remove what the earlier run wrote and this one did not, unless it was changed."""
    for name in set(earlier) - set(names):
        path = folder / name
        ours = path.parent == folder and path.is_file()  # no name leads elsewhere
        if ours and _digest_file(path) == earlier[name]:
            path.unlink()


def _check_run_file(folder: Path, name: str) -> None:
    """Refuse a file that is not of the run that ``run.json`` tells of."""
    if not (folder / RUN_FILE).is_file():
        raise TableError(
            f"The folder {str(folder)!r} holds no {RUN_FILE}, so its files may be of "
            "different runs: write it anew with `iprseg segment`."
        )
    digests = _read_run_digests(folder)
    if not digests:
        raise TableError(
            f"{str(folder / RUN_FILE)!r} cannot be read: write the folder anew with "
            "`iprseg segment`."
        )
    if digests.get(name) != _digest_file(folder / name):
        raise TableError(
            f"{str(folder / name)!r} is not of the run that {RUN_FILE} beside it tells "
            "of, because its writing was cut short or the file was changed: write the "
            "folder anew with `iprseg segment`."
        )


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
            f"leave out --level, or run `iprseg segment PATH --level {level} "
            "--out DIR` first."
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
            f"There is no {what} {str(folder)!r}: give --cohorts the folder that "
            "`iprseg segment PATH --out DIR` wrote."
        )
    _check_run_file(folder, name)
    try:
        table = pd.read_parquet(path)
    except Exception as error:  # a damaged file fails in many ways
        raise TableError(
            f"{str(path)!r} cannot be read as Parquet ({type(error).__name__}): write "
            "it anew with `iprseg segment PATH --out DIR`."
        ) from error
    check_columns(table, columns, repr(str(path)))
    whole = pd.api.types.is_integer_dtype(table["cohort"])
    if table.empty or not whole or table[list(columns)].isna().any().any():
        raise TableError(
            f"{str(path)!r} does not say a cohort for each of its rows: write it anew "
            "with `iprseg segment PATH --out DIR`."
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
            "give the --cohorts of the tables that the sample was drawn from."
        )
    by = cohorts.where(cohorts.notna(), UNKNOWN_SELLER).mask(lost, LOST_LISTINGS)
    others = sorted(set(assigned.names) - set(cohorts.dropna()))
    # rows of no listing: they only name the slice
    named = pd.Series(others, index=[f"\0{one}" for one in others], dtype=object)
    return pd.concat([by, named]).rename("cohort")


def write_results(results: list[CohortResult], out: Path) -> None:
    """Write cohorts, assignments and signals of all levels as Parquet files.

    Parameters
    ----------
    results : list of CohortResult
        One per level; each file has a ``level`` column.
    out : pathlib.Path
        An existing folder.

    Notes
    -----
    The rules of `CohortResult.cohorts` are SQL on a view ``signals``; make it with
    ``CREATE VIEW signals AS SELECT * FROM 'signals.parquet' WHERE level = 'listing'``.
    """
    cohorts = [
        result.cohorts.rename_axis("cohort").reset_index().assign(level=result.level)
        for result in results
    ]
    signals = [
        result.signals.rename_axis(f"{result.level}_id")
        .reset_index()
        .assign(level=result.level)
        for result in results
    ]
    assignments = [result.build_assignment_table() for result in results]
    tables = {"cohorts": cohorts, "signals": signals, "assignments": assignments}
    for name, parts in tables.items():
        whole = pd.concat(parts, ignore_index=True)
        whole.to_parquet(out / f"{name}.parquet")
