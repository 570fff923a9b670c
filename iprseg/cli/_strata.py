"""Which cohorts get a part of the draw of their own, and which share one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import pandas as pd

OTHERS = "others"
MEASURE = 5  # labels that measure, expected in each stratum: then hardly ever none
DEALT = 8  # units with a role dealt to each: with fewer all may come to shape


class Units(NamedTuple):
    """Of what each cohort needs a least number, to have a stratum of its own.

    Attributes
    ----------
    of : Series by listing id
        The unit that a listing belongs to.
    least : int
    noun : str
    """

    of: pd.Series
    least: int
    noun: str

    @classmethod
    def of_draw(cls, listings: pd.DataFrame, unit: str, shape_share: float) -> Units:
        """Give what chance chooses: a role of a seller where roles are dealt.

        Examples
        --------
        >>> listings = pd.DataFrame({"seller_id": ["s", "s", None]}, index=list("abc"))
        >>> Units.of_draw(listings, "listing", 0.5).of.tolist()
        ['s', 's', 'c']
        >>> Units.of_draw(listings, "listing", 0.0)[1:]
        (5, 'listings')
        """
        alone = listings.index.to_series().astype(str)
        least = DEALT if shape_share > 0 else MEASURE
        if "seller_id" not in listings or (unit == "listing" and shape_share == 0):
            return cls(alone, least, "listings")
        return cls(listings["seller_id"].fillna(alone), least, "sellers")


def choose_strata(
    cohorts: pd.Series,
    units: Units,
    order: Sequence[str],
    most: int,
) -> pd.Series:
    """Give the stratum of each listing: its cohort, or what small cohorts share.

    A stratum without a label that measures leaves the rate of all listings without a
    point, so there must not be more of them than the labels can reach. Cohorts that
    share a stratum still get a rate of their own: of the labels that fall on them.

    Parameters
    ----------
    cohorts : Series of str by listing id
    units : Units
    order : sequence of str
        Cohorts, the one to be known best first.
    most : int
        Strata at most.

    Returns
    -------
    Series of str by listing id

    Examples
    --------
    >>> cohorts = pd.Series(["0"] * 30 + ["1"] * 20 + ["-1"] * 10)
    >>> units = Units(pd.Series(range(60)), 8, "sellers")
    >>> choose_strata(cohorts, units, ["1", "0", "-1"], 2).value_counts().to_dict()
    {'others': 40, '1': 20}
    """
    sizes = units.of.groupby(cohorts).nunique()
    large = [one for one in order if sizes.get(one, 0) >= units.least]
    if len(large) == len(sizes) and len(large) <= most:
        return cohorts
    kept = large[: max(most - 1, 0)]
    while kept and units.of[~cohorts.isin(kept)].nunique() < units.least:
        kept.pop()
    return share_rest(cohorts, kept)


def share_rest(cohorts: pd.Series, kept: Collection[str]) -> pd.Series:
    """Put all cohorts but some into one stratum."""
    return cohorts.where(cohorts.isin(list(kept)), OTHERS)


def most_strata(n: int, explore: float, shape_share: float) -> int:
    """Say how many strata a draw of n reaches with enough labels that measure.

    Examples
    --------
    >>> most_strata(200, 0.2, 0.5), most_strata(10, 1.0, 0.5)
    (16, 1)
    """
    return max(1, int(n * (1 - explore) * max(1 - shape_share, 0.1) / MEASURE))
