"""A07, A08: replica terms whose letters are imitated or spelled apart."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iprseg.brands.matching import find_disguised_terms
from iprseg.text.lexicon import compile_lexicons
from tests.iprseg.signals.helpers import compute

REPLICA = compile_lexicons("replica")
PIECES = st.sampled_from(
    ["r3plica", "r.e.p.l.i.c.a", "mаster cоpy", "not ", "\x1e", "\ud800", "😀", "\u200b", " "]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(st.characters(), max_size=6), max_size=8).map("".join)


def terms(text, lang="en"):
    hits = find_disguised_terms([text], [lang], REPLICA)
    return REPLICA.table["term"].loc[hits["term"]].tolist()


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Zephyra r3plica bag", "replica"),
        ("repl1ca watch", "replica"),
        ("rep1ica", "replica"),
        ("r€plica", "replica"),
        ("$uper copy bag", "super copy"),
        ("bag, replic4", "replica"),
        ("rерlica bag", "replica"),  # Cyrillic е and р
        ("r.e.p.l.i.c.a bag", "replica"),
        ("R E P L I C A bag", "replica"),
        ("r*e*p*l*i*c*a", "replica"),
        ("rep\u200blica watch", "replica"),
        ("🅡eplica watch", "replica"),
        ("m!rror qual1ty", "mirror quality"),
        ("sup3r c0py", "super copy"),
        ("mаster cоpy", "master copy"),
        ("kn0ckoff bag", "knockoff"),
        ("Duftzwi11ing", "duftzwilling"),
    ],
)
def test_disguises_are_seen_through(text, term):
    assert terms(text) == [term]


@pytest.mark.parametrize(
    "text",
    [
        "replica",  # plain: found as such
        "Mirror Quality",
        "not a r3plica",
        "scale r3plica car",
        "1/18 m0del",
        "iphone 13 pro 5G 100ml A4",
        "show a small b c bag",
        "zephyra.replicant",
        "AAA battery A.A.A.",
        "модель реплика",
        "",
    ],
)
def test_what_is_no_disguise(text):
    assert terms(text) == []


@given(st.lists(TEXTS, max_size=4))
def test_any_text_is_read_row_by_row(texts):
    together = find_disguised_terms(texts, [""] * len(texts), REPLICA)
    for i, text in enumerate(texts):
        alone = find_disguised_terms([text], [""], REPLICA)["term"].tolist()
        assert together.loc[together["row"] == i, "term"].tolist() == alone


def test_signals_count_a_term_once_plain_or_not():
    titles = [
        "Zephyra r3plica",
        "Zephyra replica r3plica",
        "Zephyra replica",
        "Zephyra mаster cоpy",
        "Zephyra bag",
        None,
    ]
    values, reasons = compute({"title": titles, "lang": ["en"] * 6})
    weight = REPLICA.table.set_index("term")["weight"]
    expected = [weight["replica"]] * 3 + [weight["master copy"], 0]
    assert values["A07"].tolist()[:5] == expected
    assert values["A08"].tolist()[:5] == [0, 0, 0, 1, 0]
    assert pd.isna(values["A07"].iloc[5]) and reasons["A07"].iloc[5]


def test_a_disguise_in_the_description_or_an_image_counts():
    rows = {"title": ["bag"] * 2, "description": ["a r3plica", None]}
    values, _ = compute({**rows, "ocr_text": [None, "m!rror qual1ty"]})
    assert (values["A07"] > 0).tolist() == [True, True]
    assert values["A08"].tolist() == [0, 1]
