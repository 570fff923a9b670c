import pytest

from iprseg.errors import IprsegError
from iprseg.reference import (
    load_lexicon,
    load_placeholders,
    load_reference,
    load_words,
    market_groups,
    market_words,
)

LEXICONS = ("disclaimer", "overclaim", "replica", "review_fake")
# The languages of domain-spec section 7 ("pt" stands for pt-BR).
LANGS = {
    "en",
    "id",
    "ms",
    "vi",
    "th",
    "fil",
    "zh",
    "ja",
    "ko",
    "es",
    "pt",
    "fr",
    "de",
    "it",
    "pl",
    "tr",
    "ar",
    "ru",
}


@pytest.mark.parametrize("name", LEXICONS)
def test_lexicons_speak_all_languages(name):
    assert set(load_lexicon(name)["lang"]) == LANGS


@pytest.mark.parametrize("name", LEXICONS)
def test_lexicon_rows_are_well_formed(name):
    lexicon = load_lexicon(name)
    assert lexicon["weight"].between(0, 1, inclusive="right").all()
    assert set(lexicon["needs"]) <= {"", "lang", "brand", "beside", "goods"}
    assert (lexicon["term"].str.strip() != "").all()
    assert not lexicon.duplicated(["lang", "term"]).any()


@pytest.mark.parametrize(
    "name",
    [f"lexicons/{n}" for n in (*LEXICONS, "negation", "referential")]
    + ["placeholders", "words_market", "goods_between"],
)
def test_each_file_names_its_source(name):
    assert len(load_reference(name)["source"]) > 20


def test_yaml_words_stay_words():
    before = load_reference("lexicons/negation")["before"]
    assert {"no", "not"} <= set(before["en"])
    assert "no" in before["es"]
    assert "null" in load_placeholders()["exact"]["en"]


def test_braces_spell_out_every_reading():
    terms = set(load_lexicon("review_fake").query("lang == 'it'")["term"])
    assert {
        "contraffatto",
        "contraffatte",
        "non è l'originale",
        "non originale",
    } <= terms
    assert not any(set("{}|") & set(term) for term in terms)


def test_no_word_swallows_its_neighbours():
    # an apostrophe at the head of a word opens a quotation in YAML
    for side in load_reference("lexicons/negation"), load_reference("lexicons/relief"):
        assert "," not in "".join(_words(side))


def _words(node):
    if isinstance(node, list):
        return [word for word in node if isinstance(word, str)]
    if isinstance(node, dict):
        parts = [_words(value) for key, value in node.items() if key != "source"]
        return [word for part in parts for word in part]
    return []


def test_ambiguous_terms_need_a_context():
    lexicon = load_lexicon("replica").set_index(["lang", "term"])
    assert lexicon.loc[("en", "rep"), "needs"] == "beside"
    assert lexicon.loc[("id", "kw"), "needs"] == "lang"
    assert lexicon.loc[("es", "tipo"), "needs"] == "beside"


def test_unknown_lexicon():
    with pytest.raises(
        IprsegError, match="'name' parameter of load_lexicon must be one of"
    ):
        load_lexicon("slang")


def test_words():
    assert len(load_words(100)) == 100
    assert load_words(100) < load_words()
    assert not {"samsung", "canon", "nike"} & load_words()
    assert "noir" in market_words()
    assert market_groups()["colours"] < market_words()
