import numpy as np
import pandas as pd
import pytest

from iprseg.signals.compute import compute_signals_with_reasons
from tests.iprseg.signals.helpers import BRANDS, compute
from tests.iprseg.signals.history_helpers import NOW, notices, of_sellers, papers


def test_documents_that_failed():
    frame = {"title": ["x"], "listing_id": ["l0"], "created_at": [NOW]}
    tables = {"listings": pd.DataFrame(frame), **papers(verified=[True, False, None])}
    values, reasons = compute_signals_with_reasons(tables, "seller", brands=BRANDS)
    names = ["G08_doc_fail_rejected", "G08_doc_fail_shared"]
    np.testing.assert_allclose(
        values[names], [[1, 1], [np.nan, 0], [np.nan, 1], [np.nan, np.nan]]
    )
    assert reasons.loc["b", names].tolist() == ["no_document_checked", ""]
    assert reasons.loc["d", names[1]].endswith("value_missing: doc_hash_pid")


@pytest.mark.parametrize("columns", [{"verified": [True, False, None]}, {}])
def test_the_outcome_of_a_check_is_not_known_as_of_a_time(columns):
    names = ["G08_doc_fail_rejected", "G08_doc_fail_shared"]
    values, _ = of_sellers(names, **papers(**columns))
    np.testing.assert_allclose(
        values, [[np.nan, 1], [np.nan, 0], [np.nan, 1], [np.nan, np.nan]]
    )


def test_notifiers():
    tables = notices(
        *[("l0", "troll", False, "2024-06-01")] * 8,
        *[("l0", "brand", True, "2024-06-01")] * 2,
        ("l0", "new", True, "2024-07-01"),
    )
    values, reasons = compute(
        {"title": ["x"], "created_at": "2020-01-01"},
        "rights_owner",
        as_of=NOW,
        **tables,
    )
    # two of ten were valid: p0 = 0.2
    np.testing.assert_allclose(
        values.loc[["troll", "brand", "new"], "G09_notifier_quality"],
        [2 / 18, 4 / 12, np.nan],
    )
    assert reasons.loc["new", "G09_notifier_quality"] == "no_decided_notices"
