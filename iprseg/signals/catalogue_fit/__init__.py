"""Signals of how goods fit their brand, category, origin and parcels."""
