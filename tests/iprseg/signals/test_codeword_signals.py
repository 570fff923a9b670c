"""A11: words that adjudicated counterfeits use and clean listings do not."""

import math

import numpy as np
import pandas as pd
import pytest

from iprseg.signals.text.wording import FOLDS, assign_folds, compute_log_odds_z
from tests.iprseg.signals.helpers import compute

N = 200
BAD = [i % 2 == 0 for i in range(N)]
SELLERS = [f"s{i % 50}" for i in range(N)]
# Every seller has listings of one kind only: i and i % 50 are odd or even together.
TITLES = [f"Zephyra bag {'known quietly' if bad else 'leather'}" for bad in BAD]


def labels(**more):
    return pd.DataFrame(
        {
            "label_id": range(N),
            "entity_type": "listing",
            "entity_id": [f"l{i}" for i in range(N)],
            "violation_primary": [
                "TM_COUNTERFEIT" if bad else "NO_INFRINGEMENT" for bad in BAD
            ],
            "round": "gold",
            "submitted_at": "2024-02-01",
            **more,
        }
    )


def a11(told=None, titles=(), sellers=(), **more):
    """Return the values of the new listings, which nobody has labelled."""
    rows = {"title": [*TITLES, *titles], "seller_id": [*SELLERS, *sellers]}
    rows["created_at"] = ["2024-01-01"] * len(rows["title"])
    given = {} if told is None else {"labels": told}
    values, reasons = compute(rows, **given, **more)
    return values["A11"].to_numpy(), reasons["A11"].to_numpy()


def test_the_formula():
    """Two terms, 6 and 2 of 8 against 3 and 5 of 8; background 9 and 7 of 16.

    Prior 500 * 9 / 16 = 281.25 and 218.75; the sides are 287.25 of 508 and 284.25 of
    508: ln(287.25 / 220.75) - ln(284.25 / 223.75) over sqrt(1/287.25 + 1/284.25).
    """
    z = compute_log_odds_z(np.array([6.0, 2]), np.array([3.0, 5]), np.array([9, 7]))
    odds = math.log(287.25 / 220.75) - math.log(284.25 / 223.75)
    assert z[0] == pytest.approx(odds / math.sqrt(1 / 287.25 + 1 / 284.25))
    assert z[1] < 0


def test_a_code_word_is_found_in_listings_of_sellers_never_seen():
    values, _ = a11(labels(), ["nice, known quietly", "leather", "canvas"], list("xyz"))
    assert values[N] > 2 and values[N + 1] < 0
    assert values[N + 2] == 0  # no term of it was ever labelled


def test_the_brand_itself_is_no_code_word():
    values, _ = a11(labels(), ["Zephyra"], ["x"])
    assert values[N] == 0


def test_a_sellers_own_labels_do_not_reach_its_own_listings():
    """Only one seller writes "sesame", in bad listings; three would be needed too."""
    titles = ["sesame oil" if seller == "s0" else title
              for seller, title in zip(SELLERS, TITLES, strict=True)]  # fmt: skip
    rows = {"title": titles, "seller_id": SELLERS}
    values, _ = compute(rows, labels=labels())
    mine = values["A11"][[seller == "s0" for seller in SELLERS]]
    assert (mine == 0).all()


def test_labels_of_the_same_fold_do_not_count():
    everyone = pd.Series([f"s{i}" for i in range(400)])
    fold = assign_folds(everyone)
    same = everyone[fold == 0].tolist()[:60]
    assert len(set(fold)) == FOLDS and len(same) == 60
    rows = {"title": [TITLES[i] for i in range(60)], "seller_id": same}
    told = labels().head(60)
    values, reasons = compute(rows, labels=told)
    assert values["A11"].isna().all()
    assert set(reasons["A11"]) == {"too_few_labels_of_other_sellers"}


def test_the_answer_is_the_same_whatever_the_order():
    one, _ = a11(labels(), ["known quietly"], ["x"])
    two, _ = a11(labels().sample(frac=1, random_state=4), ["known quietly"], ["x"])
    assert np.array_equal(one, two)


def test_only_adjudicated_labels_of_listings_count():
    raw = labels(round="1st")
    assert set(a11(raw)[1]) == {"too_few_labels_of_other_sellers"}
    gold = labels(round="1st", is_gold=True)
    assert np.array_equal(a11(gold)[0], a11(labels())[0])
    shops = labels(entity_type="seller")
    assert set(a11(shops)[1]) == {"too_few_labels_of_other_sellers"}


def test_the_last_label_of_a_listing_counts():
    first = labels(violation_primary="TM_COUNTERFEIT", submitted_at="2024-01-01")
    told = pd.concat([labels(), first.assign(label_id=range(N, 2 * N))])
    assert np.array_equal(a11(told)[0], a11(labels())[0])


def test_later_labels_change_nothing():

    early = a11(labels(), as_of="2024-03-01")[0]
    later = labels(
        label_id=range(N, 2 * N),
        violation_primary="NO_INFRINGEMENT",
        submitted_at="2024-03-01",
    )
    both = a11(pd.concat([labels(), later]), as_of="2024-03-01")[0]
    assert np.array_equal(early, both)
    assert set(a11(later, as_of="2024-03-01")[1]) == {"too_few_labels_of_other_sellers"}


def test_what_is_missing():
    assert set(a11()[1]) == {"table_absent: labels"}
    assert set(a11(labels().drop(columns="violation_primary"))[1]) == {
        "column_absent: labels.violation_primary"
    }
    values, reasons = a11(labels(), [None, "bag"], ["x", None])
    assert np.isnan(values[N:]).all()
    assert reasons[N:].tolist() == ["value_missing: title", "value_missing: seller_id"]
    _, reasons = compute({"title": ["x"]}, labels=labels())
    assert reasons["A11"].tolist() == ["column_absent: seller_id"]


def test_hostile_labels_are_read():
    told = labels(submitted_at=None, violation_primary=None, entity_id=None)
    assert set(a11(told)[1]) == {"too_few_labels_of_other_sellers"}
    far = labels(submitted_at="2999-01-01")
    assert set(a11(far, as_of="2024-03-01")[1]) == {"too_few_labels_of_other_sellers"}
