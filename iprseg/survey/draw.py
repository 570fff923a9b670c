"""Draw listings or sellers with known probabilities, in two arms and in waves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from iprseg.errors import IprsegError
from iprseg.survey.design import SampleDesign, StratumDesign
from iprseg.survey.strata import (
    Strata,
    build_frame_units,
    compute_size_cuts,
    cut_strata_by_size,
    hash_frame,
)
from iprseg.validation import check_interval, check_option, format_value


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
        Seed; the same seed, the same sample.

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
    _check_parameters(n, unit, listings_per_seller, explore, random_state)
    earlier = _check_earlier_waves(earlier, unit, listings_per_seller)
    units = _prepare_units(frame, n, strata, unit, earlier)
    rng = np.random.default_rng([random_state, len(earlier)])
    arms = _draw_units(units, n, explore, allocation, rng)
    rows = _select_listings(units, arms, listings_per_seller, rng)
    design = _record_design(
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
    sample = _describe_sample(frame, rows, design)
    return _order_for_serving(sample, rows, units, priority, rng)


def _check_parameters(
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
                f"got {format_value(value)}."
            )
    check_interval("explore", explore, "draw_sample", low=0, high=1)
    if listings_per_seller is not None and unit == "listing":
        raise IprsegError(
            "The 'listings_per_seller' parameter of draw_sample is for unit='seller'; "
            "set unit='seller' or leave it out."
        )


def _select_listings(
    units: FrameUnits, arms: pd.Series, m: int | None, rng: np.random.Generator
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


def _record_design(units: FrameUnits, arms: pd.Series, **facts: Any) -> SampleDesign:
    strata = {}
    for name, group in units.table.groupby("stratum", sort=True):
        drawn = arms.index.intersection(group.index)
        strata[str(name)] = StratumDesign(
            frame_units=len(group),
            frame_listings=int(group["size"].sum()),
            before=int(group["before"].sum()),
            explore=int((arms.loc[drawn] == "explore").sum()),
            drawn=_collect_sizes(group.loc[sorted(drawn), "size"]),
        )
    return SampleDesign(
        frame_hash=hash_frame(units.table), strata=strata, size_cuts=units.cuts, **facts
    )


def _collect_sizes(sizes: pd.Series) -> dict[str, int]:
    return dict(zip(sizes.index.astype(str), sizes.to_numpy().tolist(), strict=True))


def _describe_sample(
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


def _order_for_serving(
    sample: pd.DataFrame,
    rows: pd.DataFrame,
    units: FrameUnits,
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


_MIN_UNITS = 2  # units per stratum: one alone shows no spread


class FrameUnits(NamedTuple):
    """Frame at the level of the unit drawn; `table`: stratum, size, coarse, before."""

    unit_of: pd.Series
    table: pd.DataFrame
    cuts: Mapping[str, tuple[int, ...]]


def _check_earlier_waves(
    earlier: SampleDesign | Sequence[SampleDesign],
    unit: str,
    listings_per_seller: int | None,
) -> tuple[SampleDesign, ...]:
    """Refuse what is not the chain of all earlier waves, drawn alike."""
    earlier = (earlier,) if isinstance(earlier, SampleDesign) else tuple(earlier)
    before = None
    for number, design in enumerate(earlier, start=1):
        if design.wave != number or design.earlier != before:
            raise IprsegError(
                f"The 'earlier' parameter of draw_sample needs all earlier waves in "
                f"order; at place {number} came wave {design.wave} "
                f"({design.design_id})."
            )
        if design.unit != unit:
            raise IprsegError(
                f"Wave {number} drew by unit={design.unit!r} and this one asks for "
                f"unit={unit!r}; waves of one survey draw the same unit."
            )
        if design.listings_per_seller != listings_per_seller:
            raise IprsegError(
                f"Wave {number} took listings_per_seller={design.listings_per_seller} "
                f"and this one asks for {listings_per_seller}; waves of one survey "
                "take as many."
            )
        before = design.design_id
    return earlier


def _prepare_units(
    frame: pd.DataFrame,
    n: int,
    strata: Strata,
    unit: str,
    earlier: tuple[SampleDesign, ...],
) -> FrameUnits:
    """Give the units of the frame, those of earlier waves marked."""
    unit_of, table = build_frame_units(frame, strata, unit)
    table["coarse"] = table["stratum"]
    cuts: Mapping[str, tuple[int, ...]] = {}
    if unit == "seller":
        if earlier:
            cuts = earlier[0].size_cuts
            _refuse_changed_frame(set(table["stratum"]) == set(cuts))
        else:
            cuts = compute_size_cuts(table, n / table["stratum"].nunique())
        table["stratum"] = cut_strata_by_size(table, cuts)
    if earlier:
        _refuse_changed_frame(hash_frame(table) == earlier[0].frame_hash)
    table["before"] = False
    for design in earlier:
        for stratum in design.strata.values():
            table.loc[list(stratum.drawn), "before"] = True
    return FrameUnits(unit_of, table, cuts)


def _refuse_changed_frame(same: bool) -> None:
    if not same:
        raise IprsegError(
            "The frame or its strata differ from those of the earlier wave; draw from "
            "the same frame (slices can be anything: see estimate_prevalence), or "
            "start a new survey without 'earlier'."
        )


def _draw_units(
    units: FrameUnits,
    n: int,
    explore: float,
    allocation: str | Mapping[str, float],
    rng: np.random.Generator,
) -> pd.Series:
    """Give the arm by unit drawn."""
    table = units.table
    free = table[~table["before"]]
    if n > len(free):
        raise IprsegError(
            f"The 'n' parameter of draw_sample asks for {n} units and the frame has "
            f"{len(free)} left; ask for fewer."
        )
    uniform = free.index[rng.permutation(len(free))[: round(explore * n)]]
    left = free.drop(uniform)
    strata = table.groupby("stratum", sort=True).agg(
        size=("size", "size"), before=("before", "sum")
    )
    strata["explored"] = table.loc[uniform, "stratum"].value_counts()
    strata = strata.fillna(0).astype(int)
    counts = _count_target_units(
        strata, n - len(uniform), _compute_target_shares(units, allocation), n
    )
    arms = [pd.Series("explore", index=uniform, dtype=object)]
    members = left.groupby("stratum").indices
    for name, count in zip(strata.index, counts, strict=True):
        if count:
            chosen = left.index[rng.permutation(members[name])[:count]]
            arms.append(pd.Series("target", index=chosen, dtype=object))
    return pd.concat(arms)


def _count_target_units(
    strata: pd.DataFrame, rest: int, shares: pd.Series, n: int
) -> np.ndarray:
    """Units of the target arm by stratum; two of each are drawn by some arm or wave."""
    have = strata["before"] + strata["explored"]
    need = np.minimum(_MIN_UNITS, strata["size"])
    floor = np.maximum(need - have, 0)
    if floor.sum() > rest:
        raise IprsegError(
            f"{len(strata)} strata need {int(need.sum())} units, two of each, and the "
            f"target arm has {rest} of n={n}; ask for more, use fewer strata, or lower "
            "'explore'."
        )
    cap = strata["size"] - have
    return allocate_draws(rest, cap, floor, shares.loc[strata.index])


def _compute_target_shares(
    units: FrameUnits, allocation: str | Mapping[str, float]
) -> pd.Series:
    """Relative share of the target arm by stratum."""
    by = units.table.groupby("stratum", sort=True)
    coarse = by["coarse"].first()
    bands = coarse.map(coarse.value_counts())
    if isinstance(allocation, Mapping):
        unknown = sorted(set(map(str, allocation)) - set(coarse))
        if unknown:
            raise IprsegError(
                f"The 'allocation' parameter of draw_sample names the stratum "
                f"{unknown[0]!r}, which the frame does not have; strata: "
                f"{', '.join(map(repr, sorted(set(coarse))[:8]))}."
            )
        given = {str(name): float(share) for name, share in allocation.items()}
        if not given or min(given.values()) < 0 or not 0 < sum(given.values()) < np.inf:
            raise IprsegError(
                "The 'allocation' parameter of draw_sample needs shares >= 0 that are "
                "not all 0."
            )
        return coarse.map(given).fillna(0.0) / bands
    options = ("equal", "proportional")
    check_option("allocation", allocation, options, "draw_sample")
    if allocation == "proportional":
        return by["size"].sum().astype(float)
    return 1.0 / bands


def allocate_draws(
    total: int, cap: ArrayLike, floor: ArrayLike, share: ArrayLike
) -> NDArray[np.int64]:
    """Split `total` by `share`, at least `floor` and at most `cap` in each stratum.

    Strata that are full pass their part on; what rounding leaves goes to the largest
    fractions. When every stratum with a share is full the rest fills the others, so
    that the sum is always ``min(total, sum(cap))``; floors must fit in `total`.

    Examples
    --------
    >>> allocate_draws(10, cap=[100, 3, 100], floor=[1, 1, 1], share=[1, 1, 0]).tolist()
    [6, 3, 1]
    """
    cap = np.asarray(cap, dtype=np.int64)
    parts = np.asarray(share, dtype=float)
    parts = parts / max(parts.max(), 1e-300)
    parts = np.where(parts < 1e-9, 0.0, parts)
    given = np.minimum(np.asarray(floor, dtype=np.int64), cap)
    total = int(min(total, cap.sum()))
    while (rest := total - int(given.sum())) > 0:
        open_ = given < cap
        weight = np.where(open_, parts, 0.0)
        if weight.sum() <= 0:
            weight = np.where(open_, cap - given, 0).astype(float)
        # aim at the final share, not at equal additions on top of the floors
        aim = _fill_to_level(given, cap, weight, rest)
        add = np.minimum(np.floor(aim), cap - given).astype(np.int64)
        if add.sum() == 0:
            order = np.argsort(-np.where(open_, aim, -1.0), kind="stable")
            add[order[: min(rest, int((weight > 0).sum()))]] = 1
        given = given + add
    return given


def _fill_to_level(
    given: NDArray[np.int64],
    cap: NDArray[np.int64],
    weight: NDArray[np.float64],
    rest: int,
) -> NDArray[np.float64]:
    """Additions that bring strata to a common level relative to their weight."""
    used = weight > 0
    for _ in range(len(weight)):
        level = (rest + given[used].sum()) / weight[used].sum()
        over = used & (given > level * weight)
        if not over.any():
            break
        used &= ~over
    aim = np.where(used, level * weight - given, 0.0)
    return np.minimum(aim, cap - given)
