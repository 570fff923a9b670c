"""Signals of notices, enforcement and appeals."""
