"""Behaviours that accounts carry, against their signals."""

import numpy as np
import pandas as pd

from benchmarks.adversaries._shares import share
from benchmarks.adversaries._worlds import (
    LARGE,
    Line,
    above,
    column,
    compare,
    plain,
    plant,
    signals,
    truth,
)


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
