"""Signals that weigh the other signals of a level together."""
