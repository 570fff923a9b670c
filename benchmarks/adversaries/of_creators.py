"""Behaviours that creators carry, against their signals."""

import pandas as pd

import iprseg
from benchmarks.adversaries._shares import share
from benchmarks.adversaries._worlds import (
    Line,
    above,
    column,
    compare,
    plain,
    plant,
    signals,
    truth,
)
from iprseg.signals.creator.promotions import mask_coded_transcripts
from iprseg.signals.inputs import Inputs


def coded_speech() -> list[Line]:
    """AD04: creators, and transcripts by language."""
    after = plant("AD04", (12_000, 1_900))
    before = plain(12_000, 1_900)
    on, off = (
        column(signals(s, ["creator"], "creator"), "I01") for s in (after, before)
    )
    rows = truth(after)
    hosts = rows["linked_id"].unique().tolist()
    creators = after.tables["creators"].set_index("creator_id")
    usual = on[~on.index.isin(hosts) & creators["seller_id"].reindex(on.index).isna()]
    lines = [
        compare("AD04", "creators", "I01 above 95 % of the other free creators", hosts,
                above(on, usual), above(off, usual), None, above(usual, usual))
    ]  # fmt: skip
    promotions = after.tables["promotions"].reset_index(drop=True)
    marketplace = iprseg.Marketplace.from_frames(after.tables)
    hit = pd.Series(
        mask_coded_transcripts(
            Inputs(marketplace, iprseg.learn_brands(marketplace)), promotions
        ),
        index=promotions["promo_id"],
    )
    planted = rows.assign(hit=hit.reindex(rows["entity_id"]).to_numpy())
    clean = before.tables["promotions"].merge(
        before.truth["listings"][["listing_id", "violative"]], on="listing_id"
    )
    others = hit.reindex(clean.loc[~clean["violative"], "promo_id"])
    lines.append(
        Line("AD04", "transcripts", "codewords weigh 0.9", on=share(planted["hit"]),
             others=share(others))
    )  # fmt: skip
    lang = after.tables["listings"].set_index("listing_id")["lang"]
    of = promotions.set_index("promo_id")["listing_id"]
    planted["lang"] = planted["entity_id"].map(of).map(lang)
    for variant, group in planted.groupby("variant", sort=False):
        parts = group.groupby("lang")["hit"]
        langs = ", ".join(f"{k} {int(g.sum())}/{len(g)}" for k, g in parts)
        read = "codewords weigh 0.9"
        lines.append(
            Line("AD04", f"transcripts, {variant}", read, on=share(group["hit"]))
        )
        lines.append(Line("AD04", f"{variant}, by language", read, on=langs))
    return lines
