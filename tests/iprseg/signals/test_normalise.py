import json
import unicodedata
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iprseg.text.codepoints import PackedTexts
from iprseg.text.normalisation import (
    fold,
    fold_char,
    normalise,
    normalise_with_offsets,
    skeleton_char,
)

ANY_TEXT = st.text(st.characters(), max_size=60)


@given(ANY_TEXT)
def test_twice_is_once(text):
    once = normalise(text)
    assert normalise(once) == once
    assert fold(fold(text)) == fold(text)


@given(ANY_TEXT)
def test_offsets_point_at_what_gave_each_character(text):
    skeleton, offsets = normalise_with_offsets(text)
    assert skeleton == normalise(text)
    assert len(offsets) == len(skeleton)
    assert (np.diff(offsets) >= 0).all()
    for char, at in zip(skeleton, offsets, strict=True):
        assert char in skeleton_char(text[at])


@pytest.mark.parametrize(
    "disguise",
    [
        "Aventra", "AVENTRA", "A-v-entra", "A*v*e*n*t*r*a", "A v e n t r a", "Ａｖｅｎｔｒａ",
        "Аventra",  # Cyrillic A
        "Αventra",  # Greek Alpha
        "4v3n7r4", "@ventra", "A\u200bven\u00adtra", "Ａ v e n t r a", "Àvéñträ", "🅰ventra",
        "𝐀𝐯𝐞𝐧𝐭𝐫𝐚", "ⓐⓥⓔⓝⓣⓡⓐ", "AVEⲚTRA", "Av\ufe0fentra",
    ],
)  # fmt: skip
def test_disguises_share_a_skeleton(disguise):
    assert normalise(disguise) == normalise("Aventra")


@pytest.mark.parametrize(
    "text", ["ของแท้", "نايك أصلي", "ガンダム", "正品", "ไอโฟน", "나이키", "नाइकी"]
)
def test_other_scripts_keep_their_letters(text):
    kept = [char for char in normalise(text) if not char.isascii()]
    assert len(kept) >= len([c for c in text if c.isalpha()]) - 1


def test_trademark_signs_are_no_letters():
    assert fold("Zephyra™") == fold("Zephyra®") == "zephyra"


@given(st.lists(ANY_TEXT, max_size=6))
def test_packed_rows_are_mapped_as_single_texts(texts):
    compact = PackedTexts(texts).compact(fold_char)
    rows = compact.text.split("\x1e")[:-1]
    assert rows == [fold(text) for text in texts]


def test_long_columns_take_the_table_and_agree():
    texts = ["Ｚephyra £5 ", "ของแท้ é", "x" * 30_000]
    assert PackedTexts(texts).compact(skeleton_char).text.split("\x1e")[:-1] == [
        normalise(t) for t in texts
    ]


def unicode_pairs():
    """Pairs of the Unicode confusables table: a letter, the plain letter it imitates."""
    path = resources.files("confusable_homoglyphs").joinpath("confusables.json")
    table = json.loads(path.read_text(encoding="utf-8"))
    scripts = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "LISU", "COPTIC")
    for char, alike in table.items():
        if len(char) == 1 and not char.isascii():
            letters = {e["c"].lower() for e in alike if len(e["c"]) == 1}
            letters = {c for c in letters if c.isascii() and c.isalnum()}
            if letters and unicodedata.name(char, "").startswith(scripts):
                yield char, letters


def test_every_look_alike_of_the_unicode_table_is_taken_for_its_letter():
    pairs = list(unicode_pairs())
    assert len(pairs) > 200
    for char, letters in pairs:
        assert normalise(char) in {normalise(letter) for letter in letters}, char


@pytest.mark.parametrize("disguise", ["Ɠucci", "ɠucci", "Gʋcci", "Ԍucci", "Ɡucci"])
def test_hooked_and_foreign_letters_are_seen_through(disguise):
    assert normalise(disguise) == normalise("gucci")
