"""From columns of signals and meaning to cohorts."""

from iprseg._labels import NOISE, UNLABELED
from iprseg.segment._apply_edits import apply_edits
from iprseg.segment._blocks import make_blocks
from iprseg.segment._edits import CohortEdits
from iprseg.segment._segmenter import Segmenter
from iprseg.segment._stability import cohort_stability
from iprseg.segment._stability_result import CohortStability
from iprseg.segment.contributions import block_contributions

__all__ = [
    "NOISE",
    "UNLABELED",
    "CohortEdits",
    "CohortStability",
    "Segmenter",
    "apply_edits",
    "block_contributions",
    "cohort_stability",
    "make_blocks",
]
