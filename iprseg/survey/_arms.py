"""Choose the units of a wave: an exploration arm, then a target arm by stratum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from iprseg._check import check_option
from iprseg.errors import IprsegError
from iprseg.survey._allocate import allocate
from iprseg.survey._strata import (
    Strata,
    cut_by_size,
    frame_hash,
    frame_units,
    size_cuts,
)
from iprseg.survey.sample_design import SampleDesign

__all__ = ["Units", "check_earlier", "draw_units", "prepare_units"]

LEAST = 2  # units per stratum: one alone shows no spread


class Units(NamedTuple):
    """Frame at the level of the unit drawn; `table`: stratum, size, coarse, before."""

    unit_of: pd.Series
    table: pd.DataFrame
    cuts: Mapping[str, tuple[int, ...]]


def check_earlier(
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


def prepare_units(
    frame: pd.DataFrame,
    n: int,
    strata: Strata,
    unit: str,
    earlier: tuple[SampleDesign, ...],
) -> Units:
    """Give the units of the frame, those of earlier waves marked."""
    unit_of, table = frame_units(frame, strata, unit)
    table["coarse"] = table["stratum"]
    cuts: Mapping[str, tuple[int, ...]] = {}
    if unit == "seller":
        if earlier:
            cuts = earlier[0].size_cuts
            _same_frame(set(table["stratum"]) == set(cuts))
        else:
            cuts = size_cuts(table, n / table["stratum"].nunique())
        table["stratum"] = cut_by_size(table, cuts)
    if earlier:
        _same_frame(frame_hash(table) == earlier[0].frame_hash)
    table["before"] = False
    for design in earlier:
        for stratum in design.strata.values():
            table.loc[list(stratum.drawn), "before"] = True
    return Units(unit_of, table, cuts)


def _same_frame(same: bool) -> None:
    if not same:
        raise IprsegError(
            "The frame or its strata differ from those of the earlier wave; draw from "
            "the same frame (slices can be anything: see estimate_prevalence), or "
            "start a new survey without 'earlier'."
        )


def draw_units(
    units: Units,
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
    counts = _target_counts(strata, n - len(uniform), _shares(units, allocation), n)
    arms = [pd.Series("explore", index=uniform, dtype=object)]
    members = left.groupby("stratum").indices
    for name, count in zip(strata.index, counts, strict=True):
        if count:
            chosen = left.index[rng.permutation(members[name])[:count]]
            arms.append(pd.Series("target", index=chosen, dtype=object))
    return pd.concat(arms)


def _target_counts(
    strata: pd.DataFrame, rest: int, shares: pd.Series, n: int
) -> np.ndarray:
    """Units of the target arm by stratum; two of each are drawn by some arm or wave."""
    have = strata["before"] + strata["explored"]
    need = np.minimum(LEAST, strata["size"])
    floor = np.maximum(need - have, 0)
    if floor.sum() > rest:
        raise IprsegError(
            f"{len(strata)} strata need {int(need.sum())} units, two of each, and the "
            f"target arm has {rest} of n={n}; ask for more, use fewer strata, or lower "
            "'explore'."
        )
    cap = strata["size"] - have
    return allocate(rest, cap, floor, shares.loc[strata.index])


def _shares(units: Units, allocation: str | Mapping[str, float]) -> pd.Series:
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
