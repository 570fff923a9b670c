"""The signals of this family that are functions; the others are its queries."""

from iprseg.signals.text import brand_signals, lexicon_signals, script_signals

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
    "A14": script_signals.special_char_ratio,
    "A15": script_signals.mixed_script_token,
}
SELLER: dict = {}
