import numpy as np
import pandas as pd
import pytest

from iprseg.signals.composite.scores import (
    anomaly_score,
    find_home_places,
    hard_evidence_count,
    hard_evidence_count_of_sellers,
)
from iprseg.signals.inputs import make_column, make_missing_column
from tests.iprseg.signals.helpers import compute

NOW = "2024-06-30"
J03, J04, J05 = (
    "J03_anomaly_score",
    "J04_hard_evidence_count",
    "J05_protective_score",
)
PLAIN = ("A02_x", "A03_x", "B05_x")


def unusual(values, place=0, seller=None, names=PLAIN):
    n = len(values)
    return anomaly_score(
        {name: make_column(values) for name in names},
        np.full(n, place),
        np.arange(n) if seller is None else np.asarray(seller),
    )


def test_a_rare_value_surprises():
    score = unusual([0.0] * 100 + [5.0])
    # nobody of the 100 others shares the last bin; 99 share that of the first
    np.testing.assert_allclose(score.values[-1], np.log(112))
    np.testing.assert_allclose(score.values[0], -np.log(100 / 112))


def test_a_seller_does_not_make_itself_usual():
    seller = [*range(100), *[100] * 20]
    score = unusual([0.0] * 100 + [5.0] * 20, seller=seller)
    # with one half of the values above: bins over 0 to 5, none of the others' there
    np.testing.assert_allclose(score.values[-1], np.log(112))
    unknown = unusual([0.0] * 100 + [5.0] * 20, seller=[*range(100), *[-1] * 20])
    np.testing.assert_allclose(unknown.values[-1], -np.log(20 / 131))


def test_places_are_apart_and_thin_ones_say_so():
    place = np.array([0] * 60 + [1] * 50)
    columns = {name: make_column([1.0] * 60 + [9.0] * 50) for name in PLAIN}
    score = anomaly_score(columns, place, np.arange(110))
    np.testing.assert_allclose(score.values[:60], -np.log(60 / 71))
    assert (score.reasons[60:] == "thin_group").all()


@pytest.mark.parametrize(
    "name", ["G03_x", "D06_x", "B03_x"], ids=["enforcement", "origin", "context"]
)
def test_anomaly_leaves_out(name):
    values = [0.0] * 100 + [5.0]
    assert (unusual(values, names=(*PLAIN[:2], name)).reasons == "thin_group").all()


@pytest.mark.parametrize("value", [1e308, -1e12, np.inf, np.nan])
def test_anomaly_of_hostile_values(value):
    score = unusual([*range(100), value])
    assert np.isfinite(score.values[:-1]).all()
    assert np.isfinite(value) == np.isfinite(score.values[-1])


def test_home_is_where_most_listings_are():
    home = find_home_places(
        np.array([3, 2, 2, 5, 4, 4]), np.array([0, 0, 0, 1, 1, -1]), 3
    )
    assert home.tolist() == [2, 4, -1]


def test_anomaly_of_listings_and_sellers():
    n = 120
    frame = {
        "title": ["bag"] * (n - 1) + ["Zephyra Korda bag, master copy"],
        "brand_field": [None] * n,
        "price": [10.0] * n,
        "list_price": [20.0] * (n - 1) + [500.0],
        "seller_id": [f"s{i}" for i in range(n)],
        "created_at": ["2024-01-01"] * n,
    }
    values, _ = compute(frame)
    assert values["J03"].idxmax() == f"l{n - 1}"
    sellers, why = compute(frame, "seller", sellers=pd.DataFrame({"seller_id": ["z"]}))
    assert why.loc["z", J03] == "thin_group"
    assert (why[J03].ne("") == sellers[J03].isna()).all()


def test_kinds_of_evidence_count_once():
    columns = {
        # text: yes-or-no, and a count above its bound 0
        "A02_brand_field_empty_with_mention": make_column([1, 0, 0, np.nan]),
        "A03_brand_stuffing_count": make_column([3, 0, 1, np.nan]),
        # price: low is risky
        "B02_price_ratio_brand_cat": make_column([0.01, 5.0, 0.01, np.nan]),
        # history: two columns of one kind, bound 2
        "G03_repeat_infringer": make_column([3, 2, np.nan, np.nan]),
        "G02_distinct_ro_count": make_column([0, 0, np.nan, np.nan]),
    }
    count = hard_evidence_count(columns, 4)
    np.testing.assert_array_equal(count.values, [3, 0, 2, np.nan])
    assert count.reasons.tolist() == ["", "", "", "no_evidence_known"]


