"""Views for the notebook; each is a thin layer over a plain object."""

from labeling.widgets.label_card import LabelCard

__all__ = ["LabelCard"]
