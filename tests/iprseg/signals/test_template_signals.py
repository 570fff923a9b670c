"""A16: descriptions that several shops share."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iprseg.signals.text.writing import find_template_families
from iprseg.text.codepoints import hash_words
from iprseg.text.normalisation import fold_char
from tests.iprseg.signals.helpers import compute

WORDS = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrst"]


def text(first=0, n=60):
    return " ".join(WORDS[first : first + n])


def a16(descriptions, sellers):
    values, reasons = compute(
        {"title": ["x"] * len(sellers), "description": descriptions, "seller_id": sellers}
    )  # fmt: skip
    return values["A16"].tolist(), reasons["A16"].tolist()


def test_other_sellers_of_the_same_copy_are_counted_once_each():
    # a, b, c share the copy; b twice. Each sees the two others, d nobody.
    copies = [text(), text(), text(), text(), text(80)]
    assert a16(copies, ["a", "b", "b", "c", "d"])[0] == [2, 2, 2, 2, 0]


def test_own_copies_do_not_count():
    assert a16([text(), text()], ["a", "a"])[0] == [0, 0]


def test_numbers_brands_case_and_signs_do_not_matter():
    plain = text()
    varied = plain.upper().replace(" ", " - ").replace("BAL", "BAL 45 Zephyra 12 ml")
    other = plain.replace("bal", "bal Korda")
    assert a16([plain, varied, other], ["a", "b", "c"])[0] == [2, 2, 2]


def changed(words):
    """60 words, so 58 shingles; each word changed amid them changes three."""
    said = text().split()
    for k in range(words):
        said[5 + 10 * k] = f"zz{WORDS[100 + k]}"
    return " ".join(said)


def test_the_bound_is_four_fifths_of_the_shingles():
    # 2 words: 6 of 58 shingles differ, Jaccard 52 / 64 = 0.8125; 3 words: 49 / 67 = 0.73.
    assert a16([text(), changed(2)], ["a", "b"])[0] == [1, 1]
    assert a16([text(), changed(3)], ["a", "b"])[0] == [0, 0]


def test_scripts_without_spaces_are_read_letter_by_letter():
    thai = "กระเป๋าหนังแท้คุณภาพดีส่งฟรีทั่วประเทศไทยวันนี้"
    chinese = "全新正品手提包顺丰包邮支持七天无理由退换货欢迎咨询"
    assert a16([thai, thai, chinese, chinese], list("abcd"))[0] == [1, 1, 1, 1]


def test_what_is_missing():
    values, reasons = a16(
        [text(), None, "new, fast shipping", text()], ["a", "b", "c", None]
    )
    assert np.isnan(values[1:]).all() and values[0] == 0  # no known seller shares it
    assert reasons[1:] == [
        "value_missing: description",
        "text_too_short: description",
        "value_missing: seller_id",
    ]  # fmt: skip
    _, reasons = compute({"title": ["x"], "seller_id": ["a"]})
    assert reasons["A16"].tolist() == ["column_absent: description"]
    _, reasons = compute({"title": ["x"], "description": [text()]})
    assert reasons["A16"].tolist() == ["column_absent: seller_id"]


def test_many_planted_templates_are_found_among_many_texts():
    rng = np.random.default_rng(4)
    base = [" ".join(rng.choice(WORDS, 60)) for _ in range(400)]
    copies = []
    for one in base[:100]:
        said = one.split()
        said[int(rng.integers(60))] = "zzz"
        copies.append(" ".join(said))
    texts = base + copies
    family = find_template_families(hash_words(texts, fold_char), len(texts))
    assert (family[:100] == family[400:]).all()
    assert len(set(family)) == 400  # nothing else is linked


def jaccard(one, two, n=3):
    sets = [
        {tuple(w[i : i + n]) for i in range(len(w) - n + 1)}
        for w in (one.split(), two.split())
    ]
    union = len(sets[0] | sets[1])
    return len(sets[0] & sets[1]) / union if union else 0.0


@settings(max_examples=60)
@given(st.lists(st.sampled_from("abc"), min_size=4, max_size=14), st.integers(0, 14))
def test_two_texts_are_linked_only_if_they_are_that_alike(letters, at):
    one = " ".join(letters)
    two = " ".join([*letters[:at], "d", *letters[at:]])
    words = hash_words([one, two], fold_char)
    family = find_template_families(words, 2)
    if family[0] == family[1]:
        assert jaccard(one, two) >= 0.8


@given(st.lists(st.text("abc ไท東 .", max_size=12), max_size=5))
def test_hashed_words_are_the_words(texts):
    words = hash_words(texts, fold_char)
    for i, one in enumerate(texts):
        plain = "".join(f" {c} " if c > "ก" and c != " " else c for c in one)
        expected = plain.replace(".", " ").split()
        mine = words.code[words.row == i]
        assert len(mine) == len(expected)
        for a, left in zip(mine, expected, strict=True):
            for b, right in zip(mine, expected, strict=True):
                assert (a == b) == (left == right)


def test_no_text_at_all():
    words = hash_words([], fold_char)
    assert len(words.code) == 0 and len(find_template_families(words, 0)) == 0
    words = hash_words(["", "..."], fold_char)
    assert find_template_families(words, 2).tolist() == [0, 1]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_runs_stay_within_one_text(n):
    row, _ = hash_words(["a b c", "d e"], fold_char).runs(n)
    assert row.tolist() == [0] * (4 - n) + [1] * max(3 - n, 0)
