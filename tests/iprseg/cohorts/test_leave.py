import numpy as np
import pandas as pd
import pytest

from iprseg import compute_signals, make_marketplace
from iprseg.cohorts import suspicion_scores
from iprseg.cohorts.inputs import (
    VERIFIED_AUTHORISATION,
    discount_authorised,
    measure_authorised_share,
)
from iprseg.signals import signal_catalogue
from iprseg.tables import Marketplace

HONEST_DEALERS = ["Authorised retailer", "Brand own store"]


def tables(**file) -> dict[str, pd.DataFrame]:
    """Two listings of one seller; the first names an authorisation."""
    listings = pd.DataFrame(
        {
            "seller_id": "S1",
            "market": "DE",
            "created_at": pd.to_datetime(["2024-05-01", "2024-06-01"], utc=True),
            "authorisation_id": ["U1", None],
        },
        index=["L1", "L2"],
    )
    given = {"seller_id": "S1", "verified": True, "scope_markets": "FR;DE"} | file
    files = pd.DataFrame([{"authorisation_id": "U1", **given}])
    return {"listings": listings, "authorisations": files}


def test_a_verified_file_protects_the_listing_that_names_it_and_half_of_its_shop():
    ids = pd.Index(["L1", "L2"])
    assert measure_authorised_share(tables(), ids, "listing").tolist() == [1, 0]
    assert measure_authorised_share(
        tables(), pd.Index(["S1", "S2"]), "seller"
    ).tolist() == [
        0.5,
        0,
    ]


@pytest.mark.parametrize(
    "file",
    [
        {"seller_id": "S2"},  # another's file
        {"verified": False},
        {"scope_markets": "FR"},
        {"valid_to": "2024-05-20"},
        {"valid_from": "2024-07-01"},
    ],
)
def test_a_file_that_does_not_cover_the_listing_protects_nobody(file):
    assert measure_authorised_share(
        tables(**file), pd.Index(["L1"]), "listing"
    ).tolist() == [0]


def test_what_nobody_checked_changes_nothing():
    signals = pd.DataFrame({"C01_x": [3.0, 0.0]}, index=["L1", "L2"])
    assert discount_authorised(signals, tables(verified=None), "listing") is signals
    assert (
        discount_authorised(signals, {"listings": tables()["listings"]}, "listing")
        is signals
    )


def test_sharing_with_leave_is_explained_and_sharing_without_it_is_not():
    signals = pd.DataFrame({"C01_x": [3.0, 3.0], "A07_y": 1.0}, index=["L1", "L2"])
    weighed = discount_authorised(signals, tables(), "listing")
    assert weighed["C01_x"].tolist() == [0, 3]
    assert weighed["A07_y"].tolist() == [1, 1]
    assert weighed[VERIFIED_AUTHORISATION].tolist() == [1, 0]


def test_lacking_leave_speaks_against_nobody():
    labels = pd.Series([0] * 50 + [1] * 50)
    signals = pd.DataFrame({VERIFIED_AUTHORISATION: (labels == 0) * 1.0})
    scores = suspicion_scores(signals, labels, {})["suspicion"]
    assert scores[0] < 0 and scores[1] == 0


@pytest.fixture(scope="module")
def planted() -> tuple[Marketplace, pd.DataFrame, pd.Series]:
    made = make_marketplace(2000, 320, random_state=3)
    marketplace = Marketplace.from_frames(made.tables)
    signals = compute_signals(marketplace, "seller")
    truth = made.truth["sellers"].set_index("seller_id")["cohort"]
    return marketplace, signals, truth.reindex(signals.index)


def test_authorised_retailers_fall_and_bad_cohorts_keep_their_order(planted):
    marketplace, signals, kinds = planted
    directions = signal_catalogue()["direction"].to_dict()
    labels = pd.Series(pd.factorize(kinds)[0], index=kinds.index)
    name = dict(zip(labels, kinds, strict=True))
    chosen = signals[
        [c for c in signals if c[:3] in {"A01", "A02", "A06", "A07", "B01", "C01"}]
    ]
    before, after = (
        suspicion_scores(frame, labels, directions)["suspicion"].rename(index=name)
        for frame in (chosen, discount_authorised(chosen, marketplace, "seller"))
    )
    assert (before[HONEST_DEALERS] > before["Ordinary seller"] + 0.3).all()
    assert (after[HONEST_DEALERS] < after["Ordinary seller"]).all()
    bad = [
        "Luxury replica burst shop",
        "Multi-brand counterfeit generalist",
        "Pirated media/keys",
    ]
    assert (after[bad] >= before[bad] - 0.05).all()
    assert (
        after[bad].min() > after.drop(bad)[lambda x: x.index.isin(HONEST_DEALERS)].max()
    )
    assert np.isfinite(after).all()
