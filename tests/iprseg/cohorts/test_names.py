import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from iprseg.cohorts.lift import Lift, find_phrase, parse_signal_id, read_phrases
from iprseg.cohorts.naming import (
    choose_naming_lifts,
    compose_name,
    describe_goods,
    drop_implied_brand_lift,
    make_names_unique,
)


def lift(signal, side="high", share=0.9):
    return Lift(signal, side, 0, share, 0.01, 20, 10, 1, 0, 1.0, 100)


def test_origin_and_language_name_no_cohort():
    found = choose_naming_lifts(
        [lift("D06_ship_from"), lift("A18_lang"), lift("A07_x")]
    )
    assert [one.signal for one in found] == ["A07_x"]


def test_one_signal_of_a_theme_is_enough():
    found = choose_naming_lifts(
        [lift("B02_x", "low"), lift("B04_x", "low"), lift("A07_x")]
    )
    assert {one.signal for one in found} == {"B02_x", "A07_x"}


def test_a_rare_signal_names_nothing():
    assert choose_naming_lifts([lift("A07_x", share=0.2)]) == []


@given(
    st.dictionaries(
        st.integers(0, 30), st.sampled_from(["Shoes", "Bags", "Shoes (red)"])
    ),
    st.lists(st.sampled_from(["red", "blue", "shoes"]), max_size=3),
)
def test_names_are_unique(names, terms):
    found = make_names_unique(names, dict.fromkeys(names, terms))
    assert len(set(found.values())) == len(found) == len(names)


def test_a_hostile_category_is_cut_and_cleaned():
    name = compose_name("\u202eevil\n" + "W" * 1000, [], "listing")
    assert "\u202e" not in name and "\n" not in name and len(name) < 140


def test_no_phrase_accuses():
    forbidden = ("counterfeit", "fake", "fraud", "guilty", "illegal", "pirate")
    said = " ".join(
        f"{p.high} {p.low} {p.quantity}" for p in read_phrases().values()
    ).lower()
    assert not any(word in said for word in forbidden)


def test_a_seller_mean_is_called_a_mean():
    assert find_phrase("A07_replica_lexicon_hit_mean").quantity.endswith(
        "(mean over listings)"
    )


def test_an_unknown_column_keeps_its_name():
    assert parse_signal_id("my_score") == "my_score"
    assert find_phrase("my_score").quantity == "my score"


def test_the_risky_side_of_a_sellers_share_is_the_catalogues():
    from iprseg.cohorts.lift import LOW_TAIL_SIGNALS
    from iprseg.signals import signal_catalogue

    catalogue = signal_catalogue()
    naming = catalogue[catalogue["segments"] == "yes"]
    low = (naming["direction"] == "-") & (naming["tau"].fillna(0) != 0)
    assert frozenset(naming.index[low]) == LOW_TAIL_SIGNALS


def test_every_signal_that_cohorts_are_named_by_has_words():
    from iprseg.signals import signal_catalogue

    catalogue = signal_catalogue()
    naming = catalogue.index[catalogue["segments"] == "yes"]
    assert set(naming) <= set(read_phrases())


def test_a_share_of_low_prices_is_said_as_one():
    phrase = find_phrase("B02_price_ratio_brand_cat_share")
    assert (
        phrase.quantity == "share of listings priced far below the usual for the brand"
    )
    assert phrase.high == find_phrase("B02_price_ratio_brand_cat").low


def test_a_clear_signal_that_is_seldom_known_is_named_as_such():
    seldom = Lift("B03_x", "high", 1, 0.79, 0.2, 3.8, 2.6, 1, 1, 0.16, 19)
    name = compose_name("shoes", choose_naming_lifts([seldom]), "listing")
    assert name == "Shoes priced above the usual for the category (where known)"


def test_the_surest_clear_signal_is_always_named():
    surest = Lift("A03_x", "high", 0, 0.31, 0.01, 30, 25, 1, 0, 1.0, 100)
    found = choose_naming_lifts([surest, lift("A07_x"), lift("A16_x"), lift("A17_x")])
    assert surest in found and len(found) == 2


def test_what_a_large_suspicion_rests_on_is_named():
    price = lift("B02_x", "low", share=0.2)
    assert price in choose_naming_lifts([lift("A07_x"), lift("A16_x")], [price])


def test_no_signal_stands_out_only_where_none_is_listed():
    assert compose_name("shoes", [], "listing", minor=True) == (
        "Shoes where no signal sets most apart"
    )


def test_a_wider_brand_signal_stays_where_the_exact_one_is_rare():
    found = drop_implied_brand_lift([lift("A01_x"), lift("A02_x", share=0.2)])
    assert [one.signal for one in found] == ["A01_x", "A02_x"]


def test_a_name_takes_words_of_one_language():
    german, spanish = ["rote ledertasche"] * 6, ["rojo bolso"] * 6
    titles = pd.Series([*german, *spanish])
    assert describe_goods(None, ["ledertasche", "bolso"], titles) == "ledertasche"
    assert describe_goods(None, ["ledertasche", "rote"], titles) == "ledertasche, rote"


def test_words_of_a_name_are_of_one_script():
    titles = pd.Series(["oud perfume น้ำหอม"] * 6)
    assert describe_goods(None, ["perfume", "น้ำหอม"], titles) == "perfume"
    same = make_names_unique({0: "Bags", 1: "Bags"}, {0: ["red", "แดง"], 1: ["แดง"]})
    assert same == {0: "Bags (some: red)", 1: "Bags (some: แดง)"}
