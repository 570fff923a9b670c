"""I06 and I07: whose shops creators promote."""

import numpy as np
import pandas as pd

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals.creator._rates import shops_promoted
from iprseg.signals.network._enforced import lacks_actions, standing_actions
from iprseg.signals.network._links import seller_links

_PROMOTIONS = (
    "promotions.creator_id",
    "promotions.listing_id",
    "promotions.ts",
    "listings.seller_id",
)
# Severity S3 (counterfeits on sale) or worse; where no label tells it, the steps of the
# action ladder that follow it: limits, payout hold, suspension, termination, referral.
_SEVERE = ("S3", "S4")
_HEAVY = ("ACT6", "ACT7", "ACT8", "ACT9", "ACT10")


def creator_multi_shop(inputs: Inputs, creators: pd.Index) -> Column:
    """I06: shops acted against at severity S3 or more after they were promoted."""
    absent = _lacks(inputs) or lacks_actions(inputs) or inputs.lacks("actions.ts")
    if absent is not None:
        return empty(len(creators), absent)
    shops = shops_promoted(inputs, inputs.marketplace.promotions)
    actions = standing_actions(inputs, inputs.marketplace.actions)
    severe, unread = _severe(inputs, actions)
    later = _acted_later(shops, actions[severe])
    doubt = _acted_later(shops, actions[unread]) & ~later
    column = _counted(later.groupby(shops["creator_id"]).sum(), creators)
    unsure = creators.isin(shops.loc[doubt, "creator_id"])
    return column.missing(unsure, "unknown_action_code")


def _acted_later(shops: pd.DataFrame, actions: pd.DataFrame) -> pd.Series:
    """Tell which shops were acted against after they were promoted."""
    last = actions.groupby("seller")["ts"].max()
    # an action of a time that is not known is none that came later
    return shops["since"] < last.reindex(shops["seller_id"]).set_axis(shops.index)


def creator_seller_same_operator(inputs: Inputs, creators: pd.Index) -> Column:
    """I07: other shops promoted that share a token with the creator's own shop."""
    absent = (
        _lacks(inputs)
        or inputs.lacks("creators.creator_id")
        or inputs.lacks("creators.seller_id")
        or inputs.lacks("seller_identity.seller_id")
    )
    if absent is not None:
        return empty(len(creators), absent)
    owners = inputs.marketplace.creators.dropna(subset=["creator_id", "seller_id"])
    owners = owners.drop_duplicates("creator_id").set_index("creator_id")["seller_id"]
    shops = shops_promoted(inputs, inputs.marketplace.promotions)
    shops["own"] = shops["creator_id"].map(owners)
    links = seller_links(inputs)
    pairs = pd.MultiIndex.from_frame(links[["one", "other"]])
    linked = pd.MultiIndex.from_frame(shops[["own", "seller_id"]]).isin(pairs)
    found = pd.Series(linked, index=shops.index).groupby(shops["creator_id"]).sum()
    return _counted(found, creators).missing(
        ~creators.isin(owners.index), "no_own_shop_known"
    )


def _lacks(inputs: Inputs) -> str | None:
    return next(filter(None, map(inputs.lacks, _PROMOTIONS)), None)


def _counted(found: pd.Series, creators: pd.Index) -> Column:
    values = found.reindex(creators).to_numpy(dtype=float)
    return full(values).missing(np.isnan(values), "no_promotions")


def _severe(inputs: Inputs, actions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Tell which actions are severe, and of which nobody can tell."""
    code = actions["action_code"].astype("string").str.strip().str.upper()
    kind = actions["entity_type"].astype("string").str.strip().str.casefold()
    of_shop = (kind == "seller").fillna(False).to_numpy(dtype=bool)
    heavy = code.isin(_HEAVY).to_numpy(dtype=bool) & of_shop
    unread = actions["unread"].to_numpy(dtype=bool) & of_shop
    labels = inputs.table("labels")
    wanted = {"label_id", "severity"}
    if labels is None or not wanted <= {*labels.columns} or "label_id" not in actions:
        return heavy, unread
    labels = labels.dropna(subset=["label_id", "severity"]).drop_duplicates("label_id")
    graded = actions["label_id"].map(labels.set_index("label_id")["severity"])
    severe = graded.astype("string").str.strip().str.upper().isin(_SEVERE)
    told = graded.notna().to_numpy(dtype=bool)
    return np.where(told, severe.to_numpy(dtype=bool), heavy), unread & ~told
