"""No rule rests on origin or language, however a market is made to tempt it."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iprseg.cohorts import fit_rule, profile_cohorts
from iprseg.cohorts.clauses import MAX_DEPTH
from iprseg.cohorts.rules import NO_RULE, build_rule_features

# one kind of goods, written in three languages down to category and condition
WORDS = {
    "th": ("น้ำหอมผู้หญิง", "ความงาม > น้ำหอม", "ใหม่", "TH"),
    "de": ("Damen Parfüm", "Schönheit > Parfüm", "neu", "DE"),
    "ar": ("عطر نسائي", "جمال > عطور", "جديد", "AE"),
}
EACH = 200


def market(shared_condition=False, replica="none"):
    """Listings whose cohort is their language; `replica` adds a signal to it."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "lang": lang,
            "title": f"{words[0]} {rng.integers(10, 99)}",
            "category_path": words[1],
            "condition": "new" if shared_condition else words[2],
            "ship_from_country": words[3],
            "seller_id": f"{lang}{at % 40}",
            "price": float(np.exp(rng.normal(3, 0.4))),
        }
        for lang, words in WORDS.items()
        for at in range(EACH)
    ]
    ids = pd.Index([f"L{at:03d}" for at in range(len(rows))], name="listing_id")
    listings = pd.DataFrame(rows, index=ids)
    labels = pd.Series(pd.factorize(listings["lang"])[0], index=ids)
    code = labels.astype(float)
    thai = (listings["lang"] == "th") & (rng.random(len(rows)) < 0.9)
    signals = pd.DataFrame(
        {
            "A18_lang_market_mismatch": code,
            "D06_ship_from_origin_prior": code / 3,
            "D07_origin_claim_mismatch": (code == 1).astype(float),
            "X_seller_country": code,
            "own_lang_share": (code == 2).astype(float),
            "A07_replica_lexicon_hit": thai * (replica == "thai") + 0.0,
            "A14_special_characters": rng.random(len(rows)),
        },
        index=ids,
    )
    return labels, listings, signals


@pytest.mark.parametrize("shared_condition", [False, True])
@pytest.mark.parametrize("known", [True, False])
def test_cohorts_that_are_languages_get_no_rule(shared_condition, known):
    labels, listings, signals = market(shared_condition)
    if not known:  # then the script of the titles tells
        listings = listings.drop(columns="lang")
        two = labels != 1
        labels, listings, signals = labels[two], listings[two], signals[two]
    found = profile_cohorts(
        {"listings": listings}, "listing", signals, labels, directions={}
    )
    assert set(found["rule"]) == {NO_RULE} and set(found["rule_sql"]) == {""}


def test_beside_a_language_only_the_signal_carries_the_rule():
    labels, listings, signals = market(replica="thai")
    found = profile_cohorts(
        {"listings": listings}, "listing", signals, labels, directions={}
    )
    assert found.loc[0, "rule"] == "replica wording"
    assert found.loc[0, "rule_precision"] == 1.0
    assert (
        found.loc[[1, 2], "rule_sql"].str.contains("A07").sum()
        == 2 - (found.loc[[1, 2], "rule"] == NO_RULE).sum()
    )
    text = " ".join([*found["rule"], *found["rule_sql"]])
    for words in WORDS.values():
        assert not any(word in text for word in words[:3])


def test_a_name_never_rests_on_origin_or_language():
    labels, listings, signals = market()
    found = profile_cohorts(
        {"listings": listings}, "listing", signals, labels, directions={}
    )
    names = " ".join(found["name"])
    for word in ("language", "origin", "country", "shipped"):
        assert word not in names.lower()
    # it is named in its own script all the same
    assert any("\u0e00" <= character <= "\u0e7f" for character in found.loc[0, "name"])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_rules_are_short_and_their_sql_finds_the_same_rows(seed):
    rng = np.random.default_rng(seed)
    n = 300
    ids = pd.Index([f"L{at}" for at in range(n)], name="listing_id")
    listings = pd.DataFrame(
        {
            "title": rng.choice(["oud'", "عطر", "น้ำหอม", "手机壳"], n),
            "condition": rng.choice(["new", "us'ed", None], n),
            "category_path": rng.choice(["A > B", "A > C"], n),
            "authorisation_id": rng.choice(["x", None], n),
            "price": rng.random(n).round(2),
        },
        index=ids,
    )
    values = {"category is: ": "A > B", "condition is: ": "us'ed"}
    features = build_rule_features(listings, ["oud'", "น้ำหอม"], values)
    signals = pd.DataFrame({"A03_x": rng.integers(0, 4, n) + 0.0}, index=ids)
    features = features.join(signals.mask(rng.random((n, 1)) < 0.2))
    made = features.fillna(0).to_numpy() @ rng.choice([0, 0, 1, -1], features.shape[1])
    inside = made > np.quantile(made, rng.choice([0.5, 0.8]))
    rule = fit_rule(features, inside)
    assert len(rule.clauses) <= 2
    assert all(1 <= len(clause) <= MAX_DEPTH for clause in rule.clauses)
    if rule.sql:
        with duckdb.connect() as connection:
            connection.register("listings", listings.reset_index())
            connection.register("signals", features[["A03_x"]].reset_index())
            found = {row[0] for row in connection.execute(rule.sql).fetchall()}
        assert found == set(ids[rule.matches(features)])
        assert rule.measured_on == "unseen rows" and 0.5 <= rule.recall <= 1


def test_a_value_that_no_query_can_hold_is_in_no_rule():
    labels, listings, signals = market()
    for column in ("category_path", "condition"):
        listings[column] = listings[column] + "\0"
    listings["lang"] = "en"  # else no rule rests on words of one language
    found = profile_cohorts({"listings": listings}, "listing", signals, labels)
    assert len(found) == 3
    assert not found["rule_sql"].str.contains("\0").any()
