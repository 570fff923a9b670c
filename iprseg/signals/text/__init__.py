"""Text signals and the normaliser they rest on."""

from iprseg.signals.text.normalise import fold, normalise, normalise_with_offsets

__all__ = ["fold", "normalise", "normalise_with_offsets"]
