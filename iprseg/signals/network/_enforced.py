"""Actions against sellers that stand."""

import pandas as pd

from iprseg.signals._inputs import Inputs

# Action ladder: nothing, educate, ask for documents, demote; and a notifier's penalty.
_LIGHT = ("ACT0", "ACT1", "ACT2", "ACT3", "N1")
# The ladder's codes and the words of the law's database; of others nobody knows.
_KNOWN = r"ACT\d{1,2}|N1|DECISION_\w+"


def lacks_actions(inputs: Inputs) -> str | None:
    """Return the reason if no actions are told."""
    columns = ("entity_type", "entity_id", "action_code")
    return next(filter(None, (inputs.lacks(f"actions.{c}") for c in columns)), None)


def standing_actions(inputs: Inputs, actions: pd.DataFrame) -> pd.DataFrame:
    """Return actions that removed, warned or worse, overturned ones left out.

    Parameters
    ----------
    inputs : Inputs
    actions : DataFrame
        The table.

    Returns
    -------
    DataFrame
        Those against sellers and their listings, with ``seller`` and ``unread``: whose
        code is not known, so that they may have been light.
    """
    code = actions["action_code"].astype("string").str.strip().str.upper()
    known = code.str.fullmatch(_KNOWN).fillna(False).to_numpy(dtype=bool)
    light = code.isin(_LIGHT).to_numpy(dtype=bool)
    actions = actions.assign(unread=~known)[~light & ~_overturned(inputs, actions)]
    kind = actions["entity_type"].astype("string").str.strip().str.casefold().fillna("")
    seller = actions["entity_id"].where((kind == "seller").to_numpy(dtype=bool))
    if inputs.has("seller_id"):
        of_listing = actions["entity_id"].map(inputs.listings["seller_id"])
        listed = (kind == "listing").to_numpy(dtype=bool)
        seller = seller.astype(object).where(~listed, of_listing.astype(object))
    actions = actions.assign(seller=seller)
    return actions[actions["seller"].notna()]


def _overturned(inputs: Inputs, actions: pd.DataFrame) -> pd.Series:
    appeals = inputs.table("appeals")
    wanted = {"action_id", "outcome"}
    if (
        appeals is None
        or not wanted <= {*appeals.columns}
        or "action_id" not in actions
    ):
        return pd.Series(False, index=actions.index).to_numpy()
    outcome = appeals["outcome"].astype("string").str.strip().str.casefold()
    gone = appeals.loc[(outcome == "overturned").fillna(False), "action_id"].dropna()
    return actions["action_id"].isin(gone).to_numpy()
