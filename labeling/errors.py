"""The errors a person who labels meets: one sentence each, and what to do."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np

from iprseg.errors import IprsegError


class LabelingError(IprsegError):
    """Any problem with what was given to the labeling package."""


class CodebookError(LabelingError):
    """A codebook that cannot be used as it is."""


class AnswerError(LabelingError):
    """An answer that the codebook or the queue does not take; nothing was saved."""


class StoreError(LabelingError):
    """The label store cannot be read or written; nothing was saved."""


def check_queue_parameters(
    annotator: Any, labels_per_item: Any, lease_seconds: Any
) -> None:
    """Refuse what no queue can work with.

    Raises
    ------
    LabelingError
        A name that is none, a number of labels that is not whole or below 1, a lease
        that is no time above 0.

    Examples
    --------
    >>> check_queue_parameters("anna", 1, 0)
    Traceback (most recent call last):
    ...
    labeling.errors.LabelingError: 'lease_seconds' must be a number of seconds above \
0; got 0.
    """
    if not isinstance(annotator, str) or not annotator.strip():
        raise LabelingError(
            f"A queue needs an 'annotator'; give a pseudonym (got {format_value(annotator)})."
        )
    if not annotator.isprintable():
        raise LabelingError(
            "The 'annotator' must be a pseudonym of signs that can be printed; got "
            f"{format_value(annotator)}."
        )
    whole = isinstance(labels_per_item, Integral) and not isinstance(
        labels_per_item, bool
    )
    if not whole or labels_per_item < 1:
        raise LabelingError(
            "'labels_per_item' must be a whole number of at least 1; got "
            f"{format_value(labels_per_item)}."
        )
    real = isinstance(lease_seconds, Real) and not isinstance(lease_seconds, bool)
    if not real or not float(lease_seconds) > 0 or math.isinf(lease_seconds):
        raise LabelingError(
            "'lease_seconds' must be a number of seconds above 0; got "
            f"{format_value(lease_seconds)}."
        )


def format_value(value: Any) -> str:
    """Write a value as a person would: numpy calls its own ``np.int64(3)``.

    Examples
    --------
    >>> format_value(np.int64(3)), format_value("a")
    ('3', "'a'")
    """
    return repr(value.item() if isinstance(value, np.generic) else value)
