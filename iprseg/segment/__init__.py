"""From columns of signals and meaning to cohorts."""

from iprseg._labels import NOISE, UNLABELED
from iprseg.segment._blocks import make_blocks
from iprseg.segment._segmenter import Segmenter

__all__ = ["NOISE", "UNLABELED", "Segmenter", "make_blocks"]
