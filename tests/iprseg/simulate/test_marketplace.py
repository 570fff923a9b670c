import numpy as np
import pandas as pd
import pytest

from iprseg.errors import IprsegError
from iprseg.simulate import SimulatedMarketplace, make_marketplace
from iprseg.simulate.vocabulary import load_constants

# domain specification, section 2.6, and the background class
SEED_COHORTS = """Authorised retailer · Brand own store · Accessory/compatible seller
· Second-hand/vintage · Dupe/knock-off shop · Luxury replica burst shop ·
Multi-brand counterfeit generalist · Safety-critical fakes · Print-on-demand IP merch ·
Pirated media/keys · Image-theft drop-shipper · Grey-market importer ·
Livestream replica host · Sleeper/aged account · Re-registration network ·
Wrongly-notified honest seller"""
COHORTS = {" ".join(name.split()) for name in SEED_COHORTS.split("·")}
HONEST = {
    "Ordinary seller",
    "Authorised retailer",
    "Brand own store",
    "Accessory/compatible seller",
    "Second-hand/vintage",
    "Wrongly-notified honest seller",
}
TABLES = [
    "actions",
    "appeals",
    "authorisations",
    "brand_catalogue",
    "brands",
    "creators",
    "images",
    "listing_versions",
    "listings",
    "marks",
    "notice_items",
    "notices",
    "orders_daily",
    "promotions",
    "returns",
    "reviews",
    "seller_events",
    "seller_identity",
    "sellers",
]
KEYS = {
    "listing_id": "listings",
    "seller_id": "sellers",
    "brand_id": "brands",
    "notice_id": "notices",
    "authorisation_id": "authorisations",
    "creator_id": "creators",
    "action_id": "actions",
}
TIMES = ["created_at", "first_live_at", "removed_at", "ts", "date", "ts_decided"]
NOW = pd.Timestamp("2026-01-01", tz="UTC")


def test_every_table_is_there_with_its_size(usual: SimulatedMarketplace) -> None:
    assert sorted(usual.tables) == TABLES
    assert len(usual.tables["listings"]) == 5000
    assert len(usual.tables["sellers"]) == len(usual.tables["seller_identity"]) == 800
    assert all(len(frame) for frame in usual.tables.values())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_rates_are_realistic(seed: int) -> None:
    truth = make_marketplace(random_state=seed).truth
    assert truth["sellers"]["bad"].mean() == pytest.approx(0.12, abs=0.005)
    assert truth["listings"]["violative"].mean() == pytest.approx(0.04, abs=0.006)


def test_bad_sellers_sell_honest_goods_too(usual: SimulatedMarketplace) -> None:
    bad = usual.truth["sellers"].query("bad")["seller_id"]
    theirs = usual.truth["listings"]
    theirs = theirs[theirs["seller_id"].isin(bad)]
    assert 0.2 < theirs["violative"].mean() < 0.5
    assert (theirs.groupby("seller_id")["violative"].sum() >= 1).all()
    honest = theirs[~theirs["violative"]]
    assert set(honest["cohort"]) == {"Ordinary seller"}


def test_all_cohorts_are_planted_and_the_bad_ones_are_bad(
    usual: SimulatedMarketplace,
) -> None:
    sellers = usual.truth["sellers"]
    assert set(sellers["cohort"]) == COHORTS | {"Ordinary seller"}
    assert set(sellers.loc[~sellers["bad"], "cohort"]) == HONEST
    assert set(sellers.loc[sellers["bad"], "cohort"]).isdisjoint(HONEST)
    assert set(usual.truth["listings"]["cohort"]) == COHORTS | {"Ordinary seller"}


def test_all_cohorts_are_there_from_150_sellers_on() -> None:
    cohorts = make_marketplace(600, 150).truth["sellers"]["cohort"]
    assert set(cohorts) == COHORTS | {"Ordinary seller"}


def test_seller_sizes_have_a_heavy_tail(usual: SimulatedMarketplace) -> None:
    size = usual.tables["listings"]["seller_id"].value_counts()
    assert size.sum() == 5000
    assert size.iloc[:80].sum() > 0.35 * 5000  # the largest tenth
    assert size.median() <= 4
    assert (size.sort_index().to_numpy() == usual.truth["sellers"]["n_listings"]).all()


@pytest.mark.parametrize("frames", ["tables", "truth"])
def test_ids_are_unique_and_keys_are_valid(
    usual: SimulatedMarketplace, frames: str
) -> None:
    for name, frame in getattr(usual, frames).items():
        for key, home in KEYS.items():
            if key not in frame:
                continue
            if name == home:
                assert frame[key].is_unique, (name, key)
            known = usual.tables[home][key]
            assert frame[key].dropna().isin(known).all(), (name, key)
    for name, key in (("images", "image_id"), ("reviews", "review_id")):
        assert usual.tables[name][key].is_unique
    assert not usual.tables["orders_daily"].duplicated(["listing_id", "date"]).any()


