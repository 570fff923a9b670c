"""AD11: one forged letter, or one invoice, for many shops."""

import pandas as pd

from iprseg.simulate.adversaries._draft import NOW, Draft

_SHOPS = 3  # to a paper
_KINDS = ("forged_letter", "reused_invoice")
_DOC_TYPE = {"forged_letter": "LoA", "reused_invoice": "invoice"}


def plant(draft: Draft, share: float) -> None:
    """Let bad sellers claim brands with papers that others use too.

    Sellers go by threes on one document. ``forged_letter``: the letter of authorisation
    was checked and did not pass. ``reused_invoice``: the desk was deceived and took it
    for true, so only the document's recurrence tells.
    """
    chosen = _choose(draft, share)
    groups = max(1, len(chosen) // _SHOPS)
    paper = [k % groups for k in range(len(chosen))]
    kind = [_KINDS[p % 2] for p in paper]
    marks = draft.rng.integers(10**8, 10**9, groups)
    documents = [f"SIM-DOC-F{marks[p]}" for p in paper]
    draft.put(
        "seller_identity", "seller_id", pd.DataFrame({"doc": documents}, index=chosen)
    )
    draft.append("authorisations", _claims(draft, chosen, kind))
    others = [
        next(c for c, q in zip(chosen, paper, strict=True) if q == p and c != own)
        for own, p in zip(chosen, paper, strict=True)
    ]
    draft.note(kind, "seller", chosen, "seller", others, documents)


def _choose(draft: Draft, share: float) -> list[str]:
    """Choose bad sellers, at least two: a paper of one shop alone is no collision."""
    truth = draft.truth["sellers"]
    taken = set(draft.used.get("seller", set()))
    # the simulator's own forgers have papers of this kind already
    known = draft.truth["behaviours"]
    taken |= set(known.loc[known["behaviour"] == "AD11", "entity_id"])
    bad = [s for s in truth.loc[truth["bad"], "seller_id"] if s not in taken]
    chosen = draft.choose(bad, share, "seller", "bad seller")
    spare = sorted(set(bad) - set(chosen))
    chosen += spare[: max(0, 2 - len(chosen))]
    draft.used["seller"].update(chosen)
    return chosen


def _claims(draft: Draft, chosen: list[str], kind: list[str]) -> pd.DataFrame:
    """Write the authorisations that the papers are to prove."""
    rows, sellers = draft.listings, draft.table("sellers").set_index("seller_id")
    branded = rows[rows["brand_id"].notna()].groupby("seller_id")["brand_id"]
    brands = branded.agg(lambda b: b.mode().iloc[0])
    spare_brand = draft.table("brands")["brand_id"].iloc[0]
    ids = draft.new_ids("authorisations", "authorisation_id", "U", len(chosen))
    return pd.DataFrame(
        {
            "authorisation_id": ids,
            "seller_id": chosen,
            "brand_id": [brands.get(s, spare_brand) for s in chosen],
            "doc_type": [_DOC_TYPE[k] for k in kind],
            "scope_markets": sellers.loc[chosen, "market"].to_list(),
            "valid_from": (sellers.loc[chosen, "created_at"]).to_numpy(),
            "valid_to": (NOW + pd.Timedelta(days=365)).as_unit("us"),
            "verified": [k == "reused_invoice" for k in kind],
            "verifier": "desk",
        }
    )
