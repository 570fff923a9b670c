import pandas as pd
import pytest

from iprseg.cohorts import distinctive_terms
from iprseg.cohorts.terms import extract_terms
from tests.iprseg.cohorts.small_market import KINDS


def test_each_cohort_gets_terms_in_its_own_script(market):
    terms = distinctive_terms(market.listings["title"], market.labels)
    for kind, (words, _, _) in enumerate(KINDS):
        assert terms[kind], kind
        assert all(term in words.lower() for term in terms[kind]), terms[kind]


def test_words_of_every_cohort_are_no_terms(market):
    terms = distinctive_terms(market.listings["title"], market.labels)
    fillers = {"red", "blue", "classic", "deluxe", "mini", "summer"}
    assert not fillers & {term for kind in range(6) for term in terms[kind]}


def test_a_single_sellers_own_word_does_not_stand_for_a_cohort():
    titles = pd.Series(["shoe zorvex"] * 6 + ["shoe blue", "shoe red"] + ["bag"] * 8)
    labels = pd.Series([0] * 8 + [1] * 8)
    shops = pd.Series(["a"] * 6 + ["b", "c"] + list("defghijk"))
    assert "zorvex" in " ".join(distinctive_terms(titles, labels)[0])
    assert distinctive_terms(titles, labels, sellers=shops)[0] == ["shoe"]


def test_a_cohort_of_one_seller_or_of_unknown_ones_keeps_its_words():
    titles = pd.Series(["shoe zorvex"] * 4 + ["bag quillon"] * 4)
    labels = pd.Series(list("aaaabbbb"))
    shops = pd.Series(["x"] * 4 + [None] * 4)
    terms = distinctive_terms(titles, labels, sellers=shops)
    assert terms == distinctive_terms(titles, labels)
    assert "zorvex" in " ".join(terms["a"])


def test_no_title_gives_no_term():
    assert distinctive_terms(pd.Series([None, None]), pd.Series([0, 0])) == {0: []}


def test_a_sample_gives_the_same_terms_each_time(market):
    args = (market.listings["title"], market.labels)
    once = distinctive_terms(*args, max_titles=50, random_state=3)
    assert once == distinctive_terms(*args, max_titles=50, random_state=3)


@pytest.mark.parametrize(
    "word", ["wie", "dass", "och", "jako", "birkaç", "тоже", "také", "yang", "että"]
)
def test_function_words_of_many_languages_are_no_terms(word):
    titles = pd.Series([f"{word} shoe"] * 5 + ["lamp"] * 5)
    found = distinctive_terms(titles, pd.Series([0] * 5 + [1] * 5))
    assert found[0] == ["shoe"]


@pytest.mark.parametrize("word", ["men", "tas", "case", "polo", "bra", "hat", "jam"])
def test_goods_and_people_are_terms_though_another_language_has_the_word(word):
    titles = pd.Series([f"{word} 1", f"{word} 2", f"{word} 3"] + ["lamp"] * 3)
    assert distinctive_terms(titles, pd.Series([0] * 3 + [1] * 3))[0] == [word]


def test_words_of_goods_and_makers_are_no_stop_words_of_other_languages():
    titles = ["pre owned Dell laptop", "hi fi SATA cable", "OLED TV USA"]
    found = set().union(*extract_terms(titles))
    assert {"pre owned", "dell", "hi fi", "sata", "oled", "usa"} <= found
