"""Every switch plants what its truth says, is seeded, and leaves other rows alone."""

import pandas as pd
import pytest

from iprseg.errors import IprsegError, TableError
from iprseg.simulate import (
    SimulatedMarketplace,
    add_adversaries,
    adversary_catalogue,
    make_marketplace,
)
from iprseg.simulate.adversaries.draft import TRUTH_COLUMNS

CODES = adversary_catalogue().index.to_list()
# beside what is planted they add labels of honest annotators
ADDS_HONEST_ROWS = {"AD14": {"labels", "annotators"}, "AD20": set()}
TABLE_OF = {
    "listing": ("listings", "listing_id"),
    "seller": ("sellers", "seller_id"),
    "image": ("images", "image_id"),
    "notice": ("notices", "notice_id"),
    "promotion": ("promotions", "promo_id"),
    "creator": ("creators", "creator_id"),
    "brand": ("brands", "brand_id"),
    "annotator": ("annotators", "annotator_pid"),
    "label": ("labels", "label_id"),
}


def as_rows(frame: pd.DataFrame) -> list[tuple]:
    """Rows as tuples of text; a number reads the same in a column with gaps."""
    columns = [
        frame[c].astype(float if frame[c].dtype.kind in "iu" else object).map(str)
        for c in frame.columns
    ]
    return list(zip(*columns, strict=True))


def changed_rows(
    before: SimulatedMarketplace, after: SimulatedMarketplace
) -> dict[str, pd.DataFrame]:
    """Rows of each table that were not there before, as they are now."""
    found = {}
    for name, frame in after.tables.items():
        if (old := before.tables.get(name)) is None:
            found[name] = frame
        elif frame is not old:
            same = set(as_rows(old))
            new = [row not in same for row in as_rows(frame[old.columns])]
            found[name] = frame[new]
    return {name: frame for name, frame in found.items() if len(frame)}


def names_one(frame: pd.DataFrame, ids: set[str]) -> pd.Series:
    keys = [c for c in frame.columns if c.endswith("_id") or c == "annotator_pid"]
    return frame[keys].isin(ids).any(axis=1)


@pytest.mark.parametrize("code", CODES)
def test_a_behaviour_changes_rows_of_what_it_names_and_no_other(
    plain, planted, code
) -> None:
    after = planted(code)
    truth = after.truth["adversaries"]
    ids = set(truth["entity_id"]) | set(truth["linked_id"])
    changed = changed_rows(plain, after)
    assert changed, "nothing was planted"
    for name, frame in changed.items():
        if name not in ADDS_HONEST_ROWS.get(code, set()):
            assert names_one(frame, ids).all(), name


@pytest.mark.parametrize("code", CODES)
def test_every_row_that_was_there_is_there_still(plain, planted, code) -> None:
    for name, frame in plain.tables.items():
        after = planted(code).tables[name]
        key = frame.columns[0]
        pd.testing.assert_series_equal(
            after[key].head(len(frame)), frame[key], check_dtype=False
        )


@pytest.mark.parametrize("code", CODES)
def test_what_is_named_exists(planted, code) -> None:
    after = planted(code)
    truth = after.truth["adversaries"]
    assert list(truth.columns) == TRUTH_COLUMNS
    assert truth["behaviour"].eq(code).all()
    for side in ("entity", "linked"):
        for kind, rows in truth.groupby(f"{side}_type"):
            if kind in TABLE_OF:
                table, key = TABLE_OF[kind]
                assert rows[f"{side}_id"].isin(after.tables[table][key]).all(), kind
            else:
                assert kind in ("", "rights_owner"), kind


@pytest.mark.parametrize("code", CODES)
def test_ids_stay_unique(planted, code) -> None:
    after = planted(code)
    for table, key in TABLE_OF.values():
        if table in after.tables:
            assert after.tables[table][key].is_unique, table
    for name in ("listings", "sellers"):
        key = f"{name[:-1]}_id"
        assert set(after.truth[name][key]) == set(after.tables[name][key]), name


@pytest.mark.parametrize("code", CODES)
def test_variants_are_those_of_the_catalogue(planted, code) -> None:
    listed = set(adversary_catalogue().loc[code, "variants"].split(";")) - {""}
    truth = planted(code).truth["adversaries"]
    found = {part for one in truth["variant"] for part in one.split("+")}
    assert not listed or found <= listed


