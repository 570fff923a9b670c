import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iprseg.cohorts import fit_rule
from iprseg.cohorts.clauses import TITLE_HAS, Condition, evaluate_condition, render_sql
from iprseg.cohorts.lift import is_origin_or_language
from iprseg.cohorts.rules import NO_RULE, build_rule_features, hold_out_rows


def run_sql(sql, listings, signals):
    with duckdb.connect() as connection:
        connection.register("listings", listings.reset_index())
        connection.register("signals", signals.reset_index())
        return {row[0] for row in connection.execute(sql).fetchall()}


def test_every_sql_rule_finds_the_rows_its_words_claim(market, profile):
    given_rules = profile[profile["rule_sql"] != ""]
    assert len(given_rules) >= 5
    for cohort, row in given_rules.iterrows():
        found = run_sql(row["rule_sql"], market.listings, market.signals)
        members = set(market.labels.index[market.labels == cohort])
        # measured on held-out sellers, so near and not equal
        assert len(found & members) / len(found) == pytest.approx(
            row["rule_precision"], abs=0.12
        )
        assert len(found & members) / len(members) == pytest.approx(
            row["rule_recall"], abs=0.12
        )


def test_rule_and_sql_agree_row_by_row_where_values_are_missing():
    rng = np.random.default_rng(0)
    ids = pd.Index([f"L{i}" for i in range(600)], name="listing_id")
    signals = pd.DataFrame(
        rng.random((600, 2)), index=ids, columns=["A07_x", 'B02_"odd']
    )
    inside = ((signals["A07_x"] > 0.5) & (signals['B02_"odd'] <= 0.6)).to_numpy()
    signals = signals.mask(rng.random((600, 2)) < 0.1)
    rule = fit_rule(signals, inside)
    found = run_sql(rule.sql, pd.DataFrame(index=ids), signals)
    assert found == set(ids[rule.matches(signals)]) and len(found) > 100


def test_known_or_missing_is_a_condition_that_runs():
    rng = np.random.default_rng(0)
    ids = pd.Index([f"L{i}" for i in range(400)], name="listing_id")
    inside = rng.random(400) < 0.4
    values = pd.Series(rng.random(400), index=ids)
    signals = pd.DataFrame({"F01_x": values.where(inside)})
    rule = fit_rule(signals, inside)
    assert rule.words == "share of reviews that doubt authenticity known"
    found = run_sql(rule.sql, pd.DataFrame(index=ids), signals)
    assert found == set(ids[inside]) and rule.recall == 1.0
    assert fit_rule(signals, ~inside).words == NO_RULE


TITLES = [
    "Σίσυφος ΟΔΟΣ",
    "İSTANBUL l'eau",
    "ẞ fuß",
    "น้ำหอม Oud",
    "",
    None,
    "oud' OR 1=1 --",
]


@settings(max_examples=30, deadline=None)
@given(
    term=st.sampled_from(
        ["l'eau", "οδος", "fuß", "น้ำหอม", "oud' or 1=1 --", "i̇stanbul"]
    )
)
def test_a_term_in_a_rule_is_searched_as_its_sql_does(term):
    ids = pd.Index(range(len(TITLES)), name="listing_id")
    listings = pd.DataFrame({"title": TITLES}, index=ids)
    column = f"title has: {term}"
    features = build_rule_features(listings, [term], {})
    signals = pd.DataFrame({"A07_x": 0.0}, index=ids)
    for op in (">", "<="):
        condition = Condition(column, op, 0.5)
        found = run_sql(render_sql([[condition]], "listing"), listings, signals)
        assert found == set(ids[evaluate_condition(condition, features)])


def test_no_rule_rests_on_origin_or_language(market):
    # kind 3 differs from the rest in these two signals alone, and perfectly
    only = market.signals[["A18_lang_market_mismatch", "D06_ship_from_origin_prior"]]
    assert fit_rule(only, (market.labels == 3).to_numpy()).words == NO_RULE
    assert is_origin_or_language("ship_from_country") and is_origin_or_language("lang")


