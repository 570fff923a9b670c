"""Where labels are kept: append-only, erasable, and never lost once acknowledged."""

from labeling.store._label_store import LabelStore
from labeling.store._verify import Verification
from labeling.store._work import Ack

__all__ = ["Ack", "LabelStore", "Verification"]
