"""The labels of one survey, with the designs that drew them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from iprseg.cli._waves import FIRST, SHARED, Draw, fill_settings
from iprseg.errors import IprsegError

if TYPE_CHECKING:
    from iprseg.survey import SampleDesign
    from labeling import LabelStore


def gold_of(
    store: LabelStore, design: str | None = None, annotator: str | None = None
) -> tuple[pd.DataFrame, list[SampleDesign]]:
    """Read the labels of all waves of one survey, from a store that is intact.

    Parameters
    ----------
    store : LabelStore
    design : str, optional
        Up to the wave of this design; all waves otherwise.
    annotator : str, optional
        Labels of this person only.

    Returns
    -------
    gold : DataFrame
        What `gold_labels` gives.
    designs : list of SampleDesign
        First wave first.

    Raises
    ------
    IprsegError, LabelingError
        A store that is not as it was written, nothing drawn, nothing labeled, several
        surveys and none chosen, an unknown design or annotator.
    """
    from iprseg.survey import SampleDesign
    from labeling import gold_labels

    path = repr(str(store.path))
    _refuse_altered(store, path)
    held = {one: SampleDesign.from_json(store.design(one)) for one in store.designs}
    if not held:
        raise IprsegError(
            f"{path} holds no sample: draw one with `iprseg draw PATH --store FILE`."
        )
    if design is None:
        firsts = [one for one in held.values() if one.earlier is None]
        if len(firsts) > 1:
            names = ", ".join(one.design_id for one in firsts)
            raise IprsegError(
                f"{path} holds {len(firsts)} surveys that do not add up to one rate: "
                f"choose one with --design ({names})."
            )
        designs = list(held.values())
    else:
        store.design(design)  # refuses an unknown one
        designs = _up_to(design, held)
    gold = gold_labels(store, annotator=annotator)
    gold = gold[gold["design_id"].isin([one.design_id for one in designs])].copy()
    gold.attrs["designs"] = [one.to_json() for one in designs]
    if not gold["labels"].any():
        raise IprsegError(
            f"{path} holds {len(gold):,} listings drawn and no label yet: label some "
            "with `iprseg label STORE --annotator NAME`."
        )
    return gold, designs


def _refuse_altered(store: LabelStore, path: str) -> None:
    """Refuse a store that was changed: labels nobody gave are worse than none."""
    found = store.verify().problems
    if found:
        more = f", and {len(found) - 1:,} more" if len(found) > 1 else ""
        raise IprsegError(
            f"{path} is not as it was written, so no rate is given from it: "
            f"{found[0].rstrip('.')}{more}; go back to a copy of the store that is "
            "whole (LabelStore(…).verify() lists all that was found)."
        )


def _up_to(design: str, held: dict[str, SampleDesign]) -> list[SampleDesign]:
    """Give a wave and all before it, the first one first."""
    chain: list[SampleDesign] = []
    name: str | None = design
    while name is not None and name in held:
        chain.insert(0, held[name])
        name = held[name].earlier
    return chain


def settle_draw(
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
        return fill_settings(asked, FIRST), designs
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
        _read_shape_share(store),
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
    return fill_settings(asked, before), designs


def holds_design(store: LabelStore, design_id: str) -> bool:
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


def _read_shape_share(store: LabelStore) -> float:
    with store.reading() as connection:
        return float(store.setting(connection, "shape_share") or FIRST.shape_share)
