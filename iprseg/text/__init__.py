"""Text as all rooms read it: normal forms, scripts, lexicons."""

from iprseg.text.normalisation import fold, normalise, normalise_with_offsets

__all__ = ["fold", "normalise", "normalise_with_offsets"]
