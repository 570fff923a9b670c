"""Tests on real public data, read in place where it lies beside the repository."""
