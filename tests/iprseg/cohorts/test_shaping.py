import pandas as pd
import pytest

from iprseg.cohorts.inputs import read_shaping_classes
from iprseg.errors import TableError
from iprseg.validation import UNLABELED

GOLD = pd.DataFrame(
    {
        "role": ["shape", "shape", "measure", "shape", "shape"],
        "status": ["labeled", "labeled", "labeled", "skipped", "labeled"],
        "primary": ["FAKE", "OK", "FAKE", None, "OK"],
        "violative": [1.0, 0.0, 1.0, None, 0.0],
    },
    index=["a", "b", "c", "d", "e"],
)
LISTINGS = pd.DataFrame(
    {"listing_id": [*"abcde"], "seller_id": ["s", "s", "m", "t", "s"]}
)


def test_only_shape_labels_shape():
    found = read_shaping_classes(GOLD, {}, "listing", pd.Index([*"abcdef"]))
    assert found.tolist() == [0, 1, UNLABELED, UNLABELED, 1, UNLABELED]


def test_measuring_labels_alone_shape_nothing():
    measuring = GOLD[GOLD["role"] == "measure"]
    assert read_shaping_classes(measuring, {}, "listing", pd.Index(["c"])) is None


def test_a_seller_is_what_its_violations_are_though_most_listings_are_lawful():
    gold = GOLD.assign(violative=[1.0, 0.0, 1.0, None, 0.0])
    ids = pd.Index(["s", "m", "t"])
    found = read_shaping_classes(gold, {"listings": LISTINGS}, "seller", ids)
    lawful = gold.assign(violative=0.0, primary="OK")
    clean = read_shaping_classes(lawful, {"listings": LISTINGS}, "seller", ids)
    assert found[1:].tolist() == [UNLABELED, UNLABELED]
    assert found[0] == 0 and clean[0] == 0
    both = pd.concat([gold, pd.DataFrame(gold.loc["b"]).T.rename(index={"b": "d"})])
    codes = read_shaping_classes(
        both[~both.index.duplicated(keep="last")], {"listings": LISTINGS}, "seller", ids
    )
    # s violates, t does not: two classes
    assert codes[0] != codes[2]


def test_labels_without_a_role_are_refused():
    with pytest.raises(TableError, match="role"):
        read_shaping_classes(GOLD.drop(columns="role"), {}, "listing", pd.Index(["a"]))
