"""Where labels are kept: append-only, erasable, and never lost once acknowledged."""

from labeling.store.events import Ack
from labeling.store.label_store import LabelStore
from labeling.store.verification import Verification

__all__ = ["Ack", "LabelStore", "Verification"]
