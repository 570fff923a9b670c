"""The catalogue: every signal of the plan has a row, and every row says what it must."""

import re

import pytest

from iprseg.cohorts.lift import read_phrases
from iprseg.errors import IprsegError
from iprseg.report.signal_cards import describe_column
from iprseg.signals import signal_catalogue
from iprseg.signals.registry import parse_catalogue

# how many signals each family of domain-spec.md section 3 lists
FAMILIES = {
    "A": 18, "B": 12, "C": 14, "D": 10, "E": 13,
    "F": 10, "G": 10, "H": 12, "I": 9, "J": 5,
}  # fmt: skip
LEVELS = {"listing", "seller", "creator", "rights_owner"}


def test_every_signal_of_the_plan_has_a_row():
    expected = [
        f"{family}{number:02}"
        for family, n in FAMILIES.items()
        for number in range(1, n + 1)
    ]
    assert signal_catalogue().index.tolist()[: len(expected)] == expected


@pytest.mark.parametrize(
    "column", ["name", "level", "family", "formula", "columns", "rationale", "source"]
)
def test_no_row_leaves_out_what_a_card_shows(column):
    assert (signal_catalogue()[column].str.strip() != "").all()


def test_codes_are_those_that_the_code_knows():
    catalogue = signal_catalogue()
    assert set(catalogue["stage"]) <= {"T0", "T1", "T2", "T3", "T4"}
    assert set(catalogue["direction"]) == {"+", "-", "±"}
    assert set(catalogue["status"]) == {"built", "needs_column"}
    assert set(catalogue["leak_risk"]) == {"", "label_source"}
    assert {one for cell in catalogue["level"] for one in cell.split(";")} == LEVELS
    assert catalogue["name"].is_unique
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in catalogue["name"])


def test_a_signal_made_of_enforcement_is_tagged():
    """Stage T4 is after notice and enforcement: what is made of it made the labels."""
    late = signal_catalogue().query("stage == 'T4'")
    assert (late["leak_risk"] == "label_source").all()


def test_every_signal_has_words_for_people():
    catalogue, phrases = signal_catalogue(), read_phrases()
    assert set(catalogue.index) <= set(phrases)
    for key, row in catalogue.iterrows():
        one = phrases[key]
        assert one.quantity and (one.high or one.low), key
        # where low is risky, the low side is the one to be named; these two protect
        assert row["direction"] != "-" or one.low or key in ("A06", "J05"), key
        assert describe_column(f"{key}_{row['name']}", row["name"]).lower() == (
            one.quantity.lower()
        )


def test_what_a_user_does_to_the_catalogue_stays_with_her():
    changed = signal_catalogue()
    changed["name"] = ""
    assert signal_catalogue().loc["A01", "name"] == "brand_field_mismatch"


ROW = {
    "id": "B13", "name": "odd_price", "level": "listing", "family": "price",
    "stage": "T1", "direction": "+", "value_kind": "number", "formula": "price",
    "columns": "price", "min_n": "", "tau": "", "rationale": "it is odd",
    "source": "domain-spec", "leak_risk": "", "status": "built", "segments": "",
    "alone": "",
}  # fmt: skip


def read_row(**changed):
    row = ROW | changed
    return parse_catalogue([",".join(row), ",".join(row.values())], "catalogue.csv")


def test_a_row_is_read():
    read = read_row(tau="0.5", min_n="3")
    assert read.loc["B13", ["tau", "min_n"]].tolist() == [0.5, 3]
    assert read_row()["tau"].isna().all()
    assert read.columns.tolist() == signal_catalogue().columns.tolist()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"stage": "T9"}, "Row B13 of catalogue.csv has 'T9' in the column 'stage'"),
        ({"direction": "up"}, r"column 'direction': write '\+', '-', '±'"),
        ({"segments": "no"}, "column 'segments': write 'yes' or nothing"),
        ({"tau": "half"}, "column 'tau': write a number or nothing"),
        ({"formula": "a, b"}, "Row B13 of catalogue.csv has 18 cells and must have 17"),
        ({"more": "x"}, "first line of catalogue.csv must name the columns id, name"),
    ],
)
def test_what_a_row_says_wrong_is_named_by_row_and_column(changed, words):
    with pytest.raises(IprsegError, match=words):
        read_row(**changed)


def test_an_id_that_stands_twice_is_named():
    line = ",".join(ROW.values())
    with pytest.raises(IprsegError, match="Row B13 of c has the id of an earlier row"):
        parse_catalogue([",".join(ROW), line, line], "c")
