"""From columns of signals and meaning to cohorts."""

from iprseg.segment.blocks import block_contributions, make_blocks
from iprseg.segment.edits import CohortEdits, apply_edits
from iprseg.segment.segmenter import Segmenter
from iprseg.segment.stability import CohortStability, cohort_stability
from iprseg.validation import NOISE, UNLABELED

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