def test_the_same_seed_plants_the_same_and_another_one_not(plain) -> None:
    asked = dict.fromkeys(("AD01", "AD06", "AD16"), 0.2)
    one, again = (add_adversaries(plain, asked, 3) for _ in range(2))
    for name in one.tables:
        pd.testing.assert_frame_equal(one.tables[name], again.tables[name])
    pd.testing.assert_frame_equal(one.truth["adversaries"], again.truth["adversaries"])
    other = add_adversaries(plain, asked, 4).truth["adversaries"]
    assert set(other["entity_id"]) != set(one.truth["adversaries"]["entity_id"])


def test_the_marketplace_given_is_not_changed() -> None:
    plain, same = (make_marketplace(400, 100, 0, 9) for _ in range(2))
    add_adversaries(plain, {"AD01": 1.0, "AD06": 1.0, "AD12": 0.5})
    for name, frame in same.tables.items():
        pd.testing.assert_frame_equal(plain.tables[name], frame)


def test_one_listing_carries_one_behaviour(plain) -> None:
    texts = {"AD01": 0.5, "AD05": 0.5, "AD17": 0.2, "AD20": 0.3}
    truth = add_adversaries(plain, texts).truth["adversaries"]
    assert set(truth["behaviour"]) == set(texts)
    assert truth["entity_id"].is_unique


def test_a_share_is_of_what_it_could_befall(plain, planted) -> None:
    n = len(plain.tables["listings"])
    assert len(planted("AD17").truth["adversaries"]) == round(0.4 * n)
    assert len(planted("AD17", 0.0001).truth["adversaries"]) == 1


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"AD99": 0.5}, "must be one of 'AD01'.*got 'AD99'"),
        ({"AD01": 0}, "'AD01 share' .* > 0 and <= 1; got 0"),
        ({"AD01": 1.2}, "'AD01 share' .*got 1.2"),
        ({"AD01": {"share": 0.5, "speed": 2}}, "AD01 has no option 'speed'; .*'kinds'"),
        ({"AD01": {"kinds": ["braille"]}}, "'AD01 kinds' .*got 'braille'"),
        ({"AD07": {"level": 4}}, "'AD07 level' .*got 4"),
        ({"AD18": {"by": "moon"}}, "'AD18 by' .*got 'moon'"),
    ],
)
def test_what_cannot_be_planted_is_refused(plain, asked, message) -> None:
    with pytest.raises(IprsegError, match=message):
        add_adversaries(plain, asked)


@pytest.mark.parametrize("asked", [None, 3, ["AD17", 3], b"AD17", [["AD17"]]])
def test_what_names_no_behaviour_is_refused(plain, asked) -> None:
    with pytest.raises(IprsegError, match=r"'behaviours' .* such as 'AD01'.*got"):
        add_adversaries(plain, asked)


def test_codes_alone_share_evenly(plain) -> None:
    def planted(asked):
        return add_adversaries(plain, asked).truth["adversaries"]

    both = planted(["AD05", "AD17"])
    pd.testing.assert_frame_equal(both, planted({"AD05": 0.5, "AD17": 0.5}))
    pd.testing.assert_frame_equal(planted("AD17"), planted({"AD17": 1.0}))
    with pytest.raises(IprsegError, match="got 'AD99'"):
        add_adversaries(plain, ["AD17", "AD99"])


def test_other_mistakes_are_refused_in_words(plain) -> None:
    with pytest.raises(IprsegError, match="what make_marketplace returns; got dict"):
        add_adversaries(plain.tables, {"AD01": 0.5})
    with pytest.raises(IprsegError, match=r"whole number; got 1\.5"):
        add_adversaries(plain, {"AD01": 0.5}, 1.5)
    tables = {k: v for k, v in plain.tables.items() if k != "images"}
    with pytest.raises(TableError, match="needs the table 'images' for AD02"):
        add_adversaries(SimulatedMarketplace(tables, plain.truth), {"AD02": 0.5})


def test_a_market_without_anything_to_befall_says_so() -> None:
    tiny = make_marketplace(3, 3)
    with pytest.raises(IprsegError, match=r"AD06 has nothing to work on: .*removed"):
        add_adversaries(tiny, {"AD06": 1.0})


def test_nothing_asked_is_nothing_done(plain) -> None:
    after = add_adversaries(plain, {})
    assert len(after.truth["adversaries"]) == 0
    assert after.tables.keys() == plain.tables.keys()
