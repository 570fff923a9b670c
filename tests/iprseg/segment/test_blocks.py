import numpy as np
import pandas as pd
import pytest

from iprseg.errors import IprsegError, TableError
from iprseg.segment import make_blocks
from iprseg.segment.scaling import fit_pca_axes, project_on_axes
from iprseg.signals import compute_signals
from iprseg.signals.registry import choose_segmenting_columns

LISTINGS = pd.DataFrame(
    {
        "listing_id": [f"l{i}" for i in range(60)],
        "seller_id": ["shoes"] * 20 + ["bags"] * 20 + ["both"] * 19 + [None],
        "category_path": ["Shoes > Run"] * 20
        + ["Bags > Tote"] * 20
        + ["Shoes > Run", "Bags > Tote"] * 10,
        "created_at": pd.Timestamp("2026-03-02", tz="UTC"),
    }
)
SELLERS = pd.DataFrame(
    {
        "seller_id": ["shoes", "bags", "both", "idle"],
        "created_at": ["2026-03-01", "2026-01-01", None, "2025-03-02"],
    }
)
TABLES = {"listings": LISTINGS, "sellers": SELLERS}
IS_SHOE = np.array([1] * 20 + [0] * 20 + [1, 0] * 10)
RNG = np.random.default_rng(0)
VECTORS = pd.DataFrame(
    np.column_stack([IS_SHOE, 1 - IS_SHOE, np.zeros(60)])
    + RNG.normal(0, 0.01, (60, 3)),
    index=pd.Index(LISTINGS["listing_id"]),
    columns=["e_000", "e_001", "e_002"],
)
SELLER_SIGNALS = pd.DataFrame(
    {"E04_brand_entropy": [0.1, 0.2, np.nan, 0.4]},
    index=pd.Index(SELLERS["seller_id"]),
)


def test_listing_blocks_are_families_and_meaning():
    signals = pd.DataFrame(
        {
            "B05_discount_depth": 0.1,
            "A01_brand_field_mismatch": 1.0,
            "A14_special_char_ratio": np.nan,
        },
        index=VECTORS.index[::-1],
    )
    X, blocks = make_blocks(TABLES, "listing", signals, VECTORS)
    assert blocks == {
        "price": ["B05_discount_depth"],
        "text_risk": ["A01_brand_field_mismatch", "A14_special_char_ratio"],
        "meaning": ["meaning_00", "meaning_01", "meaning_02"],
    }
    assert X.index.equals(signals.index)
    assert X["A14_special_char_ratio"].isna().all()
    # the first direction tells shoes from bags, row by row in the order of signals
    assert np.corrcoef(X["meaning_00"], IS_SHOE[::-1])[0, 1] ** 2 > 0.99


def test_a_listing_without_a_vector_has_no_meaning():
    vectors = VECTORS.copy()
    vectors.iloc[0] = 0.0
    signals = pd.DataFrame(
        {"A01_brand_field_mismatch": 1.0}, index=[*VECTORS.index, "new"]
    )
    X, _ = make_blocks(TABLES, "listing", signals, vectors)
    missing = X.index[X["meaning_00"].isna()]
    assert missing.tolist() == ["l0", "new"]


def test_a_seller_of_two_kinds_is_a_mixture_and_no_mean():
    X, blocks = make_blocks(TABLES, "seller", SELLER_SIGNALS, VECTORS)
    topics = X[blocks["meaning"]] ** 2
    assert blocks["meaning"] == ["topic_00", "topic_01"]
    np.testing.assert_allclose(topics.loc[["shoes", "bags", "both"]].sum(axis=1), 1)
    shoes = topics.loc["shoes"].idxmax()
    # (20 + 2 lent * 29/59) / 22 and (10 + 2 * 29/59) / 21: 30 of 59 owned are shoes
    assert topics.loc["shoes", shoes] == pytest.approx((20 + 2 * 30 / 59) / 22)
    assert topics.loc["both", shoes] == pytest.approx((10 + 2 * 30 / 59) / 21)
    assert topics.loc["idle"].isna().all()


def test_seller_behaviour_is_read_from_the_tables():
    X, blocks = make_blocks(TABLES, "seller", SELLER_SIGNALS)
    assert blocks == {
        "behaviour": [
            "E04_brand_entropy",
            "listings_log",
            "category_entropy",
            "account_age_log",
        ]
    }
    assert X["listings_log"].tolist() == pytest.approx(np.log([21, 21, 20, 1]))
    entropy = -(10 / 19 * np.log(10 / 19) + 9 / 19 * np.log(9 / 19))
    np.testing.assert_allclose(X["category_entropy"], [0, 0, entropy, np.nan])
    np.testing.assert_allclose(
        X["account_age_log"], np.log([2, 61, np.nan, 366]), rtol=1e-12
    )


