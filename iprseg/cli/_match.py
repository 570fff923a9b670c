"""Do labels and tables speak of the same listings? Equal ids alone do not say so."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from iprseg.cli._gold import gold_of
from iprseg.cli._store import open_store
from iprseg.cli._waves import name_frame, stratum_sizes
from iprseg.errors import TableError

if TYPE_CHECKING:
    from iprseg.survey import SampleDesign


class Labels(NamedTuple):
    """What a label store says of one survey.

    Attributes
    ----------
    path : pathlib.Path
    gold : DataFrame
        From `gold_of`.
    designs : list of SampleDesign
    titles : Series of str by listing id (str)
        As labelers saw them, without what was erased.
    """

    path: Path
    gold: pd.DataFrame
    designs: list[SampleDesign]
    titles: pd.Series


def read_labels(path: Path) -> Labels:
    """Read labels with the titles that they were given to.

    Raises
    ------
    IprsegError, LabelingError
        As `open_store` and `gold_of`.
    """
    with open_store(path) as store:
        gold, designs = gold_of(store)
        return Labels(path, gold, designs, store.titles())


def check_tables(labels: Labels, listings: pd.DataFrame, path: str) -> None:
    """Refuse tables that the sample was not drawn from; tell smaller differences.

    Parameters
    ----------
    labels : Labels
    listings : DataFrame
        Index listing_id; title.
    path : str
        Where the listings are, for the message.

    Raises
    ------
    TableError
        Of the listings drawn fewer than half are there, or most have another title.
    """
    drawn, store = labels.gold.index.astype(str), repr(str(labels.path))
    name = repr(name_frame(path))
    ids = listings.index.astype(str)
    here = drawn.isin(ids)
    if here.mean() < 0.5:
        raise TableError(
            f"{int((~here).sum()):,} of the {len(drawn):,} listings drawn into {store} "
            f"are not in {name} (first: {drawn[~here][0]!r}): give the --gold that was "
            "drawn from these tables."
        )
    titles = listings["title"].astype(object).set_axis(ids)
    both = labels.titles.index.intersection(titles.index).intersection(drawn)
    other = [one for one in both if str(titles[one]) != str(labels.titles[one])]
    if len(other) > len(both) / 2:
        raise TableError(
            f"{len(other):,} of the {len(both):,} listings drawn into {store} have "
            f"another title in {name} (first: {other[0]!r}): equal ids, other "
            "listings; give the --gold that was drawn from these tables."
        )
    note_size(labels.designs, len(listings), labels.path, missing=int((~here).sum()))


def note_size(
    designs: Sequence[SampleDesign],
    held: int,
    store: Path,
    where: str = "these tables",
    missing: int = 0,
) -> None:
    """Warn where the labels speak of another number of listings than there are.

    Parameters
    ----------
    designs : sequence of SampleDesign
    held : int
        Listings there are.
    store : pathlib.Path
    where : str
        What holds them.
    missing : int
        Listings drawn that are not among them.
    """
    frame = int(stratum_sizes(designs[0]).sum())
    # a draw as of a date leaves out what came later: more are no surprise
    later = designs[0].as_of is not None and held > frame
    if held != frame and not later:
        told = f"speak of {frame:,} listings and {where} hold {held:,}"
    elif missing:
        told = f"speak of listings that {where} do not hold"
    else:
        return
    if missing:
        told += f" ({missing:,} of those drawn are not among them)"
    warnings.warn(
        f"The labels in {str(store)!r} {told}: rates are of the listings drawn from.",
        stacklevel=2,
    )
