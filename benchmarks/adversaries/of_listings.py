"""Behaviours of listings and their pictures, against the signals of listings."""

import numpy as np
import pandas as pd

from benchmarks.adversaries._shares import share
from benchmarks.adversaries._worlds import (
    Line,
    column,
    compare,
    plain,
    plant,
    signals,
    truth,
)
from iprseg.simulate import SimulatedMarketplace

LARGE = (15_000, 2_400)


def _sellers(simulated: SimulatedMarketplace) -> pd.Series:
    return simulated.tables["listings"].set_index("listing_id")["seller_id"]


def logo_hiding() -> list[Line]:
    """AD02."""
    after, lines = plant("AD02"), []
    on, off = signals(after, ["image"]), signals(plain(), ["image"])
    flags = [(column(s, "C06") == 1) | (column(s, "C07") == 1) for s in (on, off)]
    rows = truth(after)
    others = flags[0][~flags[0].index.isin(rows["entity_id"])]
    for variant, group in rows.groupby("variant", sort=False):
        lines.append(
            compare("AD02", variant, "C06 or C07 = 1", group["entity_id"].to_list(),
                    *flags, _sellers(after), others)
        )  # fmt: skip
    return lines


def decoy_pages() -> list[Line]:
    """AD03."""
    after = plant("AD03", LARGE, share=1.0)
    on = signals(after, ["price", "text", "image"])
    found = {
        "B06": column(on, "B06") > 0.5,
        "B07": column(on, "B07") == 1,
        "A17": column(on, "A17") > 0,
        "C05": column(on, "C05") == 1,
    }
    any_of = found["B06"] | found["B07"] | found["A17"]
    rows, sellers = truth(after), _sellers(after)
    pages, deals = rows["entity_id"].to_list(), set(rows["linked_id"])
    rest = any_of[~any_of.index.isin([*pages, *deals])]
    lines = [
        compare("AD03", "pairs, all", "B06 > 0.5, B07 = 1 or A17 > 0", pages,
                any_of, None, sellers, rest),
        compare("AD03", "pairs, all", "C05 = 1 (logo on unbranded page)", pages,
                found["C05"], None, sellers),
    ]  # fmt: skip
    either = any_of | found["C05"]
    rest = either[~either.index.isin([*pages, *deals])]
    read = "one of these or C05 = 1"
    lines.append(
        compare("AD03", "pairs, all", read, pages, either, None, sellers, rest)
    )
    signs = {"price_code": "B07", "variant": "B06", "contact": "A17"}
    for tell, code in signs.items():
        own = rows.loc[rows["variant"].str.contains(tell), "entity_id"].to_list()
        lines.append(
            compare("AD03", f"tell: {tell}", code, own, found[code], None, sellers)
        )
    return lines


def bait_and_switch() -> list[Line]:
    """AD05."""
    after = plant("AD05")
    on, off = (signals(s, ["behaviour"]) for s in (after, plain()))
    ids = truth(after)["entity_id"].to_list()
    sellers = _sellers(after)
    edited = [column(s, "E10", "approval") > 0 for s in (on, off)]
    retitled = [column(s, "E10", "title_change") > 0.5 for s in (on, off)]
    return [
        compare("AD05", "title", "E10 > 0", ids, *edited, sellers),
        compare("AD05", "title", "E10 title change > 0.5", ids, *retitled, sellers),
    ]


def relisting() -> list[Line]:
    """AD06: the bank of pictures, and the cycles of a seller, by language."""
    size = LARGE
    after, before = plant("AD06", size, share=1.0), plain(*size)
    reused = column(signals(after, ["image"]), "C03") == 1
    rows, sellers = truth(after), _sellers(after)
    rest = reused[~reused.index.isin([*rows["entity_id"], *rows["linked_id"]])]
    lines = [
        compare("AD06", f"all {len(rows)}", "C03 = 1", rows["entity_id"].to_list(),
                reused, None, sellers, rest)
    ]  # fmt: skip
    lines += _cycles(after, before, rows[rows["variant"].str.startswith("own")])
    listings = after.tables["listings"].set_index("listing_id")
    by_lang = rows.groupby(rows["entity_id"].map(listings["lang"]))["entity_id"]
    langs = [f"{lang} {int(reused[ids].sum())}/{len(ids)}" for lang, ids in by_lang]
    lines.append(Line("AD06", "by language", "C03 = 1", on=", ".join(langs)))
    bare = SimulatedMarketplace(dict(after.tables), after.truth)
    images = bare.tables["images"]
    bare.tables["images"] = images[~images["listing_id"].isin(rows["entity_id"])]
    lines += _cycles(
        bare, before, rows[rows["variant"].str.startswith("own")], "without pictures, "
    )
    return lines


