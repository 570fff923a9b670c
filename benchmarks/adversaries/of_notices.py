"""Behaviours of papers, notices and labels, against their signals."""

from benchmarks.adversaries._shares import share
from benchmarks.adversaries._worlds import (
    LARGE,
    Line,
    column,
    compare,
    plain,
    plant,
    signals,
    truth,
)


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
