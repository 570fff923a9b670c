"""Measurements side by side; run ``python -m benchmarks`` or one of its modules."""
