from hypothesis import given
from hypothesis import strategies as st

from iprseg.cohorts.lift import Lift
from iprseg.cohorts.names import compose_name, telling_signals, unique_names
from iprseg.cohorts.phrases import _table, phrase_of, signal_id


def lift(signal, side="high", share=0.9):
    return Lift(signal, side, 0, share, 0.01, 20, 10, 1, 0, 1.0, 100)


def test_origin_and_language_name_no_cohort():
    found = telling_signals([lift("D06_ship_from"), lift("A18_lang"), lift("A07_x")])
    assert [one.signal for one in found] == ["A07_x"]


def test_one_signal_of_a_theme_is_enough():
    found = telling_signals([lift("B02_x", "low"), lift("B04_x", "low"), lift("A07_x")])
    assert {one.signal for one in found} == {"B02_x", "A07_x"}


def test_a_rare_signal_names_nothing():
    assert telling_signals([lift("A07_x", share=0.2)]) == []


@given(
    st.dictionaries(
        st.integers(0, 30), st.sampled_from(["Shoes", "Bags", "Shoes (red)"])
    ),
    st.lists(st.sampled_from(["red", "blue", "shoes"]), max_size=3),
)
def test_names_are_unique(names, terms):
    found = unique_names(names, dict.fromkeys(names, terms))
    assert len(set(found.values())) == len(found) == len(names)


def test_a_hostile_category_is_cut_and_cleaned():
    name = compose_name("\u202eevil\n" + "W" * 1000, [], "listing")
    assert "\u202e" not in name and "\n" not in name and len(name) < 140


def test_no_phrase_accuses():
    forbidden = ("counterfeit", "fake", "fraud", "guilty", "illegal", "pirate")
    said = " ".join(f"{p.high} {p.low} {p.quantity}" for p in _table().values()).lower()
    assert not any(word in said for word in forbidden)


def test_a_seller_mean_is_called_a_mean():
    assert phrase_of("A07_replica_lexicon_hit_mean").quantity.endswith(
        "(mean over listings)"
    )


def test_an_unknown_column_keeps_its_name():
    assert signal_id("my_score") == "my_score"
    assert phrase_of("my_score").quantity == "my score"


def test_the_risky_side_of_a_sellers_share_is_the_catalogues():
    from iprseg.cohorts.phrases import LOW_TAIL
    from iprseg.signals import signal_catalogue

    catalogue = signal_catalogue()
    low = (catalogue["direction"] == "-") & (catalogue["tau"].fillna(0) != 0)
    assert frozenset(catalogue.index[low]) == LOW_TAIL


def test_every_signal_of_the_catalogue_has_words():
    from iprseg.signals import signal_catalogue

    assert set(signal_catalogue().index) <= set(_table())


def test_a_share_of_low_prices_is_said_as_one():
    phrase = phrase_of("B02_price_ratio_brand_cat_share")
    assert (
        phrase.quantity == "share of listings priced far below the usual for the brand"
    )
    assert phrase.high == phrase_of("B02_price_ratio_brand_cat").low
