"""The errors a person who labels meets: one sentence each, and what to do."""

__all__ = ["AnswerError", "CodebookError", "LabelingError", "StoreError"]


class LabelingError(ValueError):
    """Any problem with what was given to the labeling package."""


class CodebookError(LabelingError):
    """A codebook that cannot be used as it is."""


class AnswerError(LabelingError):
    """An answer that the codebook or the queue does not take; nothing was saved."""


class StoreError(LabelingError):
    """The label store cannot be read or written; nothing was saved."""
