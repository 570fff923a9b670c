"""The second half of the demo: a sample, an annotator of known error, rates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from iprseg.cohorts import CohortResult, rate_cohorts

SENSITIVITY, SPECIFICITY = 0.9, 0.98
SHARE = 8  # one listing of so many is drawn


def label_by_program(
    mp: Any,
    listings: CohortResult,
    truth: dict[str, pd.DataFrame],
    file: Path,
    seed: int,
) -> pd.DataFrame:
    """Draw by cohort and let a simulated annotator label; give the gold labels.

    Parameters
    ----------
    mp : Marketplace
    listings : CohortResult
        Of level listing: its cohorts are the strata.
    truth : dict of str to pandas.DataFrame
        What `make_marketplace` planted.
    file : pathlib.Path
        The label store; one that an earlier run of the same demo left is used again.
    seed : int
    """
    from iprseg.simulate import SimulatedLabeler
    from iprseg.survey import SampleDesign, draw_sample
    from labeling import Codebook, LabelQueue, LabelStore, gold_labels, make_content

    frame = mp.listings.assign(cohort=listings.labels)
    n = max(1, len(frame) // SHARE)
    sample = draw_sample(frame, n, "cohort", frame_id="tables", random_state=seed)
    content = make_content(
        frame.loc[sample.index], signals=listings.signals, reasons=listings.reasons
    )
    labeler = SimulatedLabeler(truth, SENSITIVITY, SPECIFICITY, random_state=seed)
    store = LabelStore(file)
    try:
        design = store.add_design(
            SampleDesign.of(sample), sample, content, shape_share=0.0
        )
        queue = LabelQueue(store, Codebook.load(), "simulated", design)
        while (item := queue.next()) is not None:
            answer = labeler.answer(item.listing_id)
            queue.submit(item, answer) if answer else queue.skip(item)
        return gold_labels(store, design)
    finally:
        store.close()


def rated(result: CohortResult, mp: Any, gold: pd.DataFrame) -> CohortResult:
    """Give the result with its cohorts rated and re-ranked."""
    cohorts = rate_cohorts(result.cohorts, result.labels, mp, gold, result.level)
    return replace(result, cohorts=cohorts)


def about_labels(gold: pd.DataFrame) -> str:
    """Say in the report who labeled."""
    labeled = int((gold["status"] == "labeled").sum())
    return (
        f"{labeled:,} of {len(gold):,} drawn listings, by a simulated annotator who "
        f"calls {SENSITIVITY:.0%} of planted violations so and {SPECIFICITY:.0%} of "
        "the other listings lawful"
    )
