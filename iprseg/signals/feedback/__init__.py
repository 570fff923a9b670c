"""Signals of what buyers say."""