def _cycles(
    after: SimulatedMarketplace,
    before: SimulatedMarketplace,
    own: pd.DataFrame,
    how: str = "",
) -> list[Line]:
    """Count relists that E07 adds for the shops that put up their own again."""
    copies = after.tables["listings"].set_index("listing_id").loc[own["entity_id"]]
    planted = copies.groupby("seller_id").size()
    lines = []
    values = [signals(s, ["behaviour"], "seller") for s in (after, before)]
    for name, ending in (("title and image", "cycles"), ("image", "image")):
        on, off = (column(s, "E07", ending) for s in values)
        gained = (on - off).reindex(planted.index)
        found = gained.fillna(0).clip(0, planted).sum()
        unknown = int(planted[gained.isna()].sum())
        note = f"{int(found)} of {planted.sum()}"
        note += f", {unknown} unknown (NaN)" if unknown else ""
        lines.append(Line("AD06", f"{how}own shop", f"E07, {name}", on=note))
    if not how:
        lines.append(_cycles_by_language(values, copies))
    return lines


def _cycles_by_language(values: list[pd.DataFrame], copies: pd.DataFrame) -> Line:
    on, off = (column(s, "E07", "cycles") for s in values)
    parts = []
    for lang, group in copies.groupby("lang"):
        planted = group.groupby("seller_id").size()
        gained = (on - off).reindex(planted.index).fillna(0).clip(0, planted)
        parts.append(f"{lang} {int(gained.sum())}/{planted.sum()}")
    read = "E07, title and image"
    return Line("AD06", "own shop, by language", read, on=", ".join(parts))


def image_edits() -> list[Line]:
    """AD09, by kind of edit."""
    after, before = plant("AD09", LARGE, share=1.0), plain(*LARGE)
    on, off = signals(after, ["image"]), signals(before, ["image"])
    images = after.tables["images"].set_index("image_id")["listing_id"]
    rows = truth(after)
    rows = rows.assign(listing=rows["entity_id"].map(images))
    # where a stock photograph was shared before, C01 says nothing of the edit
    rows = rows[(column(off, "C01").reindex(rows["listing"]) == 0).to_numpy()]
    turned, same = column(on, "C10") == 1, column(on, "C01") > 0
    was = column(off, "C10") == 1
    lines = []
    for kind, group in rows.groupby("variant", sort=False):
        ids = group["listing"].to_list()
        seen = same.loc[ids] | turned.loc[ids]
        lines.append(
            Line("AD09", str(kind), "C10 = 1; C10 or C01", share(was.loc[ids]),
                 f"{share(turned.loc[ids])}; {share(seen)}")
        )  # fmt: skip
    rest = turned[~turned.index.isin(rows["listing"])]
    lines.append(Line("AD09", "others", "C10 = 1", others=share(rest)))
    return lines


def prompts() -> list[Line]:
    """AD17: no signal may move but those that count signs or compare descriptions."""
    after = plant("AD17")
    on, off = (signals(s, ["text"]) for s in (after, plain()))
    ids = truth(after)["entity_id"].to_list()
    on, off = on.loc[ids], off.loc[ids]
    moved = {c: ~np.isclose(on[c], off[c], equal_nan=True) for c in on.columns}
    kinds = ", ".join(f"{c[:3]} {int(m.sum())}" for c, m in moved.items() if m.any())
    names = [c for c in on.columns if c[:3] not in ("A11", "A14", "A16")]
    some = np.any([moved[c] for c in names], axis=0)
    sellers = _sellers(after).loc[ids]
    read = "any text signal but A11, A14, A16 moves"
    line = Line("AD17", f"{len(ids)} descriptions", read, on=share(some, sellers))
    return [line, Line("AD17", "", "which move", on=kinds or "none")]


def jurisdictions() -> list[Line]:
    """AD19: what is claimed is found, wherever the right is registered."""
    after = plant("AD19", share=1.0)
    on, off = (signals(s, ["text", "catalogue_fit"]) for s in (after, plain()))
    rows, sellers = truth(after), _sellers(after)
    flags = [(column(s, "A01") == 1) | (column(s, "A04") == 1) for s in (on, off)]
    gap = [column(s, "D02") == 1 for s in (on, off)]
    ids = rows["entity_id"].to_list()
    return [
        compare("AD19", "moved", "A01 or A04 = 1", ids, *flags, sellers),
        compare("AD19", "moved", "D02 = 1", ids, *gap, sellers),
        Line("AD19", "moved", "market-scoped rights check", on="no signal yet"),
    ]


def dupe_norms() -> list[Line]:
    """AD20: the words are found; they cannot tell lawful from infringing."""
    after = plant("AD20", share=0.2)
    on, off = (signals(s, ["text"]) for s in (after, plain()))
    rows, sellers = truth(after), _sellers(after)
    flags = [column(s, "A09") == 1 for s in (on, off)]
    lines = [
        compare("AD20", str(kind), "A09 = 1", group["entity_id"].to_list(), *flags,
                sellers, flags[0][~flags[0].index.isin(rows["entity_id"])])
        for kind, group in rows.groupby("variant")
    ]  # fmt: skip
    labels = after.tables["labels"]
    calls = labels.groupby("entity_id")["violation_primary"].nunique()
    note = f"{share(calls > 1)} of listings have readers who differ"
    lines.append(
        Line(
            "AD20",
            "three readers each",
            "M24 ambiguity",
            on="no signal yet",
            others=note,
        )
    )
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


def _first(world: SimulatedMarketplace, features: pd.DataFrame) -> pd.Series:
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
