"""New tables get the cohorts that were found: same axes, brands, price groups."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from iprseg import Marketplace, TextEmbedder, find_cohorts, make_marketplace
from iprseg.errors import IprsegError
from iprseg.segment.cohort_model import CohortModel, join_tables, select_reference

TABLES = make_marketplace(700, 90, random_state=31).tables


def keep_sellers(sellers: set[str]) -> dict[str, pd.DataFrame]:
    """Tables of some sellers; registers are everybody's."""
    listings = TABLES["listings"]
    ids = set(listings.loc[listings["seller_id"].isin(sellers), "listing_id"])
    kept = {}
    for name, frame in TABLES.items():
        if "listing_id" in frame:
            frame = frame[frame["listing_id"].isin(ids)]
        elif name in ("sellers", "seller_identity", "seller_events"):
            frame = frame[frame["seller_id"].isin(sellers)]
        kept[name] = frame.reset_index(drop=True)
    return kept


SELLERS = TABLES["sellers"]["seller_id"].tolist()
NEW = set(np.random.default_rng(0).choice(SELLERS, 18, replace=False))
OLD_MARKET = Marketplace.from_frames(keep_sellers(set(SELLERS) - NEW))
NEW_TABLES = keep_sellers(NEW)


@pytest.fixture(scope="module", params=["listing", "seller"])
def found(request):
    small = 5 if request.param == "seller" else None
    made = find_cohorts(
        OLD_MARKET,
        request.param,
        embedder=TextEmbedder("lexical"),
        min_cohort_size=small,
    )
    assert made.assignments.nunique() > 2  # else every prediction would be the same
    return made


def test_training_tables_get_their_assignments(found):
    pd.testing.assert_series_equal(
        found.predict(OLD_MARKET), found.assignments, check_names=False
    )


def test_what_is_kept_gives_the_features_of_the_fit(found):
    again = found.model._compute_features(OLD_MARKET, found.features.index, None)
    pd.testing.assert_frame_equal(again, found.features, rtol=1e-5, atol=1e-6)


def test_new_rows_are_placed_alike_alone_and_among_others(found):
    among = found.predict(NEW_TABLES)
    assert len(among) and not among.index.isin(found.assignments.index).any()
    some = set(sorted(NEW)[:6])
    alone = found.predict(keep_sellers(some))
    assert (alone == among.reindex(alone.index)).mean() >= 0.95


# of eighteen sellers the index is chance
@pytest.mark.parametrize("found", ["listing"], indirect=True)
def test_new_rows_go_where_a_fit_on_all_puts_them(found):
    whole = find_cohorts(
        Marketplace.from_frames(TABLES), embedder=TextEmbedder("lexical")
    )
    new = found.predict(NEW_TABLES)
    agreed = adjusted_rand_score(whole.assignments.reindex(new.index), new)
    assert agreed >= 0.6  # of so few rows; benchmarks/predict.py has the measured ones


def test_a_saved_model_predicts_the_same(found, tmp_path):
    found.model.save(tmp_path / "model")
    assert not [one for one in (tmp_path / "model").iterdir() if "pkl" in one.name]
    loaded = CohortModel.load(tmp_path / "model")
    pd.testing.assert_series_equal(
        loaded.predict(NEW_TABLES), found.predict(NEW_TABLES)
    )
    pd.testing.assert_series_equal(
        loaded.predict(OLD_MARKET), found.predict(OLD_MARKET)
    )
    (tmp_path / "model" / "meaning.npz").write_bytes(b"torn")
    with pytest.raises(IprsegError, match="no whole saved cohorts"):
        CohortModel.load(tmp_path / "model")


def test_a_changed_row_is_placed_anew_and_takes_the_old_ones_place():
    reference = {"listings": pd.DataFrame({"listing_id": ["a", "b"], "title": "x"})}
    given = Marketplace.from_frames(
        {"listings": pd.DataFrame({"listing_id": ["b", "c"], "title": ["y", "z"]})}
    )
    joined = join_tables(reference, given).listings["title"].to_dict()
    assert joined == {"a": "x", "b": "y", "c": "z"}


def test_no_raw_identity_is_kept():
    sellers = TABLES["sellers"].assign(email="someone@example.org")
    market = Marketplace.from_frames({**TABLES, "sellers": sellers})
    kept = select_reference(market, ["B05_discount_depth"], whole=True)
    assert "email" not in kept["sellers"] and "seller_identity" not in kept
    few = select_reference(market, ["B05_discount_depth"])
    assert "description" not in few["listings"] and "images" not in few
    assert {"price", "list_price"} <= set(few["listings"])


def test_what_both_hold_of_no_listing_is_joined_once():
    photos = pd.DataFrame({"image_id": ["o"], "listing_id": [None], "pdq_hex": ["00"]})
    listings = pd.DataFrame({"listing_id": ["a"], "title": ["x"]})
    given = Marketplace.from_frames({"listings": listings, "images": photos})
    joined = join_tables({"listings": listings, "images": photos}, given)
    assert len(joined.images) == 1 and len(joined.listings) == 1


def test_vectors_without_an_embedder_are_asked_for():
    vectors = pd.DataFrame(
        np.random.default_rng(0).normal(size=(len(OLD_MARKET.listings), 8)),
        index=OLD_MARKET.listings.index,
    )
    found = find_cohorts(OLD_MARKET, embeddings=vectors)
    with pytest.raises(IprsegError, match="give 'embeddings' to predict"):
        found.predict(NEW_TABLES)
    ids = NEW_TABLES["listings"]["listing_id"]
    given = pd.DataFrame(np.ones((len(ids), 8)), index=pd.Index(ids))
    assert found.predict(NEW_TABLES, embeddings=given).notna().all()
