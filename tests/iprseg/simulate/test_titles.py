import re
import unicodedata
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from iprseg.simulate import SimulatedMarketplace
from iprseg.simulate.vocabulary import load_constants, load_vocabulary

SCRIPTS = ("LATIN", "CYRILLIC", "THAI", "CJK", "HIRAGANA", "KATAKANA", "ARABIC")
# one a line: none of them may be in the vocabulary, as a whole word
FAMOUS_MARKS = Path(__file__).with_name("famous_marks.txt")
# words that are ordinary in some language of the vocabulary
ORDINARY = {"omega", "oméga"}


def script_counts(titles: pd.Series) -> dict[str, int]:
    """How many titles hold a letter of each script."""
    found = dict.fromkeys(SCRIPTS, 0)
    for title in titles:
        names = {unicodedata.name(c, "").split()[0] for c in title if c.isalpha()}
        for script in names & set(SCRIPTS):
            found[script] += 1
    return found


def test_languages_and_scripts(usual: SimulatedMarketplace) -> None:
    listings = usual.tables["listings"]
    counts = listings["lang"].value_counts()
    assert len(counts) >= 8
    assert {"th", "zh"} <= set(counts.index)
    assert counts.min() >= 40
    scripts = script_counts(listings["title"])
    assert sum(count >= 40 for count in scripts.values()) >= 5
    assert script_counts(listings.query("lang == 'th'")["title"])["THAI"] >= 40
    assert script_counts(listings.query("lang == 'zh'")["title"])["CJK"] >= 40


def test_titles_are_many_and_look_like_titles(usual: SimulatedMarketplace) -> None:
    titles = usual.tables["listings"]["title"]
    assert titles.nunique() > 0.85 * len(titles)
    assert titles.str.len().between(2, 200).all()
    assert titles.str.len().median() > 20
    assert not titles.str.contains("  |^ | $|[{}]", regex=True).any()
    assert usual.tables["listings"]["description"].str.len().min() > 5


def holds(title: str, terms: list[str]) -> bool:
    """A whole word of Latin or Cyrillic script, or any place in the others."""
    title = title.casefold()
    for term in terms:
        spaced = re.match(r"[\w:/ ]+$", term) and not re.search(r"[฀-๿぀-鿿]", term)
        pattern = rf"(?<!\w){re.escape(term)}(?!\w)" if spaced else re.escape(term)
        if re.search(pattern, title):
            return True
    return False


def test_clean_honest_titles_hold_no_replica_wording(
    usual: SimulatedMarketplace,
) -> None:
    both = usual.truth["listings"].merge(usual.tables["listings"], on="listing_id")
    terms = {
        lang: [t.casefold() for name in ("rep", "rep_new") for t in pools[name]]
        for lang, pools in load_constants().words.items()
    }
    clean = both[~both["violative"] & ~both["trap"]]
    dirty = [t for t, lang in zip(clean["title"], clean["lang"], strict=True)
             if holds(t, terms[lang])]  # fmt: skip
    assert dirty == []
    open_ = both[both["wording"] != "none"]
    said = [
        holds(t, terms[lang])
        for t, lang in zip(open_["title"], open_["lang"], strict=True)
    ]
    assert len(said) > 30 and all(said)


def test_traps_and_accessories_are_planted(usual: SimulatedMarketplace) -> None:
    both = usual.truth["listings"].merge(usual.tables["listings"], on="listing_id")
    trapped = both[both["trap"]]
    assert 0.01 < both["trap"].mean() < 0.03
    assert not trapped["violative"].any()
    english = trapped.loc[trapped["lang"] == "en", "title"].str.lower()
    for words in ("aaa battery", "faux leather", "replica jersey", "copper pan"):
        assert english.str.contains(words).any(), words
    assert (trapped["ni_reason"] == "NI_LICENSED_MERCH").any()
    fits = both[
        both["cohort"].eq("Accessory/compatible seller") & both["lang"].eq("en")
    ]
    assert (
        fits["title"]
        .str.contains(r"\b(?:for|compatible with|fits)\b", case=False)
        .all()
    )


def test_common_words_serve_as_brands_and_as_words(
    evasive: list[SimulatedMarketplace],
) -> None:
    one = evasive[0]
    both = one.truth["listings"].merge(one.tables["listings"], on="listing_id")
    names = {b["name"].lower() for b in load_constants().brands if b.get("common_word")}
    assert len(names) >= 4
    pattern = rf"\b(?:{'|'.join(sorted(names))})\b"
    unbranded = both[both["brand_id"].isna() & both["lang"].eq("en")]
    hits = unbranded["title"].str.lower().str.findall(pattern).explode().dropna()
    assert set(hits) == names


def test_no_famous_mark_is_in_the_vocabulary() -> None:
    words = load_vocabulary().words.to_pylist()
    tokens = {t for word in words for t in re.findall(r"\w+", word.casefold())}
    famous = set(FAMOUS_MARKS.read_text(encoding="utf-8").split())
    assert len(famous) > 80
    assert tokens & famous - ORDINARY == set()


@pytest.mark.real
def test_no_brand_of_the_real_data_is_in_the_vocabulary(real_data: Path) -> None:
    shops = pd.read_csv(real_data / "reference" / "retail_brands.csv")["brand"]
    perfumes = [
        pd.read_csv(real_data / "perfume" / f)["brand"]
        for f in ("mens.csv", "womens.csv")
    ]
    real = {str(name).casefold().strip() for name in pd.concat([shops, *perfumes])}
    brands = load_constants().brands
    ours = {b["name"] for b in brands}
    ours |= {line for b in brands for lines in b["lines"].values() for line in lines}
    parts = load_constants().words_any["own_label_syllables"]
    ours |= {"".join(label) for label in product(*parts)}
    assert len(real) > 1000
    assert {name.casefold() for name in ours} & real == set()


def test_invented_slang_is_in_no_lexicon() -> None:
    import iprseg

    reference = Path(iprseg.__file__).parent / "reference"
    files = [
        f for f in sorted(reference.rglob("*")) if f.suffix in (".yaml", ".csv", ".txt")
    ]
    assert files
    text = "\n".join(f.read_text(encoding="utf-8") for f in files).casefold()
    words = load_constants().words.values()
    slang = [t.casefold() for pools in words for t in pools["rep_new"]]
    slang += [brand["nickname"].casefold() for brand in load_constants().brands]
    assert len(slang) > 70
    assert [term for term in slang if term in text] == []
