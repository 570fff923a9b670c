"""rates.csv: a number, or an empty cell."""

import numpy as np
import pandas as pd

from iprseg.report.sheets import write_rates


def test_a_cell_is_a_finite_number_or_empty(tmp_path):
    table = pd.DataFrame(
        {
            "name": ["all listings", "Bags"],
            "clusters": [np.inf, 3.0],
            "rate": pd.array([0.1, pd.NA], dtype="Float64"),
            "mixed": pd.Series([float("inf"), pd.NA], dtype=object),
            "low": [np.nan, -np.inf],
        },
        index=["all", 0],
    )
    text = write_rates(table, tmp_path, {"confidence": 0.95}).read_text("utf-8")
    assert text.splitlines()[1:] == [
        '"all","all listings","","0.1","","","0.95"',
        '"0","Bags","3","","","","0.95"',
    ]


def test_a_census_is_written_without_infinity(run, made, tmp_path):
    from tests.iprseg.cli.conftest import label

    made.listings.head(12).to_csv(tmp_path / "t.csv", index=False)
    store = tmp_path / "l.db"
    assert run("draw", tmp_path / "t.csv", "--store", store, "--n", "12").code == 0
    label(store, 12, set(made.listings["listing_id"][:3]))
    assert run("estimate", store).code == 0
    text = (tmp_path / "rates.csv").read_text("utf-8").lower()
    assert not {"inf", "-inf", "nan"} & set(
        text.replace('"', "").replace("\n", ",").split(",")
    )
