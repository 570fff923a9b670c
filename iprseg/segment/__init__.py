"""From columns of signals and meaning to cohorts."""

from iprseg.segment._labels import NOISE, UNLABELED
from iprseg.segment._segmenter import Segmenter

__all__ = ["NOISE", "UNLABELED", "Segmenter"]
