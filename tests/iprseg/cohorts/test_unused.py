"""What stands on cards of signals that cohorts are not found by."""

import numpy as np
import pandas as pd

from iprseg.cohorts import profile_cohorts
from iprseg.cohorts.profile import UNUSED_MARK, note_unused_signals
from iprseg.cohorts.suspicion import weigh_evidence


def test_a_strong_lift_of_an_unused_signal_stands_on_the_card_and_does_nothing_else():
    ids = pd.RangeIndex(80)
    cohorts = pd.Series(np.repeat([0, 1], 40), index=ids)
    tables = {"listings": pd.DataFrame({"title": "bag one"}, index=ids)}
    used = pd.DataFrame({"A07_replica": (cohorts == 1) * 1.0})
    every = used.assign(
        A17_off_platform_contact=(cohorts == 0) * 1.0,
        B06_price_decoy_variant=(ids < 3) * 1.0,  # too few to tell
        J04_hard_evidence_count=(cohorts == 0) * 1.0,  # made of the others
        D01_category_mismatch=(cohorts == 1) * 1.0,  # low says nothing
    )
    ways = {"A07": "+", "A17": "+"}
    plain = profile_cohorts(tables, "listing", used, cohorts, directions=ways)
    evidence = weigh_evidence(
        tables, "listing", used, cohorts, directions=ways, every_signal=every
    )
    found = profile_cohorts(tables, "listing", used, cohorts, evidence=evidence)
    words = [one["words"] for one in found.loc[0, "signals"]]
    assert words == [f"with contact details in the text {UNUSED_MARK}"]
    marked = [w["words"] for w in found.loc[1, "signals"] if UNUSED_MARK in w["words"]]
    assert len(marked) == 1 and "category" in marked[0]
    same = ["suspicion", "risk_rank", "rule", "suspicion_parts"]
    pd.testing.assert_frame_equal(found[same], plain[same])
    assert "contact" not in found.loc[0, "name"]
    assert any("by 1 of 5 signals" in note for note in found.attrs["notes"])


def test_where_all_signals_are_used_nothing_is_noted():
    used = pd.DataFrame({"A07_replica": [0.0]})
    assert note_unused_signals(used, used) == note_unused_signals(None, used) == []