@pytest.mark.parametrize(
    "name",
    [
        "A06_referential_use",  # protects
        "B03_price_ratio_category",  # context
        "E01_listing_burst",  # no kind of evidence
        "F05_rating_polarity_poles",  # no bound
        "H04_shared_legal_rep_doc",
        "H07_community_size_density_size",
        "H08_image_graph_centrality",
        "H09_buyer_seller_ego_degree",
        "C12_exif_device_shared",
    ],
)
def test_what_is_no_evidence_never_counts(name):
    for values in ([0.0, 1.0, 1e9], [0.0, 1.0, 1.0]):
        assert not np.nansum(hard_evidence_count({name: make_column(values)}, 3).values)


def test_evidence_of_one_rests_on_no_other_row():
    # a count that happens to be 0 or 1 everywhere is no yes or no
    reviews = pd.DataFrame({"review_id": [0, 1], "listing_id": ["l0", "l1"]})
    reviews = reviews.assign(ts="2024-02-01", stars=5, text="nice", buyer_pid=[*"ab"])
    frame = {"title": ["bag"] * 2, "seller_id": ["s", "t"]}
    values, _ = compute(frame, "seller", reviews=reviews)
    assert values["H09_buyer_seller_ego_degree"].tolist() == [1, 1]
    assert values["J04_hard_evidence_count"].tolist() == [0, 0]


def test_buyers_who_say_fake_are_evidence():
    count = hard_evidence_count(
        {"F01_review_fake_mention_rate": make_column([0.2, 0.05])}, 2
    )
    np.testing.assert_array_equal(count.values, [1, 0])


def test_a_quarter_of_the_listings_speaks_for_the_seller():
    seller = np.array([0] * 4 + [1] * 5 + [2, -1])
    flagged = make_column([1, 0, 0, 0, 1, 0, 0, 0, 0, np.nan, 1])
    listings = {"A02_brand_field_empty_with_mention": flagged}
    own = {
        "H01_shared_bank": make_missing_column(4, "x"),
        "G03_repeat_infringer": make_column([0, 3, 0, 0]),
    }
    count = hard_evidence_count_of_sellers(own, listings, seller, 4)
    # one of four and one of five listings; the second seller has its own history
    np.testing.assert_array_equal(count.values, [1, 1, 0, 0])
    count = hard_evidence_count_of_sellers({}, listings, seller, 4)
    np.testing.assert_array_equal(count.values, [1, 0, np.nan, np.nan])


def test_evidence_of_a_listing():
    frame = {
        "title": ["Zephyra bag", "plain bag"],
        "brand_field": [None, "Korda"],
        "price": [1.0, 1.0],
        "list_price": [100.0, 1.0],
    }
    values, _ = compute(frame)
    # an empty brand field beside the name, and 99 % off
    assert values["J04"].tolist() == [2, 0]


def market(**authorised):
    """Four sellers of ten units a listing, of whom only `a` has no refund."""
    owners = ["a", "b", "c", "d"]
    listings = pd.DataFrame(
        {
            "listing_id": [f"l{i}" for i in range(4)],
            "title": "x",
            "seller_id": owners,
            "created_at": "2020-01-01",
        }
    )
    sellers = pd.DataFrame(
        {
            "seller_id": owners,
            "created_at": ["2020-01-01", "2024-06-01", "2020-01-01", None],
        }
    )
    orders = pd.DataFrame({"listing_id": ["l0", "l1", "l2"], "units": [10, 10, 10]})
    returns = pd.DataFrame({"listing_id": ["l1", "l2"], "refunded_usd": [9.0, 9.0]})
    actions = pd.DataFrame({"action_id": ["x0", "x1"], "entity_id": ["l2", "c"]})
    actions["entity_type"], actions["action_code"] = ["listing", "seller"], "ACT4"
    appeals = pd.DataFrame({"appeal_id": ["p0"], "action_id": ["x0"]})
    appeals["outcome"], appeals["ts"] = "overturned", "2024-03-01"
    return {
        "listings": listings,
        "sellers": sellers,
        "orders_daily": orders.assign(date="2024-06-01", gmv_usd=1.0),
        "returns": returns.assign(ts="2024-06-02", is_counterfeit_reason=False),
        "actions": actions.assign(ts="2024-02-01"),
        "appeals": appeals.assign(ts_decided="2024-04-01"),
        **authorised,
    }


