"""The steps of a draw: tables, strata, the sample, and the cards to be shown of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from iprseg.cli._cohorts import Assigned
from iprseg.cli._drawn import explain_shared_strata
from iprseg.cli._strata import Units, choose_strata, most_strata, share_rest
from iprseg.cli._waves import UNKNOWN_SELLER, Draw, stratum_sizes
from iprseg.errors import IprsegError, TableError

if TYPE_CHECKING:
    from iprseg.survey import SampleDesign
    from iprseg.tables import Marketplace


def read_frame(
    path: str, mapping: Path | None, key_file: Path | None, as_of: str | None
) -> Marketplace:
    """Read the tables, as of a date where one is given and listings are dated.

    Raises
    ------
    TableError
        No listing to draw from.
    """
    from iprseg.tables import read_marketplace

    mp = read_marketplace(path, mapping=mapping, key=key_file)
    if as_of is not None:
        if "created_at" in mp.listings:
            mp = mp.as_of(as_of)
        else:
            warnings.warn(
                f"Nothing in {path!r} says when listings appeared, so --as-of {as_of} "
                "is only recorded.",
                stacklevel=2,
            )
    if not len(mp.listings):
        when = "" if as_of is None else f" from before {as_of}"
        raise TableError(f"{path!r} holds no listing{when} to draw from.")
    return mp


def cohorts_of(
    listings: pd.DataFrame, assigned: Assigned, unit: str, path: str
) -> pd.Series:
    """Give the number of each listing's cohort, as text.

    Raises
    ------
    IprsegError, TableError
        Cohorts of other tables, or of listings where sellers are drawn.
    """
    if unit == "seller" and assigned.level == "listing":
        raise IprsegError(
            "With --unit seller all listings of a seller need one cohort, and those in "
            f"{str(assigned.folder)!r} are of listings: use cohorts of sellers "
            "(--level seller), or leave --cohorts out."
        )
    cohorts, lost = assigned.of_listings(listings, repr(path))
    if lost.any():
        raise TableError(
            f"{int(lost.sum()):,} of {len(listings):,} listings of {path!r} have no "
            f"cohort in {str(assigned.folder)!r} (first: {lost.index[lost][0]!r}): "
            "find the cohorts of these very tables with `iprseg segment`."
        )
    # the number, not the name: a stratum must be the same in the next wave
    return cohorts.map(lambda one: UNKNOWN_SELLER if pd.isna(one) else str(int(one)))


def strata_of(
    listings: pd.DataFrame,
    cohorts: pd.Series | None,
    assigned: Assigned | None,
    held: list[SampleDesign],
    size: int,
    draw: Draw,
) -> tuple[pd.Series, str]:
    """Give the stratum of each listing, and why cohorts share one if some do.

    Parameters
    ----------
    listings : DataFrame
    cohorts : Series or None
        From `cohorts_of`; None puts all listings into one stratum.
    assigned : Assigned or None
        For the order of the cohorts.
    held : list of SampleDesign
        Waves that the store holds: their strata are taken again, because those of one
        survey never change.
    size : int
        Listings or sellers to draw.
    draw : Draw
        Everything in it is settled.
    """
    if cohorts is None or assigned is None:
        return pd.Series("all", index=listings.index, dtype=object), ""
    if held:
        strata = share_rest(cohorts, stratum_sizes(held[0]).index)
        return strata, "So it was in the first wave."
    units = Units.of_draw(listings, draw.unit, draw.shape_share)
    order = [*(str(one) for one in assigned.order), UNKNOWN_SELLER]
    most = most_strata(size, draw.explore, draw.shape_share)
    strata = choose_strata(cohorts, units, order, most)
    return strata, explain_shared_strata(cohorts, units, order, strata, draw.explore)


def sample_of(
    listings: pd.DataFrame,
    n: int,
    strata: pd.Series,
    draw: Draw,
    earlier: list[SampleDesign],
    name: str,
) -> pd.DataFrame:
    """Draw; everything in `draw` is settled."""
    from iprseg.survey import draw_sample

    return draw_sample(
        listings[listings.columns.intersection(["seller_id"])],
        n,
        strata,
        unit=draw.unit,
        listings_per_seller=draw.listings_per_seller,
        explore=draw.explore,
        earlier=earlier,
        frame_id=name,
        as_of=draw.as_of,
        random_state=draw.seed,
    )


def cards_of(
    mp: Marketplace,
    sample: pd.DataFrame,
    brands: Path | None,
    step: Callable[[str], None],
) -> pd.DataFrame:
    """Gather what a labeler is to see of the listings drawn.

    Signals are computed over all listings: a price is low or high among the others.
    """
    from iprseg.signals import compute_signals, find_brand_mentions, learn_brands
    from labeling import make_content

    step("learning brands")
    known = learn_brands(mp, extra=brands)
    step("computing signals")
    signals, reasons = compute_signals(mp, brands=known, return_reasons=True)
    drawn = mp.listings.loc[sample.index]
    return make_content(
        drawn,
        signals=signals,
        reasons=reasons,
        mentions=find_brand_mentions(drawn, known),
    )
