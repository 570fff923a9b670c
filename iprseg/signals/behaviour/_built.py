"""The signals of this family that are functions; the others are its queries."""

from iprseg.signals.behaviour.brand_mix import brand_entropy, new_account_highvalue

LISTING: dict = {}
SELLER: dict = {"E02": new_account_highvalue, "E04": brand_entropy}
