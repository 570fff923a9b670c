"""What holds for any text: no error, offsets into the original, twice is once."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iprseg.brands.brand_list import BrandList
from iprseg.brands.mentions import find_brand_mentions
from iprseg.signals import compute_signals
from iprseg.signals.inputs import Inputs
from iprseg.signals.registry import find_functions, select_signals
from iprseg.signals.text.wording import detect_contact_kinds
from iprseg.text.codepoints import DisjointSpans
from iprseg.text.lexicon import compile_lexicons, find_terms, fold_keeping_accents
from iprseg.text.normalisation import normalise, normalise_with_offsets, skeleton_char

LISTING = find_functions(select_signals("listing", families=["text"]), "listing")
BRANDS = BrandList.from_frame(
    pd.DataFrame(
        {
            "name": ["Zephyra", "Apple", "Pink", "Korda"],
            "aliases": ["Z;Ｚ;🅰", "", "", "K&V"],
            "lines": ["", "iPhone", "", ""],
        }
    )
)
# Pieces that break readers: joiners, direction marks, half characters, disguises.
PIECES = st.sampled_from(
    ["Zephyra", "Z3phyr4", "Korda", "K&V", "🅰️", "👨‍👩‍👧", "\u202e", "\u200b", "\ud800", "\x00", "\x1e",
     "ﷺ", "ß", "İ", "ΐ", "ﬃ", "नाइकी", "ของแท้", "نايك", "é́́", "😀", "for ", "replica ", "not ",
     "+62 812 3456 7890", "微信", " ", "\n", "\t"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(st.characters(), max_size=8), max_size=12).map(
    "".join
)


def text_signals(listing):
    inputs = Inputs({"listings": listing.set_index("listing_id")}, BRANDS)
    return {key: signal(inputs) for key, signal in LISTING.items()}


FIELDS = ("title", "description", "tags", "ocr_text", "brand_field")


def readable(text):
    return text.encode("utf-8", "replace").decode()


@given(TEXTS)
def test_normalising_twice_is_once_and_offsets_point_into_the_text(text):
    skeleton, offsets = normalise_with_offsets(text)
    assert normalise(skeleton) == skeleton == normalise(text)
    assert all(0 <= at < len(text) for at in offsets)
    for char, at in zip(skeleton, offsets, strict=True):
        assert char in skeleton_char(text[at])


@settings(max_examples=25)
@given(st.lists(TEXTS, min_size=5, max_size=5))
def test_any_text_in_any_field_is_read_and_offsets_give_the_evidence(texts):
    listing = pd.DataFrame(
        {name: pd.Series([t], dtype=object) for name, t in zip(FIELDS, texts, strict=True)}
    ).assign(listing_id="x", seller_id="s", market="TH", lang=None)  # fmt: skip
    found = find_brand_mentions(listing, BRANDS)
    for field, start, end, text in found[["field", "start", "end", "text"]].to_numpy():
        whole = listing[field].iloc[0]
        assert 0 <= start < end <= len(whole)
        assert readable(whole[start:end]) == text != ""
    for column in text_signals(listing).values():
        assert ((column.reasons != "") == np.isnan(column.values)).all()


@given(st.lists(TEXTS, max_size=4))
def test_lexicon_and_contacts_read_any_text_row_by_row(texts):
    texts = [readable(text) for text in texts]
    lexicon = compile_lexicons("replica")
    together = find_terms(texts, [""] * len(texts), lexicon)
    alone = [find_terms([text], [""], lexicon) for text in texts]
    assert [sorted(together.loc[together["row"] == i, "term"]) for i in range(len(texts))] == [
        sorted(one["term"]) for one in alone
    ]  # fmt: skip
    kinds = detect_contact_kinds(texts)
    for i, text in enumerate(texts):
        assert (detect_contact_kinds([text])[0] == kinds[i]).all()
    assert all(
        fold_keeping_accents(fold_keeping_accents(text)) == fold_keeping_accents(text)
        for text in texts
    )


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)), max_size=20))
def test_free_spans_are_those_that_overlap_none_taken(pairs):
    spans, taken = DisjointSpans(), []
    for start, length in pairs:
        end = start + length
        free = all(end <= a or start >= b for a, b in taken)
        assert spans.take(start, end) == free
        taken += [(start, end)] * free


HUGE = 100_000
HOSTILE = {
    "brands": "Zephyra Korda " * (HUGE // 14),
    "disguised": "Z.e.p.h.y.r.a " * (HUGE // 14),
    "misspelled": "Zephyrra Kordda " * (HUGE // 16),
    "references": "for Zephyra " * (HUGE // 12),
    "terms": "replica " * (HUGE // 8),
    "negations": "not a " * (HUGE // 6) + "replica",
    "emoji": "😀🎉" * (HUGE // 2),
    "families": "👨‍👩‍👧‍👦" * (HUGE // 7),
    "mixed direction": "\u202eZephyra\u202c نايك " * (HUGE // 15),
    "controls": "".join(map(chr, range(32))) * (HUGE // 32) + "Zephyra",
    "marks": "Z" + "\u0301" * HUGE + "ephyra",
    "signs": "*" * HUGE,
    "digits": "tel: " + "1" * HUGE,
    "pluses": "+1 " * (HUGE // 3),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_titles_of_100_kb_are_read_and_shown(name):
    text = HOSTILE[name]
    listing = pd.DataFrame(
        {"listing_id": ["x", "y"], "title": [text, "Zephyra bag"], "description": text}
    )
    found = find_brand_mentions(listing, BRANDS)
    whole = {"x": text, "y": "Zephyra bag"}
    columns = (found[c] for c in ("listing_id", "field", "start", "end", "text"))
    for row, field, start, end, said in zip(*columns, strict=True):
        source = whole[row] if field == "title" else text
        assert source[start:end] == said
    assert ("y", "title") in set(zip(found["listing_id"], found["field"], strict=True))
    signals = text_signals(listing)
    for key in ("A07", "A14", "A15", "A17"):
        assert (signals[key].reasons == "").all()


def test_marks_and_controls_hide_no_brand():
    for name in ("controls", "marks", "mixed direction"):
        listing = pd.DataFrame({"listing_id": ["x"], "title": [HOSTILE[name]]})
        assert "zephyra" in set(find_brand_mentions(listing, BRANDS)["brand_id"]), name


@pytest.mark.parametrize("title", ["Z", "z x", "🅰", "Ｚ bag", "plan Z", "Z-Z-Z"])
def test_a_brand_alias_of_one_letter_finds_nothing(title):
    listing = pd.DataFrame({"listing_id": ["x"], "title": [title]})
    assert find_brand_mentions(listing, BRANDS).empty


def test_a_brand_named_by_one_letter_alone_finds_nothing_and_breaks_nothing():
    brands = BrandList.from_names(["N"])
    listing = pd.DataFrame({"listing_id": ["x"], "title": ["N n N-type n"]})
    assert find_brand_mentions(listing, brands).empty
    assert compute_signals(listing, brands=brands).shape[0] == 1


HALF = "\ud83d Zephyra"


@pytest.mark.parametrize(
    "column", ["title", "brand_field", "category_path", "market", "seller_id"]
)
def test_half_a_character_in_any_column_stops_nothing(column):
    names = ["title", "brand_field", "category_path", "market", "seller_id"]
    rows = {name: pd.Series(["Zephyra"] * 4, dtype=object) for name in names}
    listing = pd.DataFrame({**rows, "listing_id": list("abcd")})
    listing.loc[0, column] = HALF
    for level in ("listing", "seller"):
        assert len(compute_signals(listing, level)) >= 1


def test_half_a_character_in_one_of_many_titles_stops_nothing():
    titles = ["Zephyra bag", "Zephyra " * 3, "", "Zephyra" * 3 + "\ud800"]
    listing = pd.DataFrame({"title": pd.Series(titles * 5, dtype=object)})
    listing["listing_id"] = range(20)
    found = find_brand_mentions(listing, BRANDS)
    for row, start, end, text in found[
        ["listing_id", "start", "end", "text"]
    ].to_numpy():
        assert readable((titles * 5)[row][start:end]) == text


def test_half_a_character_in_other_tables_stops_nothing():
    half = pd.Series([HALF], dtype=object)
    said = {"listing_id": ["a"], "ts": ["2024-01-01"], "text": half}
    tables = {
        "listings": pd.DataFrame({"listing_id": ["a"], "title": ["Zephyra"]}),
        "reviews": pd.DataFrame({"review_id": ["r"], **said}),
        "images": pd.DataFrame(
            {"image_id": ["i"], "listing_id": ["a"], "ocr_text": half}
        ),
    }
    signals = compute_signals(tables, brands=BRANDS)
    # the brand beside it is seen: in the image as in the title
    assert signals["C08_ocr_brand_text_mismatch"].tolist() == [0]
    assert signals["F01_review_fake_mention_rate"].notna().all()
