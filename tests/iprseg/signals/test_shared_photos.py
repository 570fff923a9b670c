"""C01, C10: photographs shared and turned; hashes that are not there."""

import numpy as np
import pandas as pd
import pytest

from iprseg.embed.image_hashes import turn_hashes
from iprseg.signals.image import photographs
from tests.iprseg.signals.helpers import compute
from tests.iprseg.signals.photos import (
    CATALOGUE,
    A,
    B,
    C,
    bits_off,
    images,
    listed,
    mirrored,
    official,
)

ABSENT = {
    "images": ("table_absent: images", None),
    "pdq_hex": ("column_absent: images.pdq_hex", "pdq_hex"),
    "pdq_quality": ("column_absent: images.pdq_quality", "pdq_quality"),
}


@pytest.mark.parametrize("why", ABSENT)
def test_without_hashes_all_four_are_missing(why):
    reason, column = ABSENT[why]
    tables = (
        {} if column is None else {"images": images(("l0", A)).drop(columns=column)}
    )
    values, reasons = compute(listed(["s"]), **tables)
    for signal in ("C01", "C02", "C03", "C10"):
        assert values[signal].isna().all()
        assert reasons[signal].tolist() == [reason]


def test_other_sellers_of_a_photograph_are_counted_once():
    shown = images(
        ("l0", A), ("l0", B),  # s0: both photographs
        ("l1", bits_off(A, 31)),  # s1: 31 bits are the same image
        ("l2", bits_off(A, 32)),  # s2: 32 are not
        ("l3", B), ("l3", A),  # s3: both, one seller
        ("l4", A),  # s0 himself
        ("l5", C),  # nobody else's
    )  # fmt: skip
    values, _ = compute(listed(["s0", "s1", "s2", "s3", "s0", "s5"]), images=shown)
    # l0: s1 (A), s3 (A, B). l1: s0, s3, and s2 if l2's bits are near l1's: 31 of l2's
    # 32 flipped bits are not all l1's, so what l1 and l2 differ in is counted here
    apart = int(np.unpackbits(bits_off(A, 31) ^ bits_off(A, 32)).sum())
    assert apart > 31
    assert values["C01"].tolist() == [2, 2, 0, 2, 2, 0]


def test_sellers_and_hashes_that_are_not_known_have_a_reason():
    shown = images(("l0", A), ("l1", A), ("l2", A, 49), ("l3", None), ("l5", A, 50))
    sellers = ["s0", None, "s2", "s3", "s4", "s5"]
    values, reasons = compute(listed(sellers), images=shown)
    # l1 is of nobody known, so only l5's seller is another one; quality 50 is enough
    assert values["C01"].tolist()[:1] == [1]
    assert reasons["C01"].tolist() == [
        "", "value_missing: seller_id", "low_image_quality", "no_image_hash", "no_images", "",
    ]  # fmt: skip
    assert values["C01"].iloc[5] == 1
    assert compute({"title": ["x"]}, images=shown)[1]["C01"].tolist() == [
        "column_absent: seller_id"
    ]


def test_odd_hashes_and_qualities_stop_nothing():
    shown = images(("l0", A), ("l1", A), ("l2", A), ("gone", A), (None, A))
    shown["pdq_hex"] = shown["pdq_hex"].astype(object)
    shown.loc[1, "pdq_hex"] = "not a hash"
    shown.loc[2, "pdq_hex"] = shown.loc[2, "pdq_hex"].upper()
    shown["pdq_quality"] = pd.Series([100, 100, 1e12, None, -5], dtype=float)
    values, reasons = compute(listed(["s0", "s1", "s2"]), images=shown)
    assert reasons["C01"].tolist() == ["", "no_image_hash", ""]
    assert values["C01"].tolist()[::2] == [1, 1]


def test_sellers_get_the_mean_and_the_share():
    shown = images(("l0", A), ("l1", B), ("l2", A))
    values, _ = compute(listed(["s0", "s0", "s1"]), level="seller", images=shown)
    # of s0's two listings one is shared with one seller
    assert values.loc["s0", "C01_pdq_dup_sellers_mean"] == 0.5
    assert values.loc["s0", "C01_pdq_dup_sellers_share"] == 0.5


