"""A labeled sample held against its design, ready to be asked for any slice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from iprseg._check import check_columns, check_interval, check_option
from iprseg.survey._answers import check_waves, read_answers
from iprseg.survey.sample_design import SampleDesign

__all__ = ["Survey", "read_survey", "slice_names", "slices_of"]


class Survey(NamedTuple):
    """Rows of `read_answers` with the frame's totals by stratum (units, listings).

    `clustered`: the variance is over sellers though listings were drawn.
    """

    rows: pd.DataFrame
    totals: pd.DataFrame
    clustered: bool
    by_sellers: bool
    confidence: float


def read_survey(
    labels: pd.DataFrame,
    design: SampleDesign | Sequence[SampleDesign],
    target: str,
    role: str | None,
    confidence: float,
    owner: str,
) -> Survey:
    """Check what an estimate was asked and say what each drawn listing gave."""
    check_option("target", target, ("frame", "beyond"), owner)
    check_interval(
        "confidence", confidence, owner, low=0, high=1, low_open=True, high_open=True
    )
    designs = check_waves(design)
    rows = read_answers(labels, designs, role)
    clustered = _clustered(labels, designs[0], target, role)
    by_sellers = clustered or designs[0].unit == "seller"
    return Survey(rows, _totals(designs), clustered, by_sellers, confidence)


def _totals(designs: Sequence[SampleDesign]) -> pd.DataFrame:
    strata = designs[0].strata
    return pd.DataFrame(
        {
            "units": {name: stratum.frame_units for name, stratum in strata.items()},
            "listings": {name: one.frame_listings for name, one in strata.items()},
        }
    )


def _clustered(
    labels: pd.DataFrame, design: SampleDesign, target: str, role: str | None
) -> bool:
    """Say whether variance is over sellers though listings may have been drawn.

    Roles are dealt by seller: of sellers drawn they keep a random part, which needs no
    more; of listings drawn they keep clusters.
    """
    split = role is not None and "role" in labels and (labels["role"] != role).any()
    clustered = target == "beyond" or (bool(split) and design.unit == "listing")
    if clustered:
        check_columns(labels, ["seller_id"], "A variance by sellers")
    return clustered


def slices_of(
    labels: pd.DataFrame, rows: pd.DataFrame, by: str | pd.Series
) -> pd.Series:
    """Slice by row; a deleted listing whose slice is not known stays missing."""
    if isinstance(by, pd.Series):
        known = pd.Series(by.to_numpy(), index=by.index.astype(str), dtype=object)
        known = known[~known.index.duplicated()]
        values = known.reindex(rows.index.astype(str)).to_numpy()
        slices = pd.Series(values, index=rows.index, dtype=object)
    else:
        check_columns(labels, [by], "The labels frame of estimate_prevalence")
        slices = labels[by].astype(object).reindex(rows.index)
    unnamed = slices.isna() & rows.index.isin(labels.index)
    return slices.mask(unnamed, "missing")


def slice_names(by: str | pd.Series, slices: pd.Series) -> list[Any]:
    """Name all slices, those without a label too, in one order."""
    values = set(slices.dropna())
    if isinstance(by, pd.Series):
        values |= set(by.dropna())
    return sorted(values, key=lambda value: (str(type(value)), value))
