"""Draw listings or sellers with known probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from iprseg._check import check_interval, check_option, shown
from iprseg.errors import IprsegError
from iprseg.survey._arms import Units, check_earlier, draw_units, prepare_units
from iprseg.survey._strata import Strata, frame_hash
from iprseg.survey.sample_design import SampleDesign, StratumDesign

__all__ = ["draw_sample"]


def draw_sample(
    frame: pd.DataFrame,
    n: int,
    strata: Strata = None,
    *,
    unit: str = "listing",
    listings_per_seller: int | None = None,
    explore: float = 0.2,
    allocation: str | Mapping[str, float] = "equal",
    priority: Sequence[str] = (),
    earlier: Sequence[SampleDesign] = (),
    frame_id: str = "frame",
    as_of: str | pd.Timestamp | None = None,
    random_state: int = 0,
) -> pd.DataFrame:
    """Draw a sample in which every row of the frame had a known chance above zero.

    An exploration arm draws uniformly over the whole frame; a target arm draws the rest
    by stratum from what exploration left. Within a stratum all units are alike to
    chance, so a unit reachable by both arms has one union probability: units drawn over
    units there.

    Parameters
    ----------
    frame : DataFrame
        One row per listing, the index its id. `seller_id` is needed for
        ``unit="seller"``.
    n : int
        Units to draw: listings, or sellers.
    strata : str, list of str, Series or None
        Column(s) of `frame`, or a Series by listing id, e.g. cohort and score band.
        A missing value is a stratum of its own; so is NOISE.
    unit : {"listing", "seller"}
        With "seller" strata are cut further by seller size, so that a large seller is
        drawn with a large probability, the largest with certainty.
    listings_per_seller : int or None
        How many listings of a drawn seller, at random; None for all.
    explore : float
        Share of `n` for the exploration arm, in [0, 1].
    allocation : {"equal", "proportional"} or mapping
        How the target arm is shared over strata: equally, by listings, or by the given
        relative shares. At least two units come from every stratum that has two.
    priority : sequence of str
        Strata to serve first, in this order; within a stratum the order stays random.
    earlier : sequence of SampleDesign
        Designs of the earlier waves over the same frame and strata; they are left out
        of this draw and counted in its probabilities.
    frame_id, as_of : str
        Recorded in the design.
    random_state : int

    Returns
    -------
    DataFrame
        Indexed like `frame`, one row per listing drawn, in the order to serve: columns
        seller_id (when the frame has it), stratum, inclusion_prob, design_id, wave,
        arm ("explore" or "target"), serve_order. ``SampleDesign.of(result)`` is the
        design; store it with the labels.

    Raises
    ------
    IprsegError, TableError
        The frame, the strata or the numbers do not allow the draw.

    Examples
    --------
    >>> frame = pd.DataFrame({"cohort": [0] * 6 + [-1] * 4}, index=list("abcdefghij"))
    >>> sample = draw_sample(frame, 5, "cohort", random_state=1)
    >>> sample.groupby("stratum")["inclusion_prob"].first().round(3).to_dict()
    {'-1': 0.75, '0': 0.333}
    """
    _check(n, unit, listings_per_seller, explore, random_state)
    earlier = check_earlier(earlier, unit, listings_per_seller)
    units = prepare_units(frame, n, strata, unit, earlier)
    rng = np.random.default_rng([random_state, len(earlier)])
    arms = draw_units(units, n, explore, allocation, rng)
    rows = _listings(units, arms, listings_per_seller, rng)
    design = _design(
        units,
        arms,
        frame_id=frame_id,
        as_of=None if as_of is None else pd.Timestamp(as_of).isoformat(),
        unit=unit,
        wave=len(earlier) + 1,
        earlier=earlier[-1].design_id if earlier else None,
        seed=int(random_state),
        explore=float(explore),
        listings_per_seller=listings_per_seller,
    )
    sample = _describe(frame, rows, design)
    return _serve(sample, rows, units, priority, rng)


def _check(
    n: int,
    unit: str,
    listings_per_seller: int | None,
    explore: float,
    random_state: int,
) -> None:
    check_option("unit", unit, ("listing", "seller"), "draw_sample")
    whole = {"n": (n, 1), "random_state": (random_state, 0)}
    if listings_per_seller is not None:
        whole["listings_per_seller"] = (listings_per_seller, 1)
    for name, (value, low) in whole.items():
        check_interval(name, value, "draw_sample", low=low)
        if int(value) != value:
            raise IprsegError(
                f"The {name!r} parameter of draw_sample must be a whole number; "
                f"got {shown(value)}."
            )
    check_interval("explore", explore, "draw_sample", low=0, high=1)
    if listings_per_seller is not None and unit == "listing":
        raise IprsegError(
            "The 'listings_per_seller' parameter of draw_sample is for unit='seller'; "
            "set unit='seller' or leave it out."
        )


def _listings(
    units: Units, arms: pd.Series, m: int | None, rng: np.random.Generator
) -> pd.DataFrame:
    """Drawn listings: id by row, unit, arm, stratum, size; at most m of a unit."""
    inside = units.unit_of[units.unit_of.isin(arms.index).to_numpy()]
    order = rng.permutation(len(inside))
    rows = pd.DataFrame({"unit": inside.iloc[order]}, index=inside.index[order])
    if m is not None:
        rows = rows[rows.groupby("unit").cumcount() < m]
    rows["arm"] = arms.loc[rows["unit"]].to_numpy()
    rows["stratum"] = units.table.loc[rows["unit"], "stratum"].to_numpy()
    rows["size"] = units.table.loc[rows["unit"], "size"].to_numpy()
    return rows


def _design(units: Units, arms: pd.Series, **facts: Any) -> SampleDesign:
    strata = {}
    for name, group in units.table.groupby("stratum", sort=True):
        drawn = arms.index.intersection(group.index)
        strata[str(name)] = StratumDesign(
            frame_units=len(group),
            frame_listings=int(group["size"].sum()),
            before=int(group["before"].sum()),
            explore=int((arms.loc[drawn] == "explore").sum()),
            drawn=_sizes(group.loc[sorted(drawn), "size"]),
        )
    return SampleDesign(
        frame_hash=frame_hash(units.table), strata=strata, size_cuts=units.cuts, **facts
    )


def _sizes(sizes: pd.Series) -> dict[str, int]:
    return dict(zip(sizes.index.astype(str), sizes.to_numpy().tolist(), strict=True))


def _describe(
    frame: pd.DataFrame, rows: pd.DataFrame, design: SampleDesign
) -> pd.DataFrame:
    sample = frame.loc[rows.index, frame.columns.intersection(["seller_id"])].copy()
    sample["stratum"] = rows["stratum"]
    pairs = zip(rows["stratum"], rows["size"], strict=True)
    sample["inclusion_prob"] = [design.listing_probability(*pair) for pair in pairs]
    sample["design_id"] = design.design_id
    sample["wave"] = design.wave
    sample["arm"] = rows["arm"]
    sample.attrs = {"design": design.to_json()}
    return sample


def _serve(
    sample: pd.DataFrame,
    rows: pd.DataFrame,
    units: Units,
    priority: Sequence[str],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Order rows at random, priority strata first, a seller's rows together."""
    coarse = units.table.loc[rows["unit"], "coarse"].to_numpy()
    priority = [priority] if isinstance(priority, str) else [str(p) for p in priority]
    unknown = [name for name in priority if name not in set(units.table["coarse"])]
    if unknown:
        raise IprsegError(
            f"The 'priority' parameter of draw_sample names the stratum "
            f"{unknown[0]!r}, which the frame does not have."
        )
    rank = {name: place for place, name in enumerate(priority)}
    first = np.array([rank.get(name, len(priority)) for name in coarse])
    unit_code, drawn = pd.factorize(rows["unit"])
    turn = rng.permutation(len(drawn))[unit_code]
    order = np.lexsort((np.arange(len(rows)), turn, first))
    sample = sample.iloc[order]
    sample["serve_order"] = np.arange(len(sample))
    return sample
