import pandas as pd

from iprseg.tables import check_tables

LISTINGS = pd.DataFrame({"listing_id": ["l0"], "title": ["bag"]})


def told(codes):
    rows = pd.DataFrame({"action_code": codes, "entity_id": "l0"})
    rows = rows.assign(entity_type="listing", ts="2024-02-01")
    rows["action_id"] = [f"x{n}" for n in range(len(rows))]
    problems = check_tables({"listings": LISTINGS, "actions": rows}).problems
    return problems[problems["what"].str.contains("ladder")]


def test_codes_off_the_ladder_are_named():
    found = told(["REMOVED", "ACT4", "warn", "REMOVED", None, "ACT11"])
    assert found[["severity", "table", "column", "n"]].values.tolist() == [
        ["warning", "actions", "action_code", 4]
    ]
    assert found["what"].str.contains("3 different").all()
    assert found["examples"].tolist() == ["'REMOVED', 'warn', 'ACT11'"]
    assert "unknown_action_code" in found["what_was_done"].iloc[0]


def test_the_ladder_is_no_cause_for_a_word():
    assert told([f"ACT{n}" for n in range(11)] + [" act4", "N1", None]).empty
