"""Where listings name the brand that they were planted with."""

import re

import pandas as pd

from iprseg.simulate.adversaries._draft import Draft


def named_listings(draft: Draft) -> pd.DataFrame:
    """Find the listings whose title writes their brand plainly.

    Returns
    -------
    DataFrame
        Those rows of ``draft.listings``, with ``surface`` (the brand as the title
        writes it: the name, or a local name that the owner's register lists).
    """
    brands = draft.table("brands").set_index("brand_id")
    names = {
        brand: [name, *aliases.split(";")[1:]]
        for brand, name, aliases in brands[["name", "aliases"]].itertuples()
    }
    rows = draft.listings
    rows = rows[rows["brand_text"] == "as_is"]
    surface = [
        _surface(title, names.get(brand, []))
        for title, brand in zip(rows["title"], rows["brand_id"], strict=True)
    ]
    rows = rows.assign(surface=pd.array(surface, dtype=object))
    return rows[rows["surface"].notna()]


def _surface(title: str, names: list[str]) -> str | None:
    for name in names:
        found = re.search(rf"(?i){re.escape(name)}", title) if name else None
        if found:
            return found.group()
    return None


def rewrite(text: str, surface: str, spelling: str) -> str:
    """Write the other spelling wherever a text has the name, in whatever case."""
    return re.sub(rf"(?i){re.escape(surface)}", lambda _: spelling, text)
