"""Readers: whatever holds tables becomes named frames, and nothing is guessed away."""

from iprseg.tables.readers._open import Source, open_source

__all__ = ["Source", "open_source"]
