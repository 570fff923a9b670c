"""Creators end to end: tables in, cohorts with names, a profile, a map and a report out."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from iprseg import TextEmbedder, find_cohorts, make_marketplace
from iprseg.cli.app import app
from iprseg.errors import IprsegError, TableError
from iprseg.report import write_report
from iprseg.segment import make_blocks
from iprseg.tables import Marketplace

CODED = np.arange(120) % 2 == 1
CREATORS = [f"C{place:03d}" for place in range(120)]


def listings_promoted() -> pd.DataFrame:
    """Two listings for each creator: copies where the creator speaks in codes."""
    copies = CODED.repeat(2)
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "listing_id": [f"L{place:03d}" for place in range(240)],
            "seller_id": [f"S{place % 40}" for place in range(240)],
            "title": np.where(copies, "replica 1:1 handbag ", "cotton scarf ")
            + np.arange(240).astype(str).astype(object),
            "category_path": np.where(copies, "Bags", "Scarves"),
            "price": np.where(copies, 9.0, 30.0) * rng.uniform(0.8, 1.2, 240),
            "currency": "EUR",
            "lang": "en",
            "created_at": pd.Timestamp("2024-05-01", tz="UTC"),
        }
    )


@pytest.fixture(scope="module")
def market() -> Marketplace:
    """Half of 120 creators speak in codes and promote copies, half do neither."""
    listings = listings_promoted()
    spoken = np.where(CODED.repeat(2), "1:1 mirror quality, dm me", "a soft warm scarf")
    promotions = pd.DataFrame(
        {
            "promo_id": [f"P{place:03d}" for place in range(240)],
            "creator_id": np.repeat(CREATORS, 2),
            "listing_id": listings["listing_id"],
            "type": "live",
            "ts": pd.Timestamp("2024-05-20", tz="UTC"),
            "transcript": spoken,
            "hashtags": np.where(CODED.repeat(2), "#dupe;#rep", "#ootd"),
        }
    )
    creators = pd.DataFrame(
        {
            "creator_id": CREATORS,
            "created_at": pd.Timestamp("2023-01-01", tz="UTC"),
            "followers": np.random.default_rng(1).integers(100, 10_000, 120),
        }
    )
    tables = {"listings": listings, "promotions": promotions, "creators": creators}
    return Marketplace.from_frames(tables)


@pytest.fixture(scope="module")
def found(market):
    return find_cohorts(market, "creator", embedder=TextEmbedder("lexical"))


def test_the_coded_half_is_a_cohort_first_in_order_and_named_as_creators(found):
    first = found.cohorts.index[0]
    members = set(found.assignments.index[found.assignments == first])
    coded = set(CREATORS[1::2])
    assert len(members & coded) / len(members | coded) > 0.9
    assert found.cohorts.at[first, "name"].startswith("Creators who promote bags")
    assert found.cohorts.at[first, "category"] == "Bags"
    assert found.cohorts.at[first, "sellers"] == found.cohorts.at[first, "size"]


def test_signals_of_creators_and_of_what_they_promote_are_blocks(found):
    assert "I05_dupe_hashtag" in found.blocks["creator"]
    assert not any(c.startswith("I06") for c in found.features)  # past decisions
    assert any(c.startswith("A07") for c in found.blocks["text_risk"])
    assert {"followers_log", "shops_log"} <= set(found.blocks["behaviour"])
    assert found.coordinates.index.equals(found.assignments.index)


def test_the_report_speaks_of_creators_and_hides_few_of_them(found, tmp_path):
    page = tmp_path / "report.html"
    write_report(page, title="Creators", cohorts=found.cohorts, min_sellers=999)
    text = page.read_text(encoding="utf-8")
    assert "of creators in a cohort" in text and "fewer than 999" in text


def test_a_listing_speaks_for_each_creator_who_promotes_it():
    listings = pd.DataFrame(
        {"title": "a", "category_path": "X > Y", "seller_id": ["S", "T"]},
        index=["L1", "L2"],
    )
    pairs = [("A", "L1"), ("A", "L2"), ("B", "L2"), ("B", "L2"), ("B", "gone")]
    promotions = pd.DataFrame(pairs, columns=["creator_id", "listing_id"])
    tables = {"listings": listings, "promotions": promotions}
    signals = pd.DataFrame({"I05_dupe_hashtag": 0.0}, index=["A", "B", "idle"])
    vectors = pd.DataFrame(np.eye(2), index=["L1", "L2"])
    X, blocks = make_blocks(tables, "creator", signals, vectors)
    np.testing.assert_allclose(np.expm1(X["listings_log"]), [2, 1, 0])
    np.testing.assert_allclose(np.expm1(X["shops_log"]), [2, 1, np.nan])
    assert X.loc["idle", blocks["meaning"]].isna().all()


@pytest.mark.parametrize("table", ["creators", "promotions"])
def test_a_missing_table_is_named(market, table):
    names = ["listings", "creators", "promotions"]
    tables = {name: getattr(market, name).reset_index() for name in names}
    rest = {name: frame for name, frame in tables.items() if name != table}
    with pytest.raises(TableError, match=f"hold no '{table}'"):
        find_cohorts(Marketplace.from_frames(rest), "creator")


def test_too_few_creators_are_counted():
    marketplace = Marketplace.from_frames(
        make_marketplace(300, 40, random_state=0).tables
    )
    with pytest.raises(TableError, match=r"only \d+: two cohorts need 20"):
        find_cohorts(marketplace, "creator")


def test_labels_of_listings_are_refused(market):
    gold = pd.DataFrame({"role": ["shape"], "status": ["labeled"]}, index=["L000"])
    with pytest.raises(IprsegError, match="neither shape nor rate"):
        find_cohorts(market, "creator", labels=gold)


@pytest.mark.text
def test_the_command_writes_cohorts_of_creators(market, tmp_path):
    for name in ("listings", "creators", "promotions"):
        frame = getattr(market, name).reset_index()
        frame.to_parquet(tmp_path / f"{name}.parquet")
    asked = ["segment", str(tmp_path), "--level", "creator", "--stability", "0"]
    ran = CliRunner().invoke(app, [*asked, "--out", str(tmp_path / "out")])
    assert ran.exit_code == 0, ran.output
    cohorts = pd.read_parquet(tmp_path / "out" / "cohorts.parquet")
    assert set(cohorts["level"]) == {"creator"} and len(cohorts) >= 2
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
