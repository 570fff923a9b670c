"""Strata of a frame: its units, their size bands, and which cohorts share a stratum."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from iprseg.errors import IprsegError, TableError
from iprseg.validation import check_columns, format_value

_OWNER = "The frame of draw_sample"
Strata: TypeAlias = str | Sequence[str] | pd.Series | None


def build_frame_units(
    frame: pd.DataFrame, strata: Strata, unit: str
) -> tuple[pd.Series, pd.DataFrame]:
    """Give the unit of every listing, and the units with stratum and size.

    Returns
    -------
    unit_of : Series of str, indexed like `frame`
    units : DataFrame indexed by unit; columns stratum, size (listings in the frame)
    """
    _check_frame_index(frame)
    stratum = _name_strata(frame, strata)
    if unit == "listing":
        unit_of = pd.Series(frame.index.astype(str), index=frame.index, dtype=object)
    else:
        unit_of = assign_seller_units(frame)
    # factorised once: a sort by id makes the draw independent of the order of rows
    table = pd.DataFrame({"unit": unit_of.to_numpy(), "stratum": stratum.to_numpy()})
    grouped = table.groupby("unit", sort=True)["stratum"]
    units = pd.DataFrame({"stratum": grouped.first(), "size": grouped.size()})
    if unit == "seller" and len(table.drop_duplicates()) > len(units):
        count = int((grouped.nunique() > 1).sum())
        raise IprsegError(
            f"{count} sellers have listings in more than one stratum; with "
            "unit='seller' give strata that are the same for all listings of a seller."
        )
    return unit_of, units


def assign_seller_units(frame: pd.DataFrame) -> pd.Series:
    """Seller of each listing; a listing of unknown seller is a unit by itself."""
    check_columns(frame, ["seller_id"], "A draw or an estimate by sellers")
    alone = "listing:" + frame.index.astype(str)
    known = frame["seller_id"].notna().to_numpy()
    sellers = frame["seller_id"].astype(object).to_numpy()
    names = [
        _format_seller_id(s) if k else a
        for s, k, a in zip(sellers, known, alone, strict=True)
    ]
    return pd.Series(names, index=frame.index, dtype=object)


def _format_seller_id(seller: Any) -> str:
    # a gap in a column of whole numbers makes floats of them: 32.0 is the seller 32
    whole = isinstance(seller, float) and seller.is_integer()
    return str(int(seller)) if whole else str(seller)


def _name_strata(frame: pd.DataFrame, strata: Strata) -> pd.Series:
    """Name the stratum of every row; a missing value is the stratum 'missing'."""
    if strata is None:
        return pd.Series("all", index=frame.index, dtype=object)
    if isinstance(strata, pd.Series):
        short = frame.index.difference(strata.index)
        if len(short):
            raise TableError(
                f"The 'strata' series of draw_sample lacks {len(short)} of "
                f"{len(frame)} rows of the frame (first: {format_value(short[0])}); give "
                "every row a stratum, NOISE included."
            )
        parts = [strata.loc[frame.index]]
    else:
        columns = [strata] if isinstance(strata, str) else list(strata)
        check_columns(frame, columns, _OWNER)
        parts = [frame[column] for column in columns]
    texts = [
        part.astype(object).where(part.notna(), "missing").astype(str) for part in parts
    ]
    rows = zip(*(text.to_numpy() for text in texts), strict=True)
    names = [" | ".join(row) for row in rows]
    return pd.Series(names, index=frame.index, dtype=object)


def compute_size_cuts(units: pd.DataFrame, draws: float) -> dict[str, tuple[int, ...]]:
    """Sizes that cut each stratum of sellers into bands of about equal listings.

    Drawing as many sellers from each band gives large sellers large probabilities, the
    largest certainty, so that no single seller missed can carry the rate. One band per
    eight draws of a stratum, at most six.
    """
    return {
        str(name): _cut_evenly(
            np.sort(group["size"].to_numpy()),
            int(np.clip(draws // 8, 1, 6)),
        )
        for name, group in units.groupby("stratum", sort=True)
    }


def _cut_evenly(sizes: np.ndarray, bands: int) -> tuple[int, ...]:
    """Cut sorted sizes: first who fills a band alone, then the others evenly."""
    cuts: list[int] = []
    while bands > 1 and sizes[-1] > sizes.sum() / bands and len(sizes) > 1:
        cuts.append(int(sizes[-1]))
        sizes = sizes[sizes < sizes[-1]]
        if not len(sizes):
            return ()
    cuts = cuts[-1:]  # the giants share one band
    middle = (np.cumsum(sizes) - sizes / 2) / sizes.sum()
    inner = sizes[np.searchsorted(middle, np.arange(1, bands) / bands)]
    cuts += [int(size) for size in inner if size > sizes[0]]
    return tuple(sorted(set(cuts)))


def cut_strata_by_size(
    units: pd.DataFrame, cuts: Mapping[str, tuple[int, ...]]
) -> pd.Series:
    """Stratum names refined by the size band of the seller."""
    names = pd.Series(index=units.index, dtype=object)
    for name, group in units.groupby("stratum", sort=True):
        edges = (1, *cuts[str(name)])
        band = np.searchsorted(edges, group["size"].to_numpy(), side="right") - 1
        ends = [f"-{following - 1}" for following in edges[1:]] + ["+"]
        texts = np.array(
            [f"{name} | sellers of {a}{b}" for a, b in zip(edges, ends, strict=True)],
            dtype=object,
        )
        names.loc[group.index] = texts[band]
    return names


def hash_frame(units: pd.DataFrame) -> str:
    """sha256 over units, strata and sizes, whatever the order of rows."""
    ordered = units.sort_index()
    columns = (ordered.index, ordered["stratum"], ordered["size"])
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return hashlib.sha256("\n".join(map(repr, rows)).encode()).hexdigest()


def _check_frame_index(frame: pd.DataFrame) -> None:
    if frame.empty and len(frame.index) == 0:
        raise TableError(f"{_OWNER} has no rows; give the listings to draw from.")
    if frame.index.hasnans:
        raise TableError(f"{_OWNER} has rows without an id in its index; drop them.")
    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()][0]
        raise TableError(
            f"{_OWNER} has the id {format_value(twice)} more than once in its index; a listing "
            "can be drawn once only, so give one row per listing."
        )


SHARED_STRATUM = "others"
MIN_MEASURING = (
    5  # labels that measure, expected in each stratum: then hardly ever none
)
MIN_DEALT = 8  # units with a role dealt to each: with fewer all may come to shape


class StratumMinimum(NamedTuple):
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
    def of_draw(
        cls, listings: pd.DataFrame, unit: str, shape_share: float
    ) -> StratumMinimum:
        """Give what chance chooses: a role of a seller where roles are dealt.

        Examples
        --------
        >>> listings = pd.DataFrame({"seller_id": ["s", "s", None]}, index=list("abc"))
        >>> StratumMinimum.of_draw(listings, "listing", 0.5).of.tolist()
        ['s', 's', 'c']
        >>> StratumMinimum.of_draw(listings, "listing", 0.0)[1:]
        (5, 'listings')
        """
        alone = listings.index.to_series().astype(str)
        least = MIN_DEALT if shape_share > 0 else MIN_MEASURING
        if "seller_id" not in listings or (unit == "listing" and shape_share == 0):
            return cls(alone, least, "listings")
        return cls(listings["seller_id"].fillna(alone), least, "sellers")


def choose_strata(
    cohorts: pd.Series,
    units: StratumMinimum,
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
    >>> units = StratumMinimum(pd.Series(range(60)), 8, "sellers")
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
    return merge_other_cohorts(cohorts, kept)


def merge_other_cohorts(cohorts: pd.Series, kept: Collection[str]) -> pd.Series:
    """Put all cohorts but some into one stratum."""
    return cohorts.where(cohorts.isin(list(kept)), SHARED_STRATUM)


def compute_max_strata(n: int, explore: float, shape_share: float) -> int:
    """Say how many strata a draw of n reaches with enough labels that measure.

    Examples
    --------
    >>> compute_max_strata(200, 0.2, 0.5), compute_max_strata(10, 1.0, 0.5)
    (16, 1)
    """
    return max(1, int(n * (1 - explore) * max(1 - shape_share, 0.1) / MIN_MEASURING))
