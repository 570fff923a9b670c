"""The signals of this family that are functions; the others are its queries."""

from iprseg.signals.price import dispersion, msrp, quantity, ratios, size_run

LISTING: dict = {
    "B01": msrp.price_ratio_msrp,
    "B02": ratios.price_ratio_brand_cat,
    "B03": ratios.price_ratio_category,
    "B04": ratios.log_price_z_mad,
    "B05": ratios.discount_depth,
    "B08": quantity.stock_anomaly,
    "B09": size_run.size_run_anomaly,
    "B10": quantity.bulk_offer,
}
SELLER: dict = {"B11": dispersion.price_dispersion_low}
