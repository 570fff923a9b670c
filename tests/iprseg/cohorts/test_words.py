import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iprseg.cohorts.terms import extract_terms, find_recurring_pieces, split_words
from iprseg.formats import clean_line


@given(st.text(max_size=200))
def test_plain_text_has_no_control_or_direction_character(text):
    shown = clean_line(text)
    assert not any(unicodedata.category(c).startswith("C") for c in shown)
    assert shown == " ".join(shown.split())


def test_thai_vowel_signs_stay_with_their_consonant():
    # scikit-learn's default token pattern cuts this word into three
    assert split_words("น้ำหอม")[1] == ["น้ำหอม"]


def test_devanagari_words_are_whole():
    assert "जूते" in split_words("पुरुषों के जूते")[0]


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        (["手机壳A", "新手机壳", "手机壳 防摔"], "手机壳"),
        (["หูฟังดี", "หูฟังใหม่", "ขายหูฟัง"], "หูฟัง"),
    ],
)
def test_a_word_without_spaces_around_it_is_found_whole(texts, word):
    pieces = find_recurring_pieces([split_words(text)[1] for text in texts], 3)
    assert pieces == {word}


def test_a_phone_number_and_filler_are_not_terms():
    found, _ = split_words("new oud 0812345678 ABC123456 TR-619 100ml 100 and sale")
    assert found == {"oud"}


@pytest.mark.parametrize(
    ("title", "pairs"),
    [
        ("oud perfume", {"oud perfume"}),
        ("oud-perfume", {"oud perfume"}),
        ("oud - perfume", set()),
        ("oud, perfume", set()),
        ("oud 100ml perfume", set()),
        ("tr-619 oud/musk perfume tr-619", {"oud musk", "musk perfume"}),
        ("oud น้ำหอม perfume", set()),
    ],
)
def test_words_pair_with_one_character_between_them(title, pairs):
    assert {term for term in split_words(title)[0] if " " in term} == pairs


def test_a_huge_title_costs_no_more_than_a_short_one():
    (terms,) = extract_terms(["oud perfume " + "W" * 10_000_000])
    assert terms == {"oud", "perfume", "oud perfume"}
