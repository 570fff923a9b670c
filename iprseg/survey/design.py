"""The record of how a sample was drawn, and what one wave hands on to the next.

Without its design labels give no rate; the waves of one survey share settings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from iprseg.errors import IprsegError

FORMAT_VERSION = 1


@dataclass(frozen=True)
class StratumDesign:
    """One stratum of one wave.

    Attributes
    ----------
    frame_units, frame_listings : int
        N_h: units (listings or sellers) and listings in the frame.
    before : int
        Units that earlier waves drew.
    explore : int
        Units that the exploration arm of this wave drew here.
    drawn : Mapping of str to int
        Units this wave drew (n_h of them) and how many listings each has in the frame.
    """

    frame_units: int
    frame_listings: int
    before: int
    explore: int
    drawn: Mapping[str, int]

    @property
    def probability(self) -> float:
        """Chance of a unit to be drawn by any arm of this or an earlier wave.

        Given how many units the arms and waves took here, every unit of the stratum
        has the same chance: 1 - (1 - m1/N)(1 - m2/(N - m1)) = (m1 + m2)/N.
        """
        return (self.before + len(self.drawn)) / self.frame_units


@dataclass(frozen=True)
class SampleDesign:
    """How a sample was drawn: kept beside the labels, checked when a rate is asked for.

    Attributes
    ----------
    frame_id, frame_hash : str
        Name of the frame and sha256 over its unit ids with their strata and sizes.
    as_of : str or None
        The moment the frame shows, ISO 8601; None when it was not said.
    unit : {"listing", "seller"}
        What chance chose.
    strata : Mapping of str to StratumDesign
    wave : int
        1 for the first; wave k drew from what waves 1..k-1 left.
    earlier : str or None
        `design_id` of the wave before.
    seed : int
    explore : float
        Share of the wave drawn uniformly over the whole frame.
    listings_per_seller : int or None
        Listings drawn of each seller drawn; None for all.
    size_cuts : Mapping of str to tuple of int
        Seller sizes at which strata were cut; empty when listings were drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> from iprseg.survey import draw_sample
    >>> sample = draw_sample(pd.DataFrame(index=["a", "b", "c"]), 2, as_of="2025-01-31")
    >>> design = SampleDesign.of(sample)
    >>> design.strata["all"].probability
    0.6666666666666666
    >>> SampleDesign.from_json(design.to_json()) == design
    True
    """

    frame_id: str
    frame_hash: str
    as_of: str | None
    unit: str
    strata: Mapping[str, StratumDesign]
    wave: int
    earlier: str | None
    seed: int
    explore: float
    listings_per_seller: int | None
    size_cuts: Mapping[str, tuple[int, ...]]

    @cached_property
    def design_id(self) -> str:
        """Twelve hex digits that change with anything in the design."""
        return hashlib.sha256(_to_canonical_json(asdict(self)).encode()).hexdigest()[
            :12
        ]

    def listing_probability(self, stratum: str, size: int) -> float:
        """Chance of a listing whose unit has `size` listings in the frame."""
        m = self.listings_per_seller
        inside = 1.0 if m is None else min(1.0, m / size)
        return self.strata[stratum].probability * inside

    def to_json(self) -> str:
        """Write the design as JSON text."""
        body = asdict(self)
        return _to_canonical_json(
            {"version": FORMAT_VERSION, "design_id": self.design_id} | body
        )

    @classmethod
    def from_json(cls, text: str) -> SampleDesign:
        """Read a design back.

        Raises
        ------
        IprsegError
            The text is no design, of another version, or was altered.
        """
        try:
            body = json.loads(text)
            version, design_id = body.pop("version"), body.pop("design_id")
            if version == FORMAT_VERSION:
                body["strata"] = {
                    name: StratumDesign(**stratum)
                    for name, stratum in body["strata"].items()
                }
                body["size_cuts"] = {
                    name: tuple(cuts) for name, cuts in body["size_cuts"].items()
                }
                design = cls(**body)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            needed = ", ".join(field.name for field in fields(cls))
            raise IprsegError(
                f"This text is not a sample design ({type(error).__name__}): it needs "
                f"version, design_id, {needed}; give what SampleDesign.to_json wrote."
            ) from None
        if version != FORMAT_VERSION:
            raise IprsegError(
                f"The sample design is of version {version!r} and this iprseg reads "
                f"version {FORMAT_VERSION}; use the iprseg that wrote it."
            )
        if design.design_id != design_id:
            raise IprsegError(
                f"The sample design {design_id!r} was altered after the draw (its "
                f"content gives {design.design_id!r}); use the stored original."
            )
        return design

    @classmethod
    def of(cls, sample: pd.DataFrame) -> SampleDesign:
        """Take the design out of a frame that `draw_sample` gave.

        Raises
        ------
        IprsegError
            The frame carries none.
        """
        if "design" not in sample.attrs:
            raise IprsegError(
                "The frame carries no sample design in attrs['design']; take it from "
                "the frame draw_sample returned, before joining it to others."
            )
        return cls.from_json(sample.attrs["design"])

    @classmethod
    def all_of(cls, labels: pd.DataFrame) -> list[SampleDesign]:
        """Take the designs out of a frame that ``labeling.read_labels`` gave.

        Raises
        ------
        IprsegError
            The frame carries none, as after a join or a file.
        """
        texts = labels.attrs.get("designs")
        if not texts:
            raise IprsegError(
                "The labels carry no sampling design in attrs['designs'], so no rate "
                "can be estimated from them; pass the frame that read_labels gave, "
                "before joining it to others or keeping it as a file."
            )
        designs = [cls.from_json(text) for text in texts]
        drawn = set(labels.get("design_id", []))
        return [design for design in designs if design.design_id in drawn]


def _to_canonical_json(body: dict[str, Any]) -> str:
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class DrawSettings:
    """Options of one draw; None where the user said nothing and nothing settled it."""

    unit: Any = None
    listings_per_seller: int | None = None
    explore: Any = None
    shape_share: Any = None
    as_of: str | None = None
    seed: Any = None


# all labels measure: nothing in iprseg is fitted on labels yet, and a label that may
# shape is one fewer for the rate
FIRST_WAVE = DrawSettings("listing", None, 0.2, 0.0, None, 0)
UNKNOWN_SELLER = "unknown seller"  # the stratum of listings without a seller
_BAND_MARK = (
    " | sellers of "  # what draw_sample puts after a stratum that it cuts by size
)
# what all waves of one survey share: other values would make it another survey
FIXED_SETTINGS = ("unit", "listings_per_seller", "shape_share", "as_of")


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


def check_same_frame(first: SampleDesign, strata: pd.Series) -> None:
    """Refuse tables or cohorts that are visibly not those of the first wave.

    `draw_sample` compares every listing; this says in numbers what differs.
    """
    sizes = count_stratum_listings(first)
    if sizes.sum() != len(strata):
        raise IprsegError(
            f"The earlier waves were drawn from {sizes.sum():,} listings and the "
            f"tables hold {len(strata):,} now: give the same tables, or begin another "
            "survey in another store=…."
        )
    if strata.value_counts().to_dict() != sizes.to_dict():
        raise IprsegError(
            "The earlier waves were drawn with other cohorts: give the cohorts=… of "
            "the first wave (none, if it had none), or begin another survey in "
            "another store=…."
        )


def count_stratum_listings(design: SampleDesign) -> pd.Series:
    """Count the listings in the frame by the strata that were asked for."""
    sizes = {name: one.frame_listings for name, one in design.strata.items()}
    return pd.Series(sizes).groupby(lambda name: _strip_size_band(design, name)).sum()


def _strip_size_band(design: SampleDesign, name: str) -> str:
    """Give the stratum as it was asked for; sellers are drawn from bands of it."""
    return name.rpartition(_BAND_MARK)[0] or name if design.unit == "seller" else name


def fill_settings(asked: DrawSettings, other: DrawSettings) -> DrawSettings:
    """Fill in from other settings what was not said."""
    values: dict[str, Any] = {}
    for field in fields(DrawSettings):
        said = getattr(asked, field.name)
        values[field.name] = getattr(other, field.name) if said is None else said
    return DrawSettings(**values)
