"""Behaviours that accounts, creators and notifiers carry, against their signals."""

import numpy as np
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
from iprseg.signals._inputs import Inputs
from iprseg.signals.creator.spoken import _coded
from iprseg.simulate import Simulated

LARGE = (15_000, 2_400)


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
    mp = iprseg.Marketplace.from_frames(after.tables)
    hit = pd.Series(
        _coded(Inputs(mp, iprseg.learn_brands(mp)), promotions),
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


def new_accounts() -> list[Line]:
    """AD07 at each level of evasion."""
    size, lines = LARGE, []
    off = signals(plain(*size), ["network", "behaviour"], "seller")
    for level in range(4):
        after = plant("AD07", size, share=1.0, level=level)
        on = signals(after, ["network", "behaviour"], "seller")
        rows = truth(after)
        kin = set(rows["entity_id"]) | set(rows["linked_id"])
        networks = set(after.truth["networks"]["seller_id"])
        again = rows.loc[rows["variant"] == "reregistered", "entity_id"].to_list()
        aged = rows.loc[rows["variant"] == "aged_account", "entity_id"].to_list()
        for read, flag in _linked(on).items():
            rest = flag[~flag.index.isin(kin | networks)]
            line = compare("AD07", f"new accounts, level {level}", read, again, flag,
                           None, None, rest)  # fmt: skip
            lines.append(line)
        right = _linked(on)["any of these"]
        true = right[right].index.isin(kin | networks)
        precision = f"of the flagged {share(true)} are operators' accounts"
        lines.append(Line("AD07", f"level {level}", "precision", on=precision))
        burst = [column(s, "E12") >= 5 for s in (on, off)]
        lines.append(
            compare("AD07", f"aged accounts, level {level}", "E12 ≥ 5", aged, *burst)
        )
    return lines


def _linked(on: pd.DataFrame) -> dict[str, pd.Series]:
    """Sellers that share a token with another one, by the signal that says so."""
    parts = {
        "H01 > 0": column(on, "H01") > 0,
        "H02 > 0": column(on, "H02") > 0,
        "H03 > 0": column(on, "H03") > 0,
        "H04 > 0": column(on, "H04") > 0,
        "H07 size > 1": column(on, "H07", "size") > 1,
    }
    some = np.any([flag.to_numpy() for flag in parts.values()], axis=0)
    return {**parts, "any of these": pd.Series(some, on.index)}


def review_farms() -> list[Line]:
    """AD08: how far bought praise hides complaints, by how much of it there is."""
    lines, before = [], plain(*LARGE)
    base = column(signals(before, ["feedback"], "seller"), "F01")
    for dilution in (1, 4, 16):
        after = plant("AD08", LARGE, share=1.0, dilution=dilution)
        rows = truth(after)
        shops = rows.loc[rows["variant"] == "farm", "entity_id"]
        usual = base[~base.index.isin(shops)]
        now = column(signals(after, ["feedback"], "seller"), "F01")
        high = [above(one, usual, 0.97) for one in (now, base)]
        told = [one for one in shops if high[1].get(one, False)]
        planted = f"{dilution} bought to each real one"
        who, read = f"{planted}; shops complained of", "F01 of the shop above 97 %"
        lines.append(
            compare("AD08", who, read, told, *high, None, above(usual, usual, 0.97))
        )
        ids = rows.loc[rows["variant"] == "seeded", "entity_id"].to_list()
        burst = column(signals(after, ["feedback"]), "F06") > 0.3
        sellers = after.tables["listings"].set_index("listing_id")["seller_id"]
        lines.append(compare("AD08", planted, "F06 > 0.3", ids, burst, None, sellers))
    shops = rows.loc[rows["variant"] == "farm", "entity_id"].to_list()
    dense, was = (
        column(signals(s, ["network"], "seller"), "H07", "size") > 2
        for s in (after, plain(*LARGE))
    )
    lines.append(compare("AD08", "farms of shops", "H07 size > 2", shops, dense, was))
    return lines


def price_camouflage() -> list[Line]:
    """AD10: how many violative listings other families still rank in the first ones."""
    size = (6_000, 950)
    worlds = {"off": plain(*size), "on": plant("AD10", size, share=1.0)}
    planted = truth(worlds["on"])["entity_id"].to_list()
    flags: dict[tuple[str, str], pd.Series] = {}
    for name, world in worlds.items():
        frame = signals(world, ["text", "price", "image", "feedback"])
        price = [c for c in frame.columns if c.startswith("B")]
        flags[name, "all"] = _first(world, frame)
        flags[name, "no price"] = _first(world, frame.drop(columns=price))
        flags[name, "price alone"] = _first(world, frame[price])
    sellers = worlds["on"].tables["listings"].set_index("listing_id")["seller_id"]
    read = "in the first N of a model on unseen sellers, N violative ones"
    return [
        compare(
            "AD10", f"{which} signals", read, planted, flags["on", which],
            flags["off", which], sellers,
        )
        for which in ("all", "no price", "price alone")
    ]  # fmt: skip


def _first(world: Simulated, features: pd.DataFrame) -> pd.Series:
    """Flag as many listings as violate, those a model of other sellers ranks first."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    listings = world.tables["listings"].set_index("listing_id").loc[features.index]
    planted = world.truth["listings"].set_index("listing_id").loc[features.index]
    label = planted["violative"].astype(int)
    known = features.columns[features.notna().sum() > 100]
    model = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        StandardScaler(),
        LogisticRegression(C=0.1, max_iter=300),
    )
    score = cross_val_predict(
        model, features[known].to_numpy(float), label, groups=listings["seller_id"],
        cv=GroupKFold(5), method="predict_proba",
    )[:, 1]  # fmt: skip
    first = pd.Series(score, features.index).nlargest(int(label.sum())).index
    return pd.Series(features.index.isin(first), features.index)


def forged_papers() -> list[Line]:
    """AD11."""
    after = plant("AD11", LARGE, share=0.5)
    on, off = (signals(s, ["history"], "seller") for s in (after, plain(*LARGE)))
    rows, lines = truth(after), []
    forgers = set(
        plain(*LARGE).truth["behaviours"].query("behaviour == 'AD11'")["entity_id"]
    )
    for ending, read in (
        ("shared", "G08 shared > 0"),
        ("rejected", "G08 rejected > 0"),
    ):
        flags = [column(s, "G08", ending) > 0 for s in (on, off)]
        rest = flags[0][~flags[0].index.isin(forgers | set(rows["entity_id"]))]
        for variant, group in rows.groupby("variant"):
            lines.append(
                compare("AD11", str(variant), read, group["entity_id"].to_list(),
                        *flags, None, rest)
            )  # fmt: skip
    return lines


def loopholes() -> list[Line]:
    """AD12."""
    after = plant("AD12", share=0.2)
    on, off = (
        column(signals(s, ["behaviour"], "seller"), "E09") for s in (after, plain())
    )
    rows = truth(after)
    night = rows.loc[rows["variant"] == "off_hours", "linked_id"].unique().tolist()
    gamed = plain().truth["behaviours"].query("behaviour == 'AD12'")["entity_id"]
    usual = on[~on.index.isin([*night, *gamed])]
    flags = [above(s, usual) for s in (on, off)]
    return [
        compare("AD12", "off_hours", "E09 above 95 % of the others", night, *flags,
                None, above(usual, usual)),
        Line("AD12", "geo_hidden", "market difference", on="no signal yet"),
    ]  # fmt: skip


def probing() -> list[Line]:
    """AD13: there is no signal of sequences; what others see of them."""
    after = plant("AD13", LARGE, share=1.0)
    before = plain(*LARGE)
    rows = truth(after)
    passed = rows["linked_id"].unique().tolist()
    sellers = after.tables["listings"].set_index("listing_id")["seller_id"]
    reuse = [column(signals(s, ["image"]), "C03") == 1 for s in (after, before)]
    shops = sellers[passed].unique().tolist()
    cycles = [
        column(signals(s, ["behaviour"], "seller"), "E07", "cycles") > 0
        for s in (after, before)
    ]
    return [
        Line(
            "AD13",
            f"{len(passed)} sequences",
            "submission sequences",
            on="no signal yet",
        ),
        compare("AD13", "what passes at last", "C03 = 1", passed, *reuse, sellers),
        compare("AD13", "shops", "E07 > 0", shops, *cycles),
    ]


def notices() -> list[Line]:
    """AD15: the notifier sinks, the seller's record does not."""
    after = plant("AD15", share=0.1)
    on = column(signals(after, ["history"], "rights_owner"), "G09")
    rows = truth(after)
    trolls = rows["linked_id"].unique().tolist()
    honest = on[~on.index.isin(trolls) & ~on.index.str.startswith("RO90")]
    low = honest.min()
    lines = [
        compare("AD15", "notifiers", f"G09 below every owner's ({low:.2f})", trolls,
                on < low, None, None, honest < low)
    ]  # fmt: skip
    cleared = rows[(rows["variant"] == "victim") & (rows["detail"] == "")]
    record = [
        column(signals(s, ["history"], "seller"), "G01") for s in (after, plain())
    ]
    ids = cleared["entity_id"]
    # claims against others move the base rate that all are shrunk to, a little
    moved = record[0] - record[1].reindex(record[0].index)
    named = truth(after, "seller")["entity_id"]
    usual = moved[~moved.index.isin(named)].max()
    deceived = rows[(rows["variant"] == "victim") & (rows["detail"] == "removed")]
    read = "G01 rises more than of any other seller"
    for who, some in (
        ("claims rejected", ids),
        ("desk deceived", deceived["entity_id"]),
    ):
        up = moved.reindex(some).fillna(0) > usual + 1e-9
        lines.append(Line("AD15", f"sellers, {who}", read, on=share(up)))
    return lines


def fronts() -> list[Line]:
    """AD16."""
    size = LARGE
    after, before = plant("AD16", size, share=0.1), plain(*size)
    on, off = (signals(s, ["behaviour"], "seller") for s in (after, before))
    rows = truth(after, "seller")
    planted = set(rows["entity_id"])
    lines = []
    jump = column(on, "E06")
    usual = jump[~jump.index.isin(planted)]
    flags = [above(one, usual) for one in (jump, column(off, "E06"))]
    rest = above(usual, usual)
    history = before.tables["listings"].groupby("seller_id").size()
    for variant, group in rows.groupby("variant", sort=False):
        ids = group["entity_id"].to_list()
        large = [one for one in ids if history[one] >= 20]
        for who, some in (("all", ids), ("20 listings or more", large)):
            name, read = f"{variant}, {who}", "E06 above 95 %"
            lines.append(compare("AD16", name, read, some, *flags, None, rest))
    links = column(signals(after, ["network"], "seller"), "H01") > 0
    taken = rows.loc[rows["variant"] == "hijacked", "entity_id"].to_list()
    lines.append(compare("AD16", "hijacked", "H01 > 0", taken, links, None))
    return lines


def no_signal_yet() -> list[Line]:
    """AD14 and AD18: generators with truth, for rooms that are not built."""
    poisoned = plant("AD14", share=0.3)
    rows = truth(poisoned)
    bad = rows.loc[rows["variant"] == "colludes", "entity_id"].nunique()
    cleared = (rows["variant"] == "cleared").sum()
    moved = plant("AD18", share=0.6)
    return [
        Line(
            "AD14",
            f"{bad} annotators, {cleared} labels",
            "gold traps, M25",
            on="no signal yet",
        ),
        Line("AD18", f"{len(truth(moved))} listings", "M40", on="no signal yet"),
    ]
