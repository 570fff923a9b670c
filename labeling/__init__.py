"""People to labels: a codebook, a store that loses nothing, a queue and a card.

`LabelCard` needs the extra ``lab`` and is loaded when first used.
"""

from typing import Any

from labeling.codebook import Codebook
from labeling.content import make_content
from labeling.errors import AnswerError, CodebookError, LabelingError, StoreError
from labeling.labels import read_labels
from labeling.queue import Item, LabelQueue, Progress
from labeling.store import Ack, LabelStore, Verification

__all__ = [
    "Ack",
    "AnswerError",
    "Codebook",
    "CodebookError",
    "Item",
    "LabelCard",
    "LabelQueue",
    "LabelStore",
    "LabelingError",
    "Progress",
    "StoreError",
    "Verification",
    "make_content",
    "read_labels",
]


def __getattr__(name: str) -> Any:
    if name != "LabelCard":
        raise AttributeError(f"module 'labeling' has no attribute {name!r}")
    from labeling.widgets import LabelCard

    return LabelCard
