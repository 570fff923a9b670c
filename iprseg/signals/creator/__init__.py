"""Signals of creators: what they say, tag and sell by video and livestream."""
