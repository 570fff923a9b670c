"""The signals of this family that are functions; the others are its queries."""

from iprseg.signals.behaviour.brand_mix import brand_entropy, new_account_highvalue
from iprseg.signals.behaviour.gated_brands import luxury_breadth, time_to_first_branded

LISTING: dict = {}
SELLER: dict = {
    "E02": new_account_highvalue,
    "E03": time_to_first_branded,
    "E04": brand_entropy,
    "E05": luxury_breadth,
}