def test_counting_in_blocks_changes_nothing(monkeypatch):
    shown = images(*[(f"l{n}", code) for n in range(30) for code in (A, B)])
    listings = listed([f"s{n % 7}" for n in range(30)])
    monkeypatch.setattr(photographs, "_LISTINGS_PER_BLOCK", 20)
    # seven sellers, six of them others
    assert compute(listings, images=shown)[0]["C01"].tolist() == [6] * 30


def test_a_photograph_shown_everywhere_is_counted_up_to_a_bound(monkeypatch):
    monkeypatch.setattr(photographs, "_MAX_NEAR", 5)
    shown = images(*[(f"l{n}", bits_off(A, 1 + n)) for n in range(10)], ("l10", B))
    values, _ = compute(listed([f"s{n}" for n in range(11)]), images=shown)
    # five near photographs each; its own seller may or may not be among them
    assert set(values["C01"].iloc[:10]) <= {4, 5} and values["C01"].iloc[10] == 0


def test_a_mirrored_copy_is_the_later_one():
    shown = images(
        ("l0", A),
        ("l1", bits_off(mirrored(A), 31)),
        ("l2", mirrored(A)),
        ("l3", A),
        ("l4", C),
    )
    made = ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01", "2024-01-01"]
    sellers = ["s0", "s1", "s0", "s3", "s4"]
    values, _ = compute(listed(sellers, created_at=made), images=shown)
    # l1 mirrors l0, made by another before; l2 mirrors its own seller's l0, and l3 was
    # made later; l3 mirrors l1, but shows what l0 showed before l1
    assert values["C10"].tolist() == [0, 1, 0, 0, 0]


def test_whose_photograph_was_mirrored_may_show_it_again():
    codes = [A, mirrored(A), bits_off(A, 12), A, mirrored(A), mirrored(A)]
    shown = images(*[(f"l{n}", code) for n, code in enumerate(codes)])
    made = [f"2024-01-0{n + 1}" for n in range(6)]
    sellers = ["own", "thief", "own", "reseller", "thief", "second"]
    values, _ = compute(listed(sellers, created_at=made), images=shown)
    assert values["C10"].tolist() == [0, 1, 0, 0, 1, 1]


@pytest.mark.parametrize("way", range(7))
def test_an_official_photograph_is_known_whichever_way_it_is_turned(way):
    turned = list(turn_hashes(bits_off(A, 25)[None]))[way][0]
    shown = pd.concat(
        [images(("l0", turned), ("l1", A)), official(A)], ignore_index=True
    )
    # l1 was made later, and shows the official photograph as it is
    made = ["2024-01-01", "2024-02-01"]
    listings = listed(["s0", "s1"], created_at=made)
    values, _ = compute(listings, images=shown, brand_catalogue=CATALOGUE)
    # l1 is l0 turned back, but the brand's photograph was there before both
    assert values["C10"].tolist() == [1, 0]
    same = listed(["s0", "s0"], created_at=made)
    values, _ = compute(same, images=shown, brand_catalogue=CATALOGUE)
    assert values["C10"].tolist() == [1, 0]


def test_a_photograph_that_stays_the_same_when_flipped_is_no_edit():
    grid = np.triu(np.unpackbits(A).reshape(16, 16))
    same = np.packbits((grid | grid.T).reshape(256))
    assert (list(turn_hashes(same[None]))[3][0] == same).all()
    both = images(("l0", same), ("l1", bits_off(same, 8)))
    values, _ = compute(listed(["s0", "s1"]), images=both)
    assert (values["C01"].tolist(), values["C10"].tolist()) == ([1, 1], [0, 0])


def test_without_sellers_only_the_catalogue_is_known():
    shown = images(("l0", A))
    _, reasons = compute({"title": ["x"]}, images=shown)
    assert reasons["C10"].tolist() == ["column_absent: seller_id"]
    shown = pd.concat([images(("l0", mirrored(A))), official(A)], ignore_index=True)
    values, _ = compute({"title": ["x"]}, images=shown, brand_catalogue=CATALOGUE)
    assert values["C10"].tolist() == [1]


def test_images_of_listings_made_later_do_not_count():
    shown = images(("l0", A), ("l1", A))
    listings = listed(["s0", "s1"], created_at=["2024-01-01", "2024-05-01"])
    before, _ = compute(listings, images=shown, as_of="2024-05-01")
    after, _ = compute(listings, images=shown, as_of="2024-05-02")
    assert (before["C01"].tolist(), after["C01"].tolist()) == ([0], [1, 1])
