"""H06: how many of the sellers around a seller were acted against."""

import numpy as np
import pandas as pd

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full
from iprseg.signals.network._enforced import lacks_actions, standing_actions
from iprseg.signals.network._links import seller_links, token_holders


def neighbour_violation_rate(inputs: Inputs, sellers: pd.Index) -> Column:
    """H06: weighted share of linked sellers against whom an action stands.

    ``sum w viol / sum w`` over sellers that share a token, w that of the rarest one,
    ``1 / ln(1 + holders)``. Whom a seller is linked to proves nothing about it.
    """
    absent = inputs.lacks("seller_identity.seller_id") or lacks_actions(inputs)
    actions = inputs.table("actions")
    if absent is not None or actions is None:
        return empty(len(sellers), absent or inputs.no_table("actions"))
    links = seller_links(inputs)
    stand = standing_actions(inputs, actions)
    unread = stand["unread"].to_numpy(dtype=bool)
    struck = links["other"].isin(set(stand.loc[~unread, "seller"]))
    doubt = links["other"].isin(set(stand.loc[unread, "seller"])) & ~struck
    links = links.assign(struck=links["weight"] * struck)
    sums = links.groupby("one")[["struck", "weight"]].sum()
    rate = (sums["struck"] / sums["weight"]).reindex(sellers)
    usable = token_holders(inputs).reindex(sellers)
    column = full(rate.to_numpy(dtype=float))
    column = column.missing(usable.isna(), "no_identity_tokens")
    column = column.missing(usable.eq(False), "only_common_tokens")
    column = column.missing(np.isnan(column.values), "no_linked_seller")
    return column.missing(sellers.isin(links.loc[doubt, "one"]), "unknown_action_code")
