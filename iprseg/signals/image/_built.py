"""The signals of this family that are functions; the others are its queries."""

from iprseg.signals.image import barcodes, logos, shared_photos

LISTING: dict = {
    "C01": shared_photos.pdq_dup_sellers,
    "C02": shared_photos.stolen_brand_photo,
    "C03": shared_photos.image_reuse_after_takedown,
    "C05": logos.logo_present_brand_unlisted,
    "C06": logos.logo_cover,
    "C07": logos.logo_only_in_late_images,
    "C08": logos.ocr_brand_text_mismatch,
    "C10": shared_photos.image_transform_of_known,
    "C14": barcodes.packaging_anomaly,
}
SELLER: dict = {}
