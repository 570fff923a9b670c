"""Signals of what a listing says."""
