import pandas as pd

from iprseg.tables import parse_booleans, parse_integers
from iprseg.tables.parsing import to_text


def test_integers_refuse_fractions():
    parsed = parse_integers(pd.Series(["3,836", "2.5", "many", None]))
    assert parsed.values[0] == 3836
    assert parsed.values[1:].isna().all()
    assert sorted(parsed.unparsed) == ["2.5", "many"]


def test_whole_column_of_integers_is_int64():
    assert parse_integers(pd.Series(["1", "2"])).values.dtype == "int64"


def test_booleans_of_several_languages():
    parsed = parse_booleans(
        pd.Series(["Sim", "não", "TRUE", "0", "是", "maybe", "N/A"])
    )
    assert parsed.values[:5].tolist() == [True, False, True, False, True]
    assert parsed.values[5:].isna().all()
    assert list(parsed.unparsed) == ["maybe"]
    assert list(parsed.missing_words) == ["N/A"]


def test_typed_booleans_stay():
    assert parse_booleans(pd.Series([True, False])).values.dtype == bool


def test_text_keeps_what_it_was():
    assert to_text(pd.Series(["0123", None]))[0] == "0123"
    assert to_text(pd.Series([4006381333931.0, None]))[0] == "4006381333931"
    assert to_text(pd.Series([["a", "b"], 3.0, 2], dtype=object)).tolist() == [
        "a;b",
        "3",
        "2",
    ]
