"""What a draw is to be: as asked, or as the earlier waves in the store were."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pandas as pd

from iprseg.errors import IprsegError

if TYPE_CHECKING:
    from iprseg.survey import SampleDesign


@dataclass(frozen=True)
class Draw:
    """Options of one draw; None where the user said nothing and nothing settled it."""

    unit: Any = None
    listings_per_seller: int | None = None
    explore: Any = None
    shape_share: Any = None
    as_of: str | None = None
    seed: Any = None


# all labels measure: nothing in iprseg is fitted on labels yet, and a label that may
# shape is one fewer for the rate
FIRST = Draw("listing", None, 0.2, 0.0, None, 0)
UNKNOWN_SELLER = "unknown seller"  # the stratum of listings without a seller
BANDS = " | sellers of "  # what draw_sample puts after a stratum that it cuts by size
# what all waves of one survey share: other values would make it another survey
SHARED = ("unit", "listings_per_seller", "shape_share", "as_of")


def name_frame(path: str) -> str:
    """Name the frame after the tables; never a password of a database URL.

    Examples
    --------
    >>> name_frame("exports/march/"), name_frame("postgresql://me:secret@host/shop")
    ('march', 'shop')
    """
    if "://" in path:
        return urlsplit(path).path.rpartition("/")[2] or "database"
    return Path(path).resolve().name or "tables"


def refuse_another_frame(first: SampleDesign, strata: pd.Series) -> None:
    """Refuse tables or cohorts that are visibly not those of the first wave.

    `draw_sample` compares every listing; this says in numbers what differs.
    """
    sizes = stratum_sizes(first)
    if sizes.sum() != len(strata):
        raise IprsegError(
            f"The earlier waves were drawn from {sizes.sum():,} listings and the "
            f"tables hold {len(strata):,} now: give the same tables, or begin another "
            "survey in another --store."
        )
    if strata.value_counts().to_dict() != sizes.to_dict():
        raise IprsegError(
            "The earlier waves were drawn with other cohorts: give the --cohorts of "
            "the first wave (none, if it had none), or begin another survey in "
            "another --store."
        )


def stratum_sizes(design: SampleDesign) -> pd.Series:
    """Count the listings in the frame by the strata that were asked for."""
    sizes = {name: one.frame_listings for name, one in design.strata.items()}
    return pd.Series(sizes).groupby(lambda name: _whole(design, name)).sum()


def _whole(design: SampleDesign, name: str) -> str:
    """Give the stratum as it was asked for; sellers are drawn from bands of it."""
    return name.rpartition(BANDS)[0] or name if design.unit == "seller" else name


def fill_settings(asked: Draw, other: Draw) -> Draw:
    """Fill in from other settings what was not said."""
    values: dict[str, Any] = {}
    for field in fields(Draw):
        said = getattr(asked, field.name)
        values[field.name] = getattr(other, field.name) if said is None else said
    return Draw(**values)
