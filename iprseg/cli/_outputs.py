"""Write what a run found: three Parquet files, two sheets and the report."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from iprseg._labels import NOISE
from iprseg.cli._sheet import write_sheet, write_suspects
from iprseg.cohorts import CohortResult, plot_cohorts, write_results
from iprseg.errors import IprsegError
from iprseg.report import write_report


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
def folder_for(out: Path) -> Iterator[None]:
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


def write_outputs(
    results: list[CohortResult],
    mp: Any,
    out: Path,
    *,
    title: str,
    seed: int,
    metrics: pd.DataFrame | None = None,
    more: dict[str, Any] | None = None,
) -> None:
    """Write cohorts, assignments, signals and the report of one or two levels.

    Parameters
    ----------
    results : list of CohortResult
        One per level.
    mp : Marketplace
        For titles of examples and for its check report.
    out : pathlib.Path
        An existing folder.
    title : str
        Heading of the report.
    seed : int
        Told in the report.
    metrics : pandas.DataFrame, optional
        Shown in the report as they are.
    more : dict of str to object, optional
        Further facts for the head of the report.
    """
    write_results(results, out)
    write_sheet(results, out / "cohorts.csv")
    write_suspects(results, out / "suspects.csv", mp.listings["title"])
    write_report(
        out / "report.html",
        cohorts={result.level: result.cohorts for result in results},
        map_png={result.level: partial(_maps, result) for result in results},
        check=getattr(mp, "check", None),
        metrics=metrics,
        title=title,
        facts=_facts(results, mp, seed) | (more or {}),
        titles={r.level: mp.listings["title"] for r in results if r.level == "listing"},
    )


def _maps(result: CohortResult, cohorts: pd.DataFrame) -> tuple[bytes, ...]:
    """Draw the map of a level, with the places of a table, in light and in dark."""
    return tuple(
        plot_cohorts(
            result.coordinates, result.labels, cohorts, theme=theme, legend=False
        )
        for theme in ("light", "dark")
    )


def _facts(results: list[CohortResult], mp: Any, seed: int) -> dict[str, Any]:
    from iprseg import __version__
    from iprseg.segment._chance import depends_on_seed

    seeded = any(depends_on_seed(one.segmenter, one.features) for one in results)
    return {
        "Listings": f"{len(mp.listings):,}",
        **{
            f"Cohorts of {result.level}s": int((result.cohorts.index != NOISE).sum())
            for result in results
        },
        "Brands looked for": f"{len(results[0].brands.table):,}",
        "Method": results[0].segmenter.method,
        "Seed": seed if seeded else f"{seed} (no cohort depends on it)",
        "iprseg": __version__,
    }