def protected(max_stage=None, **tables):
    tables = market() | tables
    return compute(
        tables.pop("listings"), "seller", as_of=NOW, max_stage=max_stage, **tables
    )


def test_facts_that_speak_for_a_seller():
    values, reasons = protected()
    # a: fewest refunds, old and clean; b: neither; c: more refunds, an appeal won, but
    # an action that stands; d: nothing known
    np.testing.assert_allclose(values[J05], [1, 0, 1 / 3, np.nan])
    assert reasons.loc["d", J05] == "fewer_than_two_facts"


def test_an_authorisation_in_force_is_a_fact():
    papers = pd.DataFrame(
        {
            "authorisation_id": ["u0", "u1", "u2", "u3"],
            "seller_id": ["b", "c", "a", "a"],
            "valid_from": ["2020-01-01"] * 4,
            "valid_to": ["2030-01-01", "2024-01-01", None, None],
            "verified": [True, True, False, None],
        }
    )
    tables = market(authorisations=papers)
    listings = tables.pop("listings").assign(created_at=NOW)
    # of the latest values: as of a time nobody knows what was verified by then
    values, _ = compute(listings, "seller", **tables)
    # b's is in force, c's has run out, a's was refused, d has none and no other fact
    np.testing.assert_allclose(values[J05], [2 / 3, 1 / 3, 1 / 4, np.nan])
    then, _ = protected(authorisations=papers)
    np.testing.assert_allclose(then[J05], [1, 0, 1 / 3, np.nan])


def test_facts_of_later_stages_are_left_out():
    values, reasons = protected(max_stage="T3")
    # only refunds are known: one fact is no score
    assert values[J05].isna().all()
    assert (reasons[J05] == "fewer_than_two_facts").all()


def test_later_rows_change_no_composite():
    later = market()
    for name, column in (("actions", "ts"), ("appeals", "ts"), ("returns", "ts")):
        more = later[name].assign(**{column: NOW})
        key = {"actions": "action_id", "appeals": "appeal_id"}.get(name)
        if key:
            more[key] = more[key] + "late"
        later[name] = pd.concat([later[name], more], ignore_index=True)
    before, after = protected()[0], protected(**later)[0]
    assert before[J04].notna().any()
    pd.testing.assert_frame_equal(before[[J04, J05]], after[[J04, J05]])


def test_whole_families_may_be_absent():
    n = 60
    listings = pd.DataFrame(
        {
            "listing_id": [f"l{i}" for i in range(n)],
            "seller_id": [f"s{i}" for i in range(n)],
            "title": ["replica bag"] + ["bag"] * (n - 1),
            "created_at": "2023-01-01",
        }
    )
    # titles alone: one kind of evidence is known, and nothing of a seller's past
    values, _ = compute(listings, as_of=NOW)
    assert values["J04"].tolist() == [1] + [0] * (n - 1)
    assert values["J03"].idxmax() == "l0"
    sellers, why = compute(listings, "seller", as_of=NOW)
    assert sellers.loc["s0", J04] == 1
    assert (why[J05] == "fewer_than_two_facts").all()
    # an account's identity alone: no kind is known at T0 without its tokens
    _, why = compute(listings, "seller", as_of=NOW, max_stage="T0")
    assert (why[J03] == "thin_group").all() and (why[J04] == "no_evidence_known").all()
    # actions without appeals, notices or reviews: history is a kind of its own
    acted = {"action_id": ["x"], "entity_type": ["seller"], "entity_id": ["s1"]}
    actions = pd.DataFrame({**acted, "action_code": ["ACT5"], "ts": ["2024-05-01"]})
    tables = {
        "actions": pd.concat(
            [actions.assign(action_id=f"x{day}", ts=f"2024-05-0{day}") for day in "123"]
        )
    }
    sellers, _ = compute(listings, "seller", as_of=NOW, **tables)
    assert sellers.loc[["s0", "s1", "s2"], J04].tolist() == [1, 1, 0]
