"""What came later, and what a stage does not know, cannot move any signal."""

import functools

import pandas as pd
import pytest

from iprseg.signals import compute_signals, signal_catalogue
from iprseg.signals.compute import compute_signals_with_reasons
from iprseg.signals.registry import STAGES
from tests.iprseg.signals.two_worlds import later_world, whole_marketplace

LEVELS = ["listing", "seller", "creator", "rights_owner"]
WORLDS = [(1, "2025-07-01"), (2, "2024-11-15T10:30:00Z")]


def _time(text):
    time = pd.Timestamp(text)
    return time.tz_localize("UTC") if time.tzinfo is None else time


@functools.cache
def worlds(seed, text):
    time = _time(text)
    tables = whole_marketplace(seed, time)
    return tables, later_world(tables, time, seed)


def moved(one, other):
    """Name the columns in which two frames differ, with how many rows do."""
    assert sorted(one.columns) == sorted(other.columns)
    assert sorted(one.index) == sorted(other.index)
    other = other.reindex(one.index)
    same = {c: (one[c] == other[c]) | (one[c].isna() & other[c].isna()) for c in one}
    return {c: int((~s).sum()) for c, s in same.items() if not s.all()}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("seed", "time"), WORLDS)
def test_nothing_later_moves_a_signal(seed, time, level):
    known = [
        compute_signals_with_reasons(tables, level, as_of=time)
        for tables in worlds(seed, time)
    ]
    assert len(known[0][0]) > 0 and known[0][0].notna().any(axis=None)
    assert moved(known[0][0].round(9), known[1][0].round(9)) == {}
    assert moved(known[0][1], known[1][1]) == {}


def test_worlds_differ_in_what_is_asked_without_a_time():
    # were the worlds alike, or told apart by few signals, the test above would be idle
    for level in ("listing", "seller"):
        one, other = (compute_signals(tables, level) for tables in worlds(*WORLDS[0]))
        both = one.index.intersection(other.index)
        given = one.columns[one.loc[both].notna().any()]
        differing = moved(one.loc[both, given], other.loc[both, given])
        assert len(differing) > 0.8 * len(given)


def test_a_signal_that_looks_ahead_is_found_out():
    tables = worlds(*WORLDS[0])

    def ahead(of):
        return lambda marketplace: (
            of["orders_daily"].groupby("listing_id")["orders"].sum()
        )

    one, other = (
        compute_signals(of, as_of=WORLDS[0][1], own={"X01_ahead": ahead(of)})
        for of in tables
    )
    assert moved(one, other).keys() == {"X01_ahead"}


# tables that are first known after a stage
LATER_TABLES = {
    "T0": ["images", "listing_versions"],
    "T1": ["promotions"],
    "T2": ["orders_daily", "returns", "reviews"],
    "T3": ["notices", "notice_items", "actions", "appeals", "incidents"],
}
# what happened to others before the entity was there, as the specification has them:
# base rates of brands, categories and countries of origin, and the past of neighbours
PRIORS = {"D04", "D05", "D06", "H06"}
SEVERAL = [("T0", "seller"), ("T1", "seller"), ("T2", "creator"), ("T3", "seller")]


@pytest.mark.parametrize(("stage", "level"), SEVERAL)
def test_a_stage_gives_its_signals_and_needs_no_later_table(stage, level):
    time = WORLDS[0][1]
    tables = worlds(*WORLDS[0])[0]
    later = {
        name
        for last, names in LATER_TABLES.items()
        if STAGES.index(last) >= STAGES.index(stage)
        for name in names
    }
    fewer = {name: frame for name, frame in tables.items() if name not in later}
    if stage == "T2":
        # how often a listing is looked at is known before its first sale
        unsold = dict.fromkeys(["orders", "units", "gmv_usd"], 0)
        fewer["orders_daily"] = tables["orders_daily"].assign(**unsold)
    if stage == "T0":
        said = {"title": "AAA replica", "price": 1.0, "brand_field": "Velmora"}
        fewer["listings"] = fewer["listings"].assign(**said)
    one, other = (
        compute_signals(known, level, as_of=time, max_stage=stage)
        for known in (tables, fewer)
    )
    stages = signal_catalogue()["stage"]
    ids = {name.split("_")[0] for name in one}
    assert len(ids) > 5
    assert all(STAGES.index(stages[key]) <= STAGES.index(stage) for key in ids)
    differing = moved(one, other)
    assert {name for name in differing if name.split("_")[0] not in PRIORS} == set()


def test_all_signals_are_given_at_the_last_stage_and_fewer_before():
    tables = worlds(*WORLDS[0])[0]
    given = [
        set(compute_signals(tables, "seller", as_of=WORLDS[0][1], max_stage=stage))
        for stage in ("T1", "T4", None)
    ]
    assert given[0] < given[1] == given[2]


def test_tables_without_rows_give_signals_without_rows():
    tables = {name: frame.iloc[:0] for name, frame in worlds(*WORLDS[0])[0].items()}
    none = compute_signals(tables)
    assert none.shape[0] == 0 and none.shape[1] > 40


NEEDED = {("listings", "title"), ("brands", "name")}


@pytest.mark.parametrize("level", LEVELS)
def test_tables_of_nothing_but_ids_give_no_numbers_without_ground(level):
    tables = {}
    for name, frame in worlds(*WORLDS[0])[0].items():
        ids = [c for c in frame if c.endswith("_id") or (name, c) in NEEDED]
        tables[name] = frame.assign(**{c: None for c in frame if c not in ids})
    values, reasons = compute_signals_with_reasons(tables, level)
    assert len(values) > 0
    assert ((reasons != "") == values.isna()).all(axis=None)
