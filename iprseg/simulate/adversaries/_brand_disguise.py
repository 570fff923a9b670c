"""AD01: the brand in a spelling that an exact filter misses."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from iprseg._check import check_option
from iprseg.simulate.adversaries._draft import Draft
from iprseg.simulate.adversaries._named import named_listings, rewrite
from iprseg.simulate.adversaries._spellings import KINDS, disguise, load_disguises


def plant(draft: Draft, share: float, kinds: Sequence[str] = KINDS) -> None:
    """Disguise the brand in title and description; the brand field is left empty.

    ``kinds`` are drawn from as often as each other; one that has no form for a name's
    letters is drawn anew.
    """
    for kind in kinds:
        check_option("AD01 kinds", kind, KINDS, "add_adversaries")
    rows = named_listings(draft)
    rows = rows.loc[draft.choose(rows.index, share, "listing", "plainly named brand")]
    brands = draft.table("brands").set_index("brand_id")
    nicknames = _nicknames()
    made = [
        _one(row.surface, brands.loc[row.brand_id], nicknames, kinds, draft.rng)
        for row in rows.itertuples()
    ]
    changes = pd.DataFrame(made, columns=["kind", "spelling"], index=rows.index)
    for column in ("title", "description"):
        changes[column] = [
            rewrite(text, surface, spelling) if isinstance(text, str) else text
            for text, surface, spelling in zip(
                rows[column], rows["surface"], changes["spelling"], strict=True
            )
        ]
    changes["brand_field"] = ""
    texts = ["title", "description", "brand_field"]
    draft.put("listings", "listing_id", changes[texts])
    draft.put_truth(
        "listings",
        "listing_id",
        pd.DataFrame({"brand_text": "obfuscated"}, index=rows.index),
    )
    kind, spelling = changes["kind"].to_list(), changes["spelling"].to_list()
    brand = rows["brand_id"].to_list()
    draft.note(kind, "listing", list(rows.index), "brand", brand, spelling)


def _nicknames() -> dict[str, str]:
    """Give what buyers call each brand; no register lists it."""
    from iprseg.simulate._constants import load_constants

    return {brand["name"]: brand["nickname"] for brand in load_constants().brands}


def _one(
    surface: str,
    brand: pd.Series,
    nicknames: dict[str, str],
    kinds: Sequence[str],
    rng: np.random.Generator,
) -> tuple[str, str]:
    """Draw kinds until one can write this name."""
    for at in rng.permutation(len(kinds)):
        nickname = nicknames.get(brand["name"])
        spelling = spell(surface, brand["aliases"], nickname, kinds[at], rng)
        if spelling:
            return kinds[at], spelling
    # every name can be taken apart by signs
    return "signs", ".".join(surface)


def spell(
    surface: str,
    aliases: str,
    nickname: str | None,
    kind: str,
    rng: np.random.Generator,
) -> str | None:
    """Write a brand another way; None where the kind has no form of this name."""
    if kind == "nickname":
        return nickname
    if kind == "transliteration":
        listed = [a for a in aliases.split(";")[1:] if a != surface]
        return listed[rng.integers(len(listed))] if listed else None
    if kind == "transliteration_unlisted":
        return _by_sound(surface, aliases, rng)
    return disguise(surface, kind, rng)


def _by_sound(surface: str, aliases: str, rng: np.random.Generator) -> str | None:
    """Write a Latin name by its sound, in letters that no alias of it is written in."""
    if not surface.isascii():
        return None
    key = ("sounds_cyrillic", "sounds_greek")[rng.integers(2)]
    sounds = load_disguises()[key]
    text = "".join(sounds.get(c, c) for c in surface.lower())
    text = text.title()
    return None if text.casefold() in aliases.casefold() else text
