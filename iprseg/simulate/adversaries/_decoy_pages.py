"""AD03: a page that shows an unbranded item, where the deal is a branded one."""

import json

import numpy as np
import pandas as pd

from iprseg.simulate.adversaries._copies import copy_images, copy_listings
from iprseg.simulate.adversaries._draft import NOW, Draft
from iprseg.simulate.adversaries._words import phrase

_TELLS = ("price_code", "variant", "contact")
# deposits as hosts ask for them; lucky numbers among them
_DEPOSITS = [1, 5, 8.8, 9.9, 10, 66, 88, 99, 168, 520]


def plant(draft: Draft, share: float) -> None:
    """Add a decoy page for violative branded listings; the pair is page and listing.

    The page has title, description and category of an unbranded listing of the same
    language, the pictures of the branded goods, and one to three of the tells: a
    deposit or the seller's own ending as price, a cheap variant before the real one, a
    contact in the description.
    """
    rows = draft.listings
    goods = rows[rows["violative"] & rows["brand_id"].notna()]
    deals = draft.choose(goods.index, share, "listing", "violative branded listing")
    deal = rows.loc[deals]
    faces = _faces(draft, rows, deal)
    tells = [_tells(draft) for _ in deals]
    changes = rows.loc[faces, ["title", "description", "category_path"]].copy()
    changes["description"] = [
        f"{text} {phrase('contact', lang, draft.rng)}" if "contact" in tell else text
        for text, lang, tell in zip(
            changes["description"], deal["lang"], tells, strict=True
        )
    ]
    changes["brand_field"], changes["gtin"] = "", None
    changes["price"] = _prices(draft, deal, tells)
    changes["list_price"] = np.nan
    changes["variants_json"] = [
        _variants(price, real) if "variant" in tell else None
        for price, real, tell in zip(
            changes["price"], deal["price"], tells, strict=True
        )
    ]
    made = deal["created_at"] + draft.hours(1, 72, len(deals))
    changes["created_at"] = made.clip(upper=NOW - pd.Timedelta(hours=1)).to_numpy()
    pages = copy_listings(draft, deals, changes)
    copy_images(draft, deals, pages)
    variant = ["+".join(tell) for tell in tells]
    draft.note(variant, "listing", pages, "listing", deals)


def _tells(draft: Draft) -> list[str]:
    chosen = [tell for tell in _TELLS if draft.rng.random() < 0.5]
    return chosen or [_TELLS[draft.rng.integers(3)]]


def _faces(draft: Draft, rows: pd.DataFrame, deal: pd.DataFrame) -> list[str]:
    """Choose for each deal an unbranded honest listing to copy the page from."""
    plain = rows[~rows["violative"] & rows["brand_id"].isna() & ~rows["trap"]]
    by_lang = {lang: list(group.index) for lang, group in plain.groupby("lang")}
    spare = list(plain.index)
    return [draft.pick(by_lang.get(lang, spare), 1)[0] for lang in deal["lang"]]


def _prices(draft: Draft, deal: pd.DataFrame, tells: list[list[str]]) -> list[float]:
    """Give a deposit, or a price that ends in the seller's own three digits."""
    endings: dict[str, int] = {}
    prices = []
    for seller, price, tell in zip(
        deal["seller_id"], deal["price"], tells, strict=True
    ):
        low = price * draft.rng.uniform(0.05, 0.3)
        if "price_code" not in tell:
            prices.append(round(low, 2))
        elif draft.rng.random() < 0.5:
            # where the smallest coin is large, so are deposits
            unit = 1000 if price > 20_000 else 1
            prices.append(draft.pick(_DEPOSITS, 1)[0] * unit)
        else:
            code = endings.setdefault(seller, int(draft.rng.integers(101, 999)))
            whole = int(low) // 10 * 10 if low >= 10 else int(low)
            prices.append(round(whole + code / 100, 2) if low < 1000 else
                          int(low) // 1000 * 1000 + code)  # fmt: skip
    return [float(price) for price in prices]


def _variants(price: float, real: float) -> str:
    return json.dumps(
        [{"name": "A", "price": price}, {"name": "see live", "price": float(real)}]
    )