def test_facts_of_offers_are_read_where_the_tables_hold_them():
    listings = LISTINGS.assign(
        condition=["used"] * 20 + ["New "] * 20 + [None] * 20,
        authorisation_id=[None] * 30 + ["a1"] * 30,
    )
    signals = pd.DataFrame({"A01_brand_field_mismatch": 0.0}, index=VECTORS.index)
    X, blocks = make_blocks({"listings": listings}, "listing", signals)
    assert blocks["offer"] == ["used", "authorised"]
    np.testing.assert_array_equal(X["used"], [1] * 20 + [0] * 20 + [np.nan] * 20)
    X, _ = make_blocks({"listings": listings}, "seller", SELLER_SIGNALS)
    np.testing.assert_array_equal(X["used"], [1, 0, np.nan, np.nan])
    np.testing.assert_array_equal(X["authorised"], [0, 0.5, 1, np.nan])


def test_tables_without_times_or_categories_leave_the_columns_out():
    tables = {"listings": LISTINGS[["listing_id", "seller_id"]]}
    _, blocks = make_blocks(tables, "seller", SELLER_SIGNALS)
    assert blocks["behaviour"] == ["E04_brand_entropy", "listings_log"]


def test_a_handful_of_listings_is_one_topic():
    X, blocks = make_blocks(TABLES, "seller", SELLER_SIGNALS, VECTORS.iloc[:5])
    assert blocks["meaning"] == ["topic_00"]
    assert X.loc["shoes", "topic_00"] == 1


def test_unknown_level():
    with pytest.raises(IprsegError, match="'level' parameter of make_blocks"):
        make_blocks(TABLES, "shop", SELLER_SIGNALS)


def test_nothing_to_segment_by():
    with pytest.raises(TableError, match="nothing to segment listings by"):
        make_blocks(TABLES, "listing", pd.DataFrame(index=VECTORS.index))


def test_signals_are_taken_whole_and_the_measured_ones_are_used():
    own = {
        "X01_title_length": lambda marketplace: marketplace.listings["title"].str.len()
    }
    tables = {"listings": LISTINGS.assign(title="Canvas bag")}
    signals = compute_signals(tables, own=own)
    assert {"J01_cryptomarket_match", "X01_title_length"} <= set(signals)
    X, blocks = make_blocks(tables, "listing", signals)
    used = [column for columns in blocks.values() for column in columns]
    assert "own" not in blocks and not [c for c in used if c[0] in "JX"]
    alone, _ = make_blocks(
        tables, "listing", signals[choose_segmenting_columns(signals.columns)]
    )
    pd.testing.assert_frame_equal(X, alone)


def test_columns_asked_for_are_used_and_own_ones_are_a_block():
    signals = pd.DataFrame(
        {
            "G04_violative_share": [0.5],
            "X01_mine": [2.0],
            "A14_special_char_ratio": [0.0],
        }
    )
    asked = ["X01_mine", "G04_violative_share"]
    X, blocks = make_blocks({}, "listing", signals, columns=asked)
    assert blocks == {"own": ["X01_mine"], "history": ["G04_violative_share"]}
    assert X.columns.tolist() == asked


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        ("X02_other", "X02_other"),
        ("J01_cryptomarket_match", "'J01_cryptomarket_match' is made of other signals"),
    ],
)
def test_columns_that_cannot_be_used_are_named(column, sentence):
    signals = pd.DataFrame({"J01_cryptomarket_match": [1.0]})
    with pytest.raises(TableError, match=sentence):
        make_blocks({}, "listing", signals, columns=[column])


def test_seller_meaning_needs_to_know_who_sells():
    listings = LISTINGS.drop(columns="seller_id")
    with pytest.raises(TableError, match="hold no listings with a seller_id"):
        make_blocks({"listings": listings}, "seller", SELLER_SIGNALS, VECTORS)
    with pytest.raises(TableError, match="hold no listings with a seller_id"):
        make_blocks({}, "seller", SELLER_SIGNALS, VECTORS)


def test_no_vector_at_all():
    places = project_on_axes(np.ones((3, 2)), *fit_pca_axes(np.zeros((3, 2)), 5))
    assert places.shape == (3, 2) and np.isnan(places).all()


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [
        ([f"other{i}" for i in range(60)], "share no id with the listings"),
        (["l0"] * 60, "one row per listing id, each id once"),
    ],
)
def test_embeddings_of_other_listings_are_refused(ids, sentence):
    signals = pd.DataFrame(
        {"A14_special_char_ratio": 0.1}, index=LISTINGS["listing_id"]
    )
    vectors = pd.DataFrame(np.eye(60), index=ids)
    with pytest.raises(TableError, match=sentence):
        make_blocks(TABLES, "listing", signals, vectors)
    with pytest.raises(TableError, match="must be a frame"):
        make_blocks(TABLES, "listing", signals, np.eye(60))
