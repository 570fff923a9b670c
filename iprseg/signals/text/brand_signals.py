"""A01 to A06: how a listing uses brand names."""

import numpy as np

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full


def _column(inputs: Inputs, values: np.ndarray, needs_field: bool = False) -> Column:
    if not len(inputs.brands):
        return empty(inputs.n, "no_brand_list")
    if needs_field and not inputs.has("brand_field"):
        return empty(inputs.n, "column_absent: brand_field")
    untitled = inputs.listings["title"].isna()
    return full(values).missing(untitled, inputs.gap("title"))


def brand_field_mismatch(inputs: Inputs) -> Column:
    """A01: a protected brand is claimed that the brand field does not name."""
    claims = inputs.claims
    foreign = claims[~claims["own_field"] & inputs.protected]
    return _column(inputs, inputs.rows_of(foreign), needs_field=True)


def brand_field_empty_with_mention(inputs: Inputs) -> Column:
    """A02: a protected brand is claimed in the text and the brand field names none."""
    claimed = inputs.rows_of(inputs.claims[inputs.protected])
    values = claimed & ~inputs.honest_field
    return _column(inputs, values, needs_field=True)


def brand_stuffing_count(inputs: Inputs) -> Column:
    """A03: distinct brands claimed in title and tags, beyond the first."""
    claims = inputs.claims
    shown = claims[claims["field"].isin(["title", "tags"])]
    pairs = shown[["row", "brand_id"]].drop_duplicates()
    count = np.bincount(pairs["row"], minlength=inputs.n)
    return _column(inputs, np.maximum(count - 1, 0))


def obfuscated_brand(inputs: Inputs) -> Column:
    """A04: a brand name is written in disguise."""
    odd = inputs.claims[inputs.claims["kind"] == "obfuscated"]
    return _column(inputs, inputs.rows_of(odd))


def brand_edit_near_miss(inputs: Inputs) -> Column:
    """A05: similarity of the nearest misspelling of a brand in the title, 0 if none."""
    claims = inputs.claims
    near = claims[(claims["kind"] == "near_miss") & (claims["field"] == "title")]
    values = np.zeros(inputs.n)
    np.maximum.at(values, near["row"].to_numpy(), near["similarity"].to_numpy())
    return _column(inputs, values)


def referential_use(inputs: Inputs) -> Column:
    """A06: a brand stands only for what the thing fits."""
    claimed = inputs.claims[["row", "brand_id"]].drop_duplicates().assign(claimed=True)
    mentions = inputs.mentions
    joined = mentions[["row", "brand_id"]].merge(claimed, how="left")
    only = mentions["referential"].to_numpy() & joined["claimed"].isna().to_numpy()
    return _column(inputs, inputs.rows_of(mentions[only]))
