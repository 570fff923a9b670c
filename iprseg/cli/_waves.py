"""What a draw is to be: as asked, or as the earlier waves in the store were."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import pandas as pd

from iprseg.errors import IprsegError

if TYPE_CHECKING:
    from iprseg.survey import SampleDesign
    from labeling import LabelStore


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
BANDS = " | sellers of "  # what draw_sample puts after a stratum that it cuts by size
# what all waves of one survey share: other values would make it another survey
SHARED = ("unit", "listings_per_seller", "shape_share", "as_of")


def settle(
    store: LabelStore, asked: Draw, next_wave: bool
) -> tuple[Draw, list[SampleDesign]]:
    """Fill in what was not said, and give the waves that the store holds.

    Raises
    ------
    IprsegError
        A further wave of nothing, or one that is to be drawn otherwise.
    """
    from iprseg.survey import SampleDesign

    designs = [SampleDesign.from_json(store.design(one)) for one in store.designs]
    if not next_wave:
        return _filled(asked, FIRST), designs
    if not designs:
        raise IprsegError(
            f"--next-wave draws what earlier waves left, and {str(store.path)!r} holds "
            "none: leave --next-wave out."
        )
    last = designs[-1]
    before = Draw(
        last.unit,
        last.listings_per_seller,
        last.explore,
        _shape_share(store),
        last.as_of,
        last.seed,
    )
    for name in SHARED:
        wanted, was = getattr(asked, name), getattr(before, name)
        if wanted is not None and wanted != was:
            option = "--" + name.replace("_", "-")
            shown = f"{was:g}" if isinstance(was, float) else was
            said = f"with {option} {shown}" if was is not None else f"without {option}"
            raise IprsegError(
                f"The earlier waves in {str(store.path)!r} were drawn {said}, and "
                f"waves of one survey are drawn alike: leave {option} out."
            )
    return _filled(asked, before), designs


def holds_it(store: LabelStore, design_id: str) -> bool:
    """Say whether the store holds this very draw; refuse one that holds another.

    Raises
    ------
    IprsegError
        The store holds another draw: its rates would be of neither.
    """
    held = store.designs
    if held and design_id not in held:
        raise IprsegError(
            f"{str(store.path)!r} holds another draw already ({', '.join(held)}): add "
            "--next-wave to draw more of the same listings, or give another --store."
        )
    return bool(held)


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


def _filled(asked: Draw, other: Draw) -> Draw:
    values: dict[str, Any] = {}
    for field in fields(Draw):
        said = getattr(asked, field.name)
        values[field.name] = getattr(other, field.name) if said is None else said
    return Draw(**values)


def _shape_share(store: LabelStore) -> float:
    with store.reading() as connection:
        return float(store.setting(connection, "shape_share") or FIRST.shape_share)
