"""Signals of how sellers list."""
