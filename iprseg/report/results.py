"""What a run leaves in a folder, written so that no reader takes a mixture for a run."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from iprseg.charts.plots import plot_cohorts
from iprseg.errors import IprsegError, TableError
from iprseg.report.page import write_report
from iprseg.report.sheets import (
    build_cohort_sheet,
    build_member_sheet,
    build_outlier_sheet,
    list_result_sheets,
    write_csv,
    write_workbook,
)
from iprseg.validation import NOISE

if TYPE_CHECKING:
    from iprseg.pipeline import CohortResult
    from iprseg.tables import Marketplace


def make_folder(out: Path) -> None:
    """Make the folder for results, before any work is done.

    Parameters
    ----------
    out : pathlib.Path
        The folder.

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
            "choose another with out=…."
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


def check_run_file(folder: Path, name: str) -> None:
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


def find_result_file(folder: Path, level: str | None) -> Path:
    """Return the file that a result was saved to, after it was held against run.json.

    Raises
    ------
    TableError
        When there is none, or several and no level is given, or it is of another run.
    """
    held = sorted(one.stem.partition("_")[2] for one in folder.glob("result_*.zip"))
    if not held or (level is not None and level not in held):
        what = "" if level is None else f" of {level}s"
        raise TableError(
            f"The folder {str(folder)!r} holds no saved result{what} (it holds: "
            f"{', '.join(held) or 'none'}): give one that CohortResult.save or `iprseg "
            "segment` wrote."
        )
    if level is None and len(held) > 1:
        raise TableError(
            f"The folder {str(folder)!r} holds results of {' and '.join(held)}: say "
            "which one with 'level'."
        )
    name = f"result_{level or held[0]}.zip"
    check_run_file(folder, name)
    return folder / name


@dataclass(frozen=True)
class RunFacts:
    """What is told of a run beside its tables.

    Attributes
    ----------
    title : str
        Heading of the report.
    asked : mapping of str to object
        What the run was made from: tables, options, seed. Its id is their digest.
    shown : mapping of str to object
        Facts for the head of the report.
    check : CheckReport or None
        What was found while the tables were read.
    metrics : DataFrame or None
        Measurements that the report shows as they are.
    """

    title: str
    asked: Mapping[str, Any]
    shown: Mapping[str, Any]
    check: Any = None
    metrics: pd.DataFrame | None = None

    def as_mapping(self) -> dict[str, Any]:
        """Return what ``run.json`` tells, as JSON can hold it."""
        shown = {key: str(value) for key, value in self.shown.items()}
        return {"title": self.title, **self.asked, "facts": shown}


@dataclass(frozen=True)
class RunTables:
    """The frames of a run that are written to files.

    Attributes
    ----------
    cohorts : dict of str to DataFrame
        From `profile_cohorts` or `rate_cohorts`, by level.
    signals, assignments : DataFrame
        Of all levels, with a column ``level``.
    cohort_sheet, outlier_sheet, member_sheet : DataFrame
        As a spreadsheet shows them (`iprseg.report.sheets`).
    titles : dict of str to Series
        Titles by id, by level, for the examples of cohorts.
    maps : dict of str to (coordinates, assignments)
        What the map of each level is drawn from.
    """

    cohorts: Mapping[str, pd.DataFrame]
    signals: pd.DataFrame
    assignments: pd.DataFrame
    cohort_sheet: pd.DataFrame
    outlier_sheet: pd.DataFrame
    member_sheet: pd.DataFrame
    titles: Mapping[str, pd.Series]
    maps: Mapping[str, tuple[pd.DataFrame, pd.Series]]