def test_profile_rules_name_no_origin_or_language_column(profile):
    sql = " ".join(profile["rule_sql"])
    assert "A18" not in sql and "D06" not in sql
    assert "ship_from" not in sql and '"lang"' not in sql


def test_a_word_of_the_language_alone_is_no_rule(market):
    from iprseg.cohorts.rules import list_language_markers

    # every Thai listing is in cohort 3, so a Thai word tells language from language
    made = build_rule_features(market.listings, ["หูฟัง", "oud perfume"], {})
    inside = (market.labels == 3).to_numpy()
    lang = market.listings["lang"].to_numpy()
    planted = (market.listings["lang"] == "th").to_numpy()
    assert "title has: หูฟัง" in list_language_markers(made, planted, lang, [TITLE_HAS])
    perfume = market.listings["title"].str.startswith("oud").to_numpy()
    assert "title has: oud perfume" not in list_language_markers(
        made, perfume, lang, [TITLE_HAS]
    )
    assert inside.sum() > 0


def test_a_cohort_that_is_chance_gets_no_rule():
    rng = np.random.default_rng(1)
    features = pd.DataFrame(
        rng.normal(size=(800, 6)), columns=[f"A0{i}_x" for i in range(6)]
    )
    rule = fit_rule(features, rng.random(800) < 0.3)
    assert rule.words == NO_RULE and rule.sql == "" and np.isnan(rule.precision)


def test_a_rule_that_only_knows_one_shop_fails_on_the_others():
    # on random rows this rule would look perfect; on unseen sellers it finds nothing
    rng = np.random.default_rng(0)
    sellers = pd.Series(np.repeat(np.arange(30), 20))
    code = pd.Series(rng.permutation(30)).reindex(sellers).to_numpy() + 0.0
    inside = np.isin(sellers, [1, 8, 15])
    features = pd.DataFrame({"J99_seller_code": code})
    assert fit_rule(features, inside).words != NO_RULE
    assert fit_rule(features, inside, sellers=sellers).words == NO_RULE


def test_a_rule_that_takes_everything_is_none():
    rng = np.random.default_rng(0)
    features = pd.DataFrame({"A14_x": rng.random(1000)})
    assert fit_rule(features, rng.random(1000) < 0.8).words == NO_RULE


def test_a_tiny_cohort_gets_no_rule():
    features = pd.DataFrame({"A07_x": [1.0, 0, 0, 0]})
    assert fit_rule(features, np.array([True, False, False, False])).words == NO_RULE


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 8), min_size=2, max_size=80), st.integers(0, 5))
def test_no_seller_is_on_both_sides(codes, seed):
    sellers = pd.Series([f"S{c}" if c else None for c in codes])
    inside = np.arange(len(codes)) % 2 == 0
    held, unit = hold_out_rows(inside, sellers, seed)
    if unit == "unseen sellers":
        assert not set(sellers[held].dropna()) & set(sellers[~held].dropna())
    assert (inside & ~held).any()


def test_rules_are_the_same_each_time(market):
    inside = (market.labels == 4).to_numpy()
    assert fit_rule(market.signals, inside) == fit_rule(market.signals, inside)


def test_weights_restore_the_rest_that_was_sampled_away():
    # 100 inside, and each of 100 outside rows stands for ten: half of what it finds
    # outside counts tenfold
    values = np.r_[np.ones(100), np.tile([1.0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 10)]
    inside = np.arange(200) < 100
    rule = fit_rule(
        pd.DataFrame({"A07_x": values}), inside, weights=np.where(inside, 1.0, 5.0)
    )
    assert rule.precision == pytest.approx(100 / 150, abs=0.1)


@pytest.mark.parametrize("odd", [1e302, -1e302, np.inf])
def test_a_number_too_large_for_a_tree_leaves_the_rule(odd):
    price = np.linspace(0, 2, 400)
    inside = price < 0.4
    price[-1] = odd
    rule = fit_rule(pd.DataFrame({"B02_price_ratio_brand_cat": price}), inside)
    assert rule.precision > 0.9 and rule.recall > 0.9
