"""AD17: text in a listing that speaks to a machine reader."""

import pandas as pd

from iprseg.simulate.adversaries._draft import Draft
from iprseg.simulate.adversaries._words import phrase


def plant(draft: Draft, share: float) -> None:
    """Append instructions to descriptions, in English or the listing's language."""
    rows = draft.listings
    chosen = draft.choose(rows.index, share, "listing", "listing")
    rows = rows.loc[chosen]
    spoken = [lang if draft.rng.random() < 0.6 else "en" for lang in rows["lang"]]
    said = [phrase("prompt", lang, draft.rng) for lang in spoken]
    text = [
        f"{before} {more}" if isinstance(before, str) else more
        for before, more in zip(rows["description"], said, strict=True)
    ]
    changes = pd.DataFrame({"description": text}, index=chosen)
    draft.put("listings", "listing_id", changes)
    draft.note(spoken, "listing", chosen, detail=said)
