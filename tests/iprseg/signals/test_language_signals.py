"""A18: languages that the market does not speak."""

import numpy as np
import pytest

from iprseg.reference import market_languages
from tests.iprseg.signals.helpers import compute, one


@pytest.mark.parametrize(
    ("market", "lang", "expected"),
    [
        ("TH", "th", 0), ("TH", "en", 0), ("TH", "zh", 1), ("VN", "zh-CN", 1),
        ("BR", "pt-BR", 0), ("BR", "ru", 1), ("ph", "TL", 0), ("PH", "fil", 0),
        ("NO", "no", 0), ("NA", "en", 0), ("DE", "xx", 1),
    ],
)  # fmt: skip
def test_the_language_given(market, lang, expected):
    assert one("A18", "x", market=market, lang=lang) == expected


@pytest.mark.parametrize(
    ("market", "title", "expected"),
    [
        ("TH", "กระเป๋า Zephyra", 0),
        ("VN", "túi Zephyra", 0),
        ("VN", "全新", 1),
        # 6 Latin letters, a script of the market, beside 2 Chinese ones.
        ("VN", "Korda 12, x 全新", 2 / 8),
        # Latin is not written in Russia: a brand beside Cyrillic says nothing,
        ("RU", "сумка Zephyra", 0),
        # a title wholly in it does.
        ("RU", "Zephyra bag", 1),
        ("JP", "バッグ 全新 Zephyra", 0),
    ],
)
def test_letters_where_no_language_is_given(market, title, expected):
    assert one("A18", title, market=market) == pytest.approx(expected)
    assert one("A18", title, market=market, lang="und") == pytest.approx(expected)


def test_what_is_missing():
    values, reasons = compute(
        {
            "title": ["bag", "bag", "12 ★", None, "bag"],
            "market": [None, "EU", "TH", "TH", " "],
            "lang": [None, "en", None, None, "en"],
        }
    )
    assert np.isnan(values["A18"]).all()
    assert reasons["A18"].tolist() == [
        "value_missing: market",
        "market_not_in_table",
        "no_language_and_no_letters",
        "no_language_and_no_letters",
        "value_missing: market",
    ]
    _, reasons = compute({"title": ["bag"]})
    assert reasons["A18"].tolist() == ["column_absent: market"]


def test_the_table_is_whole():
    table = market_languages()
    assert table["market"].is_unique and (table != "").all(axis=None)
    assert table["market"].str.fullmatch("[A-Z]{2}").all()
    assert {"NA", "US", "GB", "SG", "DE", "ID", "VN", "TH", "TW", "KZ"} <= set(
        table["market"]
    )
