"""The signals of this family that are functions; the others are its queries."""

from iprseg.signals.text import (
    brand_signals,
    catalogue_signals,
    codeword_signals,
    contact_signals,
    language_signals,
    lexicon_signals,
    script_signals,
    template_signals,
)

LISTING: dict = {
    "A01": brand_signals.brand_field_mismatch,
    "A02": brand_signals.brand_field_empty_with_mention,
    "A03": brand_signals.brand_stuffing_count,
    "A04": brand_signals.obfuscated_brand,
    "A05": brand_signals.brand_edit_near_miss,
    "A06": brand_signals.referential_use,
    "A07": lexicon_signals.replica_lexicon_hit,
    "A08": lexicon_signals.grade_term,
    "A09": lexicon_signals.disclaimer,
    "A10": lexicon_signals.authenticity_overclaim,
    "A11": codeword_signals.codeword_context,
    "A12": catalogue_signals.title_catalogue_sim,
    "A13": catalogue_signals.model_name_impossible,
    "A14": script_signals.special_char_ratio,
    "A15": script_signals.mixed_script_token,
    "A16": template_signals.template_dup_text,
    "A17": contact_signals.off_platform_contact,
    "A18": language_signals.lang_market_mismatch,
}
SELLER: dict = {}
