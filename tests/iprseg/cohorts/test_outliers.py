"""Those who stand out by themselves: by hand, and against the planted truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from iprseg import Marketplace, compute_signals, make_marketplace
from iprseg.cohorts import rank_outliers
from iprseg.cohorts.outliers import find_strong_signals
from iprseg.cohorts.suspicion import weigh_evidence, write_run_notes
from iprseg.signals.registry import choose_segmenting_columns

WAYS = {"A07": "+", "A01": "+", "B02": "-", "C01": "+", "A06": "-", "D06": "+"}
IDS = [f"L{place}" for place in range(100)]
LABELS = pd.Series([0] * 90 + [-1] * 10, index=IDS)


def _rank(signals, assignments, ways=None, *, protective=None, every_signal=None):
    tables = {"listings": pd.DataFrame(index=signals.index)}
    evidence = weigh_evidence(
        tables,
        "listing",
        signals,
        assignments,
        directions=ways,
        every_signal=every_signal,
    )
    return rank_outliers(replace(evidence, protective=protective), assignments)


def _signals(**high: list[int]) -> pd.DataFrame:
    """Columns that are 1 at some places and 0 elsewhere."""
    frame = pd.DataFrame(0.0, index=IDS, columns=[f"{key}_x" for key in high])
    for key, places in high.items():
        frame.iloc[places, frame.columns.get_loc(f"{key}_x")] = 1.0
    return frame


def test_two_kinds_of_evidence_make_a_suspect_and_one_does_not():
    signals = _signals(A07=[95, 96, 97], A01=[97], C01=[95, 5])
    found = _rank(signals, LABELS, WAYS)
    assert found.index.tolist() == ["L95"]  # L5 is in a cohort, L97 has text alone
    assert found.loc["L95", "suspicion"] == pytest.approx(6.0)
    assert found.loc["L95", "signals"][0] == "with replica wording"
    assert np.isnan(found.loc["L95", "protective_score"])


def test_who_is_like_many_others_needs_more():
    signals = _signals(A07=[5, 6], C01=[5, 6], B02=[5])
    ways = WAYS | {"B02": "+"}
    found = _rank(signals, LABELS, ways)
    assert found["cohort"].to_dict() == {"L5": 0}
    assert found.loc["L5", "suspicion"] == pytest.approx(9.0)


def test_of_members_of_a_cohort_that_leans_its_rank_tells():
    labels = LABELS.where(~LABELS.index.isin(IDS[:20]), 1)
    everyone = list(range(20))
    signals = _signals(A07=everyone, C01=everyone, B02=[*everyone, 95], E01=[3])
    ways = WAYS | {"B02": "+", "E01": "+"}
    assert _rank(signals, labels, ways).empty
    assert "L3" in _rank(signals, labels.replace(1, 0), ways).index


def test_a_rare_signal_of_hard_evidence_is_enough_alone():
    used = _signals(A07=[95])
    every = used.assign(A17_off_platform_contact=0.0, A16_template_dup_text=0.0)
    every.loc["L50":"L52", "A17_off_platform_contact"] = 1.0
    every.loc["L60", "A16_template_dup_text"] = 1.0  # a dealer has the maker's text
    every["E01_listing_burst"] = every["A16_template_dup_text"]  # no hard evidence
    every["C03_image_reuse_after_takedown"] = every["A16_template_dup_text"]  # known
    found = _rank(used, LABELS, WAYS, every_signal=every)
    assert sorted(found.index) == ["L50", "L51", "L52"]
    assert found["signals"].tolist() == [["with contact details in the text"]] * 3
    assert _rank(used, LABELS, WAYS).empty
    # what many show is a habit of the market, and what cohorts are found by is theirs
    every.loc["L53", "A17_off_platform_contact"] = 1.0
    assert _rank(used, LABELS, WAYS, every_signal=every).empty
    grouped = used.assign(A17_off_platform_contact=[0.0] * 99 + [1.0])
    assert _rank(grouped, LABELS, WAYS, every_signal=grouped).empty


def test_a_seller_has_what_a_quarter_of_its_listings_have():
    used = _signals(A07=[95])
    shares = [0.25, 0.24] + [0.0] * 98
    every = used.assign(A17_off_platform_contact_share=shares)
    every["A17_off_platform_contact_mean"] = 5.0 - np.arange(100)
    every["B10_bulk_offer_mean"] = [0.0] * 98 + [0.2, 1.0]
    found = _rank(used, LABELS, WAYS, every_signal=every)
    assert sorted(found.index) == ["L0", "L99"]


def test_pieces_make_no_difference(monkeypatch):
    signals = _signals(A07=[91, 94, 95, 99], C01=[91, 95, 99], A01=[91, 95])
    whole = _rank(signals, LABELS, WAYS)
    assert len(whole) == 3
    monkeypatch.setattr("iprseg.cohorts.outliers._CHUNK_ROWS", 7)
    pd.testing.assert_frame_equal(_rank(signals, LABELS, WAYS), whole)


def test_the_strongest_of_each_family_is_told_first():
    signals = _signals(A07=[95], A01=[95, 9], A02=[95, 8], A04=[95, 9], C01=[95, 1, 2])
    ways = WAYS | {"A02": "+", "A04": "+"}
    told = _rank(signals, LABELS, ways).loc["L95", "signals"]
    assert len(told) == 4
    assert told.index("sharing images with other sellers") == 1


def test_evidence_for_honesty_takes_off_and_stands_beside():
    signals = _signals(A07=[95, 96], C01=[95, 96], A06=[96])
    score = pd.Series({"L96": 0.5, "L95": 1.0})
    found = _rank(signals, LABELS, WAYS, protective=score)
    assert found.index.tolist() == ["L95"]
    assert found.loc["L95", "protective_score"] == 1.0
    more = _rank(signals.assign(B02_x=1.0 - signals["C01_x"]), LABELS, WAYS)
    assert more.index.tolist() == ["L95", "L96"]
    assert more.loc["L96", "protective"] == pytest.approx(-3.0)
    assert "naming a brand only for compatibility" not in more.loc["L96", "signals"]


def test_origin_makes_nobody_a_suspect():
    signals = _signals(A07=[95], D06=[95])
    assert _rank(signals, LABELS, WAYS).empty


def test_without_anyone_outside_the_table_is_empty_and_whole():
    found = _rank(_signals(A07=[3]), LABELS.replace(-1, 0), WAYS)
    assert len(found) == 0
    assert found.columns.tolist() == [
        "cohort", "suspicion", "signals", "protective", "protective_score",
    ]  # fmt: skip


def test_outliers_of_a_planted_market_are_mostly_bad_actors():
    """Were nobody in a cohort."""
    made = make_marketplace(2000, 320, random_state=3)
    signals = compute_signals(Marketplace.from_frames(made.tables), "seller")
    signals = signals[choose_segmenting_columns(signals.columns)]
    alone = pd.Series(-1, index=signals.index)
    found = _rank(signals, alone)
    bad = made.truth["sellers"].set_index("seller_id")["bad"]
    assert bad.mean() < 0.15
    assert bad[found.index[:20]].mean() >= 0.7
    assert (found["signals"].str.len() > 0).all()
    assert found["suspicion"].is_monotonic_decreasing


@pytest.mark.parametrize(
    ("n", "said"), [(47, "47 sellers stand"), (3, "A few sellers")]
)
def test_a_note_points_to_them_and_does_not_count_out_a_few(n, said):
    suspicion = pd.Series({0: 2.0, -1: 0.0})
    (note,) = write_run_notes(suspicion, "seller", n, None)
    assert note.startswith(said) and "outliers.csv" in note
    assert write_run_notes(suspicion, "seller", 0, None) == []


def test_where_no_cohort_is_above_the_rest_the_order_is_said_to_say_little():
    (note,) = write_run_notes(pd.Series({0: 0.3, 1: -2.0, -1: 0.0}), "seller", 0, None)
    assert "largest suspicion is 0.3" in note
    assert write_run_notes(pd.Series({-1: 0.0}), "seller", 0, None) == []


def test_to_lack_evidence_for_honesty_speaks_against_nobody():
    frame = pd.DataFrame({"A06_referential_use": [1.0] * 99 + [0.0]})
    assert find_strong_signals(frame, pd.Index([])) == {}
