"""The signals of this family that are functions; the others are its queries."""

from iprseg.signals.price import msrp, ratios

LISTING: dict = {
    "B01": msrp.price_ratio_msrp,
    "B02": ratios.price_ratio_brand_cat,
    "B03": ratios.price_ratio_category,
    "B04": ratios.log_price_z_mad,
    "B05": ratios.discount_depth,
}
SELLER: dict = {}
