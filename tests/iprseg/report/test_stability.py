"""The page says of every cohort whether it holds, or that nobody measured it."""

import pandas as pd

from iprseg.cohorts.profile import add_stability
from iprseg.segment import CohortStability
from tests.iprseg.report.page import report
from tests.iprseg.report.small_report import HOSTILE, make_cohorts

VERDICTS = {0: "stable", 1: "moves with the sample", 2: "dissolves"}


def _judged(verdicts):
    cohorts = pd.DataFrame(
        {"verdict": verdicts, "jaccard": dict.fromkeys(verdicts, 0.6)}
    )
    runs = pd.DataFrame({"kind": ["sample"], "ari": [0.7]})
    stability = CohortStability(cohorts, runs, 0.6, "sellers")
    return add_stability(make_cohorts(3), stability), stability


def test_every_cohort_shows_its_verdict(tmp_path):
    frame, stability = _judged(VERDICTS)
    page = report(tmp_path, cohorts=frame)
    rows = [row for row in page.tables[0] if row]
    for cohort, verdict in VERDICTS.items():
        assert rows[cohort]["name"][0].endswith(verdict)
    assert not any(verdict in rows[-1]["name"][0] for verdict in VERDICTS.values())
    assert stability.summary() in page.text
    assert page.text.count("0.60") >= 3  # on the cards
    assert "not measured" not in page.text
    tones = [a["class"] for t, a in page.tags if "held" in a.get("class", "").split()]
    assert tones[:3] == ["held holds", "held moves", "held dissolves"]


def test_what_cannot_be_judged_says_so(tmp_path):
    frame, stability = _judged({0: "stable", 1: "not known", 2: "not known"})
    page = report(tmp_path, cohorts=frame)
    assert page.text.count("stability not known") >= 2
    assert "Of 3 cohorts 1 is stable and 2 cannot be judged" in stability.summary()


def test_a_page_without_verdicts_says_that_nothing_was_measured(tmp_path):
    page = report(tmp_path, cohorts=make_cohorts(3))
    assert "Whether these cohorts hold on other samples was not measured" in page.text
    assert not any("held" in a.get("class", "").split() for _, a in page.tags)


def test_a_hostile_verdict_is_text(tmp_path):
    frame, _ = _judged({0: HOSTILE[0], 1: HOSTILE[2], 2: "stable"})
    tags = [tag for tag, _ in report(tmp_path, cohorts=frame).tags]
    assert tags.count("script") == 1
    assert "img" not in tags
