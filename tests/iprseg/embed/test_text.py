import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iprseg.embed.text_embedder import MAX_CHARS, clean_texts


@pytest.mark.parametrize("missing", [None, math.nan, np.nan, pd.NA, pd.NaT])
def test_missing_is_an_empty_text(missing):
    assert clean_texts([missing]) == ([""], 0)


def test_a_title_of_ten_million_characters_is_cut_and_counted():
    texts, cut = clean_texts(["x" * 10_000_000, "short"])
    assert [len(text) for text in texts] == [MAX_CHARS, 5]
    assert cut == 1


def test_one_string_is_one_text():
    assert clean_texts("two words")[0] == ["two words"]


# NFKC turns this one ligature into 18 letters: cutting before normalising is not enough
def test_normalising_cannot_blow_a_text_up():
    texts, _ = clean_texts(["ﷺ" * MAX_CHARS])
    assert len(texts[0]) == MAX_CHARS


@given(st.lists(st.text() | st.none() | st.integers(), max_size=5))
def test_any_cell_becomes_text_that_can_be_encoded(cells):
    texts, _ = clean_texts(cells)
    assert len(texts) == len(cells)
    for text in texts:
        assert text == text.strip()
        text.encode("utf-8")


def test_half_a_surrogate_pair_is_replaced():
    assert clean_texts(["bag \ud83d"])[0] == ["bag ?"]