def save_results(
    results: Sequence[CohortResult],
    folder: str | Path,
    *,
    marketplace: Marketplace | None = None,
    title: str = "Risk cohorts",
    seed: int | None = None,
    metrics: pd.DataFrame | None = None,
    more: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> None:
    """Write all that was found at one or more levels to a folder.

    ``report.html`` and ``report.xlsx`` to read; ``cohorts.csv``, ``outliers.csv`` and
    ``members.csv`` for a spreadsheet; ``cohorts.parquet``, ``assignments.parquet`` and
    ``signals.parquet`` to compute with; ``result_LEVEL.zip``, which
    `CohortResult.load` reads; ``run.json``, which tells what the files belong to.

    Parameters
    ----------
    results : sequence of CohortResult
        One per level.
    folder : str or Path
        It is made where it is not there. What an earlier run left there is replaced.
    marketplace : Marketplace, optional
        Gives the titles of listings and the report of its check; without it titles are
        those that the model holds.
    title : str, default "Risk cohorts"
        Heading of the report.
    seed : int, optional
        Told in the report; by default that of the segmenter.
    metrics : DataFrame, optional
        Shown in the report as they are.
    more : mapping of str to object, optional
        Further facts for the head of the report.
    options : mapping of str to object, optional
        What was asked for; with tables, seed and version it makes the run's id.

    Raises
    ------
    IprsegError
        When a file cannot be written, or two results are of one level.

    Notes
    -----
    Files are renamed into place when all are written, ``run.json`` with their digests
    last (`write_run`): a run that is cut short is never read as one.
    """
    place = Path(folder)
    levels = [one.level for one in results]
    if not results or len(set(levels)) < len(levels):
        raise IprsegError(
            f"save_results got results of {', '.join(levels) or 'no level'}: give one "
            "result for each level."
        )
    make_folder(place)
    titles = _find_titles(results, marketplace)
    if seed is None:
        seed = results[0].segmenter.random_state
    shown = _collect_report_facts(results, titles, seed) | dict(more or {})
    asked = {"tables": _digest_tables(titles, marketplace), "seed": seed}
    facts = RunFacts(
        title,
        asked | {"options": dict(options or {})},
        shown,
        getattr(marketplace, "check", None),
        metrics,
    )
    models = {f"result_{one.level}.zip": one.write_file for one in results}
    write_results(_collect_run_tables(results, titles), place, facts, models)


def write_results(
    tables: RunTables,
    folder: Path,
    facts: RunFacts,
    models: Mapping[str, Callable[[Path], None]] | None = None,
) -> None:
    """Write the frames of a run to a folder as pages, sheets and Parquet files.

    Parameters
    ----------
    tables : RunTables
    folder : pathlib.Path
        An existing folder.
    facts : RunFacts
    models : mapping of str to callable, optional
        Further files: name, and what writes one to a path.

    Notes
    -----
    The rules of cohorts are SQL on a view ``signals``; make it with
    ``CREATE VIEW signals AS SELECT * FROM 'signals.parquet' WHERE level = 'listing'``.
    """
    cohorts = [
        frame.rename_axis("cohort").reset_index().assign(level=level)
        for level, frame in tables.cohorts.items()
    ]
    try:
        with write_run(folder, facts.as_mapping()) as place:
            whole = pd.concat(cohorts, ignore_index=True)
            whole.to_parquet(place / "cohorts.parquet")
            tables.signals.to_parquet(place / "signals.parquet")
            tables.assignments.to_parquet(place / "assignments.parquet")
            write_csv(tables.cohort_sheet, place / "cohorts.csv")
            write_csv(tables.outlier_sheet, place / "outliers.csv")
            write_csv(tables.member_sheet, place / "members.csv")
            write_workbook(
                place / "report.xlsx",
                list(
                    list_result_sheets(
                        tables.cohort_sheet, tables.outlier_sheet, tables.member_sheet
                    )
                ),
                _describe_run(facts),
            )
            for name, write_model in (models or {}).items():
                write_model(place / name)
            write_report(
                place / "report.html",
                cohorts=tables.cohorts,
                map_png={
                    level: partial(_draw_maps, *drawn)
                    for level, drawn in tables.maps.items()
                },
                check=facts.check,
                metrics=facts.metrics,
                title=facts.title,
                facts=facts.shown,
                titles=tables.titles,
            )
    except OSError as error:
        raise IprsegError(
            f"The results cannot be written to {str(folder)!r} ({error.strerror}): "
            "choose another folder."
        ) from error


def _collect_run_tables(
    results: Sequence[CohortResult], titles: pd.Series | None
) -> RunTables:
    signals = [
        one.signals.rename_axis(f"{one.level}_id").reset_index().assign(level=one.level)
        for one in results
    ]
    assignments = [one.build_assignment_table() for one in results]
    return RunTables(
        cohorts={one.level: one.cohorts for one in results},
        signals=pd.concat(signals, ignore_index=True),
        assignments=pd.concat(assignments, ignore_index=True),
        cohort_sheet=build_cohort_sheet(results),
        outlier_sheet=build_outlier_sheet(results, titles),
        member_sheet=build_member_sheet(results, titles),
        titles={
            one.level: titles
            for one in results
            if one.level == "listing" and titles is not None
        },
        maps={one.level: (one.coordinates, one.assignments) for one in results},
    )


def _find_titles(
    results: Sequence[CohortResult], marketplace: Marketplace | None
) -> pd.Series | None:
    """Return the titles by listing id: of the tables, or of those a model keeps."""
    if marketplace is not None:
        return marketplace.listings["title"]
    for one in results:
        held = None if one.model is None else one.model.reference.get("listings")
        if held is not None and "title" in held:
            return held.set_index("listing_id")["title"]
    return None


def _digest_tables(titles: pd.Series | None, marketplace: Marketplace | None) -> str:
    """Return a digest of the tables: names, columns, sizes, and ids with titles."""
    names = [] if marketplace is None else sorted(marketplace.tables)
    frames = [(name, getattr(marketplace, name)) for name in names]
    shapes = [[name, len(frame), *map(str, frame.columns)] for name, frame in frames]
    digest = hashlib.sha256(json.dumps(shapes).encode())
    if titles is not None:
        listed = titles.astype(object).fillna("").astype(str)
        digest.update(pd.util.hash_pandas_object(listed, index=True).to_numpy())
    return digest.hexdigest()


def _draw_maps(
    coordinates: pd.DataFrame, assignments: pd.Series, cohorts: pd.DataFrame
) -> tuple[bytes, ...]:
    """Draw the map of a level, with the places of a table, in light and in dark."""
    return tuple(
        plot_cohorts(coordinates, assignments, cohorts, theme=theme, legend=False)
        for theme in ("light", "dark")
    )


def _collect_report_facts(
    results: Sequence[CohortResult], titles: pd.Series | None, seed: int | None
) -> dict[str, Any]:
    from iprseg import __version__
    from iprseg.segment.stability import depends_on_seed

    seeded = any(depends_on_seed(one.segmenter, one.features) for one in results)
    listed = {} if titles is None else {"Listings": f"{len(titles):,}"}
    return {
        **listed,
        **{
            f"Cohorts of {one.level}s": int((one.cohorts.index != NOISE).sum())
            for one in results
        },
        "Brands looked for": f"{len(results[0].brands.table):,}",
        "Method": results[0].segmenter.method,
        "Seed": seed if seeded else f"{seed} (no cohort depends on it)",
        "iprseg": __version__,
    }


def _describe_run(facts: RunFacts) -> dict[str, str]:
    """Say on the first sheet of the workbook what it is."""
    return {
        facts.title: "Suspected, not proven. A cohort is a group of listings, sellers "
        "or creators that are alike in their words and signals. The order is for "
        "review: it says where to look, not how much is wrong there.",
        "Cohorts": "One row a cohort, to be reviewed from the top; -1 is in none.",
        "Outliers": "Those who stand out by themselves, with reasons: look at them one "
        "by one.",
        "Members": "Every listing, seller or creator with its cohort and what speaks "
        "against it by itself.",
        **{str(key): str(value) for key, value in facts.shown.items()},
    }
