"""The signals of this family that are functions; the others are its queries."""

from iprseg.signals._gated import unauthorised_gated_brand
from iprseg.signals.catalogue_fit.brand_class import brand_class_gap
from iprseg.signals.catalogue_fit.brand_risk import brand_risk_index
from iprseg.signals.catalogue_fit.category_model import category_mismatch
from iprseg.signals.catalogue_fit.origin_claims import origin_claim_mismatch

LISTING: dict = {
    "D01": category_mismatch,
    "D02": brand_class_gap,
    "D03": unauthorised_gated_brand,
    "D04": brand_risk_index,
    "D07": origin_claim_mismatch,
}
SELLER: dict = {}
