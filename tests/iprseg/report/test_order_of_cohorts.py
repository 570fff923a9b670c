import pandas as pd

from iprseg.report.assignments import read_assignments
from iprseg.report.results import record_run


def test_cohorts_without_a_rank_keep_the_order_they_were_written_in(tmp_path):
    of_rows = [3] * 9 + [1] * 4 + [2] * 5 + [0] * 2 + [-1]
    table = pd.DataFrame({"level": "listing", "cohort": of_rows, "cohort_name": "bags"})
    table["entity_id"] = [f"L{at}" for at in range(len(table))]
    table.to_parquet(tmp_path / "assignments.parquet")
    ranks = {2: 1.0, 0: 2.0, 1: None, 3: None, -1: None}
    ranked = pd.DataFrame({"cohort": ranks.keys(), "risk_rank": ranks.values()})
    ranked.assign(level="listing").to_parquet(tmp_path / "cohorts.parquet")
    record_run(tmp_path, {"made": "by a test"})
    assert read_assignments(tmp_path, None).order == [2, 0, 1, 3, -1]
