"""Signals of who shares identity tokens, images and buyers with whom."""