def test_nothing_happens_in_the_future_or_before_its_cause(
    usual: SimulatedMarketplace,
) -> None:
    for name, frame in usual.tables.items():
        for column in set(TIMES) & set(frame):
            assert (frame[column].dropna() < NOW).all(), (name, column)
    listings = usual.tables["listings"].set_index("listing_id")
    opened = usual.tables["sellers"].set_index("seller_id")["created_at"]
    assert (listings["created_at"] > listings["seller_id"].map(opened)).all()
    gone = listings.dropna(subset=["removed_at"])
    assert (gone["removed_at"] > gone["created_at"]).all()
    for name, column in (("orders_daily", "date"), ("reviews", "ts")):
        frame = usual.tables[name]
        made = frame["listing_id"].map(listings["created_at"])
        assert (frame[column] > made).all(), name
    sales = usual.tables["orders_daily"]
    end = sales["listing_id"].map(listings["removed_at"]).fillna(NOW)
    assert (sales["date"] <= end).all()


def test_prices_have_structure(usual: SimulatedMarketplace) -> None:
    rates = {m["currency"]: float(m["usd_rate"]) for m in load_constants().markets}
    both = usual.truth["listings"].merge(usual.tables["listings"], on="listing_id")
    assert (both["price"] > 0).all()
    shown = both["list_price"].notna()
    assert 0.3 < shown.mean() < 0.6
    assert (both.loc[shown, "list_price"] > both.loc[shown, "price"]).all()
    usd = both["price"] / both["currency"].map(rates)
    level = np.log(usd).groupby(both["cohort"]).median()
    assert level["Luxury replica burst shop"] < level["Authorised retailer"] - 0.5
    bags = usd[both["category_path"].str.endswith("Handbags")]
    dear = bags[both["cohort"].eq("Authorised retailer")].median()
    assert dear > 5 * bags[both["cohort"].eq("Ordinary seller")].median()


def test_new_and_aged_accounts(usual: SimulatedMarketplace) -> None:
    sellers = usual.tables["sellers"].merge(usual.truth["sellers"], on="seller_id")
    days = (NOW - sellers["created_at"]).dt.days.groupby(sellers["cohort"]).median()
    assert days["Luxury replica burst shop"] < 120 < 600 < days["Ordinary seller"] + 300
    assert days["Sleeper/aged account"] > 1000


def test_buyers_of_fakes_say_so(evasive: list[SimulatedMarketplace]) -> None:
    one = evasive[0]
    reviews = one.tables["reviews"].merge(one.truth["listings"], on="listing_id")
    words = [w for pool in load_constants().words.values() for w in pool["r_fake"]]
    says = reviews["text"].isin(words)
    assert (
        says[reviews["violative"]].mean() > 6 * says[~reviews["violative"]].mean() > 0
    )
    negated = [w for pool in load_constants().words.values() for w in pool["r_doubt"]]
    assert reviews["text"].isin(negated).mean() > 0.01


@pytest.mark.parametrize("size", [(50, 5), (1, 1), (7, 7), (150, 149), (160, 150)])
def test_tiny_marketplaces_work(size: tuple[int, int]) -> None:
    simulated = make_marketplace(*size, evasion=3)
    assert len(simulated.tables["listings"]) == size[0]
    assert simulated.tables["listings"]["seller_id"].nunique() == size[1]
    assert sorted(simulated.tables) == TABLES


def test_the_seed_decides_everything() -> None:
    first, again, other = (make_marketplace(300, 60, 1, seed) for seed in (5, 5, 6))
    for name, frame in first.tables.items():
        pd.testing.assert_frame_equal(frame, again.tables[name])
    assert not first.tables["listings"]["title"].equals(
        other.tables["listings"]["title"]
    )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_listings": 4, "n_sellers": 5}, r"'n_listings' \(4\) must be at least"),
        (
            {"n_sellers": 0},
            "'n_sellers' parameter of make_marketplace must be a number",
        ),
        (
            {"n_listings": 10.5},
            "'n_listings' parameter .* must be a whole number; got 10.5",
        ),
        ({"evasion": 4}, "'evasion' parameter .* must be one of 0, 1, 2, 3; got 4"),
        ({"random_state": -1}, "'random_state' parameter .* must be a number >= 0"),
        ({"random_state": None}, "'random_state' parameter .* must be a number >= 0"),
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict, message: str) -> None:
    with pytest.raises(IprsegError, match=message):
        make_marketplace(**parameters)
