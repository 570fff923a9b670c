"""AD10: a copy at the price of the genuine article."""

import numpy as np
import pandas as pd

from iprseg.simulate._constants import load_constants
from iprseg.simulate.adversaries._draft import Draft


def plant(draft: Draft, share: float) -> None:
    """Price violative listings of a brand's goods as honest shops price them.

    The price is drawn from 92 to 101 % of the official price of the brand's product
    nearest in the title (else of the brand's middle one), in the listing's currency;
    no crossed-out price is shown, and no cheap variant is left.
    """
    rows, catalogue = draft.listings, draft.table("brand_catalogue")
    pool = rows[rows["violative"] & rows["brand_id"].isin(catalogue["brand_id"])]
    chosen = draft.choose(pool.index, share, "listing", "violative branded listing")
    rows = pool.loc[chosen]
    official = _official(rows, catalogue)
    rate = {m["currency"]: float(m["usd_rate"]) for m in load_constants().markets}
    whole = {m["currency"] for m in load_constants().markets if m["decimals"] == "0"}
    local = official * rows["currency"].map(rate).to_numpy()
    price = local * draft.rng.uniform(0.92, 1.01, len(rows))
    digits = np.where(rows["currency"].isin(whole), 0, 2)
    rounded = [round(p, int(d)) for p, d in zip(price, digits, strict=True)]
    changes = pd.DataFrame({"price": rounded}, index=chosen)
    changes["list_price"], changes["variants_json"] = np.nan, None
    detail = [f"{p:g}" for p in rows["price"]]
    draft.put("listings", "listing_id", changes)
    flag = pd.DataFrame({"price_camouflaged": True}, index=chosen)
    draft.put_truth("listings", "listing_id", flag)
    draft.note("genuine_level", "listing", chosen, detail=detail)


def _official(rows: pd.DataFrame, catalogue: pd.DataFrame) -> np.ndarray:
    """Give the official price in US dollars of the product that each title names."""
    of = dict(list(catalogue.groupby("brand_id")))
    prices = []
    for brand, title in zip(rows["brand_id"], rows["title"], strict=True):
        goods = of[brand]
        said = goods["model_name"].map(lambda name: name.casefold() in title.casefold())  # noqa: B023
        prices.append(
            (goods.loc[said, "msrp"] if said.any() else goods["msrp"]).median()
        )
    return np.array(prices)
