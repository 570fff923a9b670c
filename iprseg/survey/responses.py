"""Labels held against the design that drew them: one row per listing drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from iprseg.errors import IprsegError, TableError
from iprseg.survey.design import SampleDesign
from iprseg.survey.strata import assign_seller_units
from iprseg.validation import check_columns, check_interval, check_option, format_value


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
    designs = check_wave_chain(design)
    rows = _read_responses(labels, designs, role)
    clustered = _decide_clustering(labels, designs[0], target, role)
    by_sellers = clustered or designs[0].unit == "seller"
    return Survey(rows, _total_by_stratum(designs), clustered, by_sellers, confidence)


def _total_by_stratum(designs: Sequence[SampleDesign]) -> pd.DataFrame:
    strata = designs[0].strata
    return pd.DataFrame(
        {
            "units": {name: stratum.frame_units for name, stratum in strata.items()},
            "listings": {name: one.frame_listings for name, one in strata.items()},
        }
    )


def _decide_clustering(
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


def assign_slices(
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


def list_slices(by: str | pd.Series, slices: pd.Series) -> list[Any]:
    """Name all slices, those without a label too, in one order."""
    values = set(slices.dropna())
    if isinstance(by, pd.Series):
        values |= set(by.dropna())
    return sorted(values, key=lambda value: (str(type(value)), value))


LABELED, NONRESPONSE, OPEN = "labeled", "nonresponse", "open"
DISAGREEMENT = "disagreement"
_STATUSES = (
    "labeled",
    "skipped",
    "expired",
    "insufficient",
    "disagreement",
    "unserved",
)
_DESIGN_COLUMNS = ("design_id", "stratum", "inclusion_prob", "serve_order")
_ANSWER_COLUMNS = ("status", "violative", "severity")
_ROLES = ("shape", "measure")
HEADLINE_SEVERITIES = ("S2", "S3", "S4")


def check_wave_chain(
    design: SampleDesign | Sequence[SampleDesign],
) -> tuple[SampleDesign, ...]:
    """Refuse what is not the full chain of waves of one survey."""
    designs = (design,) if isinstance(design, SampleDesign) else tuple(design or ())
    if not designs or not all(isinstance(one, SampleDesign) for one in designs):
        raise IprsegError(
            "estimate_prevalence needs the SampleDesign that drew the labels (or those "
            "of all waves); take it from SampleDesign.of(sample) or the label store."
        )
    designs = tuple(sorted(designs, key=lambda one: one.wave))
    before = None
    for number, one in enumerate(designs, start=1):
        if one.wave != number or one.earlier != before:
            raise IprsegError(
                f"The design {one.design_id} is wave {one.wave} and the wave before it "
                f"is not among the {len(designs)} designs given; give the designs of "
                "all waves of one survey, and no other."
            )
        before = one.design_id
    return designs


def _read_responses(
    labels: pd.DataFrame, designs: Sequence[SampleDesign], role: str | None
) -> pd.DataFrame:
    """Check labels against their designs and say what each drawn listing gave.

    Returns
    -------
    DataFrame, one row per listing drawn, deleted ones included
        stratum, unit, size (listings of the unit in the frame), kind (LABELED,
        NONRESPONSE, DISAGREEMENT of readers, or OPEN: not reached, or kept for another
        role), severe and light (1.0, 0.0, NaN where not labeled), seller.
    """
    _check_labels(labels, designs)
    drawn = _list_drawn_units(designs)
    if designs[0].unit == "seller":
        unit = assign_seller_units(labels)
    else:
        unit = pd.Series(labels.index.astype(str), index=labels.index, dtype=object)
    rows = pd.DataFrame(
        {
            "design_id": labels["design_id"].astype(str),
            "stratum": labels["stratum"].astype(str),
            "unit": unit,
            "size": 1,
        },
        index=labels.index,
    )
    _match_to_design(rows, drawn, labels, designs)
    kinds = _classify_responses(labels)
    rows["seller"] = assign_seller_units(labels) if "seller_id" in labels else unit
    severity = labels["severity"].astype(object)
    violative = pd.to_numeric(labels["violative"]).astype(float)
    known = violative.where(kinds == LABELED)
    rows["severe"] = known.where(
        known != 1, severity.isin(HEADLINE_SEVERITIES).astype(float)
    )
    rows["light"] = known.where(known != 1, (severity == "S1").astype(float))
    if role is not None and "role" in labels:
        kinds = kinds.where(labels["role"] == role, OPEN)
    rows["kind"] = kinds
    return pd.concat([rows, _build_deleted_rows(rows, drawn, designs)]).drop(
        columns="design_id"
    )


def _check_labels(labels: pd.DataFrame, designs: Sequence[SampleDesign]) -> None:
    lost = [name for name in _DESIGN_COLUMNS if name not in labels.columns]
    if lost:
        raise TableError(
            f"The labels carry no sampling design (no column {lost[0]!r}), so no rate "
            "can be estimated from them; label what draw_sample drew, and pass what "
            "read_labels gives."
        )
    check_columns(labels, _ANSWER_COLUMNS, "The labels frame of estimate_prevalence")
    if not labels.index.is_unique:
        twice = labels.index[labels.index.duplicated()][0]
        raise TableError(
            f"The listing {format_value(twice)} has more than one row in the labels; agree on "
            "one label per listing first."
        )
    if "role" in labels:
        role = labels["role"][~labels["role"].isin(_ROLES).to_numpy()]
        if len(role):
            raise TableError(
                f"The listing {str(role.index[0])!r} has the role "
                f"{str(role.iloc[0])!r}; known: {', '.join(_ROLES)}."
            )
    known = {design.design_id for design in designs}
    foreign = labels["design_id"][~labels["design_id"].isin(known).to_numpy()]
    if len(foreign):
        raise IprsegError(
            f"{len(foreign)} labels have the design_id {format_value(foreign.iloc[0])}, which "
            f"is none of the designs given ({', '.join(sorted(known))}); only labels "
            "drawn by a recorded design give a rate."
        )
    chance = pd.to_numeric(labels["inclusion_prob"], errors="coerce")
    wrong = labels.index[~((chance > 0) & (chance <= 1)).to_numpy()]
    if len(wrong):
        raise IprsegError(
            f"{len(wrong)} labels have an inclusion_prob that is not above 0 and at "
            f"most 1 (first: listing {format_value(wrong[0])}, {chance.loc[wrong[0]]}); take "
            "the probabilities of draw_sample."
        )
    _check_label_values(labels)


def _check_label_values(labels: pd.DataFrame) -> None:
    strange = sorted(set(labels["status"].map(str)) - set(_STATUSES))
    if strange:
        raise TableError(
            f"The labels have the status {strange[0]!r}; known: {', '.join(_STATUSES)}."
        )
    violative = pd.to_numeric(labels["violative"], errors="coerce")
    wrong = labels["violative"].notna() & ~violative.isin([0, 1])
    if wrong.any():
        raise TableError(
            f"The labels have violative={labels['violative'][wrong].iloc[0]}; it "
            "must be 1, 0 or missing."
        )
    yes = (violative == 1) & (labels["status"] == "labeled")
    severity = labels["severity"]
    lawful = labels.index[
        yes & severity.notna() & ~severity.isin(("S1", *HEADLINE_SEVERITIES))
    ]
    if len(lawful):
        raise TableError(
            f"{len(lawful)} violative labels have a severity other than S1 to S4 "
            f"(first: listing {format_value(lawful[0])}, {format_value(severity[lawful[0]])}), and "
            "the headline rate counts S2 and above; set it, or leave it missing."
        )


def _list_drawn_units(designs: Sequence[SampleDesign]) -> pd.DataFrame:
    """Every unit drawn: index (design_id, unit); stratum, size."""
    records = [
        (design.design_id, unit, name, size)
        for design in designs
        for name, stratum in design.strata.items()
        for unit, size in stratum.drawn.items()
    ]
    table = pd.DataFrame(records, columns=["design_id", "unit", "stratum", "size"])
    return table.set_index(["design_id", "unit"])


def _match_to_design(
    rows: pd.DataFrame,
    drawn: pd.DataFrame,
    labels: pd.DataFrame,
    designs: Sequence[SampleDesign],
) -> None:
    """Refuse rows that the design did not draw; set `size`."""
    keys = pd.MultiIndex.from_arrays([rows["design_id"], rows["unit"]])
    found = drawn.reindex(keys)
    strange = (found["stratum"].to_numpy() != rows["stratum"].to_numpy()).nonzero()[0]
    if len(strange):
        first = rows.iloc[strange[0]]
        raise IprsegError(
            f"{len(strange)} labels are of listings that their design did not draw in "
            f"that stratum (first: {format_value(rows.index[strange[0]])} in "
            f"{first['stratum']!r}); labels picked by hand or by a model give no rate."
        )
    rows["size"] = found["size"].to_numpy().astype(int)
    by_id = {design.design_id: design for design in designs}
    expected = [
        by_id[design_id].listing_probability(stratum, size)
        for design_id, stratum, size in zip(
            rows["design_id"], rows["stratum"], rows["size"], strict=True
        )
    ]
    given = labels["inclusion_prob"].to_numpy(dtype=float)
    off = (~np.isclose(given, expected, rtol=1e-6)).nonzero()[0]
    if len(off):
        raise IprsegError(
            f"{len(off)} labels have an inclusion_prob other than their design's "
            f"(first: {format_value(rows.index[off[0]])}, {given[off[0]]:.6g} for "
            f"{expected[off[0]]:.6g}); "
            "take the probabilities of draw_sample."
        )


def _classify_responses(labels: pd.DataFrame) -> pd.Series:
    """Say what became of each row; one jumped over in the order is nonresponse."""
    unserved = labels["status"] == "unserved"
    order = pd.to_numeric(labels["serve_order"])
    reached = order.where(~unserved).groupby([labels["design_id"], labels["stratum"]])
    jumped = unserved & (order < reached.transform("max"))
    answered = (labels["status"] == "labeled") & labels["violative"].notna()
    # a violation of unknown severity says nothing of the headline
    answered &= (labels["violative"] != 1) | labels["severity"].notna()
    kinds = pd.Series(NONRESPONSE, index=labels.index, dtype=object)
    kinds[unserved & ~jumped] = OPEN
    kinds[labels["status"] == "disagreement"] = DISAGREEMENT
    kinds[answered] = LABELED
    return kinds


def _build_deleted_rows(
    rows: pd.DataFrame, drawn: pd.DataFrame, designs: Sequence[SampleDesign]
) -> pd.DataFrame:
    """Rows for listings drawn of which the labels know nothing: nonresponse."""
    m = designs[0].listings_per_seller
    most = drawn["size"] if m is None else drawn["size"].clip(upper=m)
    there = rows.groupby(["design_id", "unit"]).size().reindex(drawn.index)
    missing = (most - there.fillna(0)).clip(lower=0).astype(int)
    gone = drawn.loc[drawn.index.repeat(missing)].reset_index()
    if designs[0].unit == "listing":
        gone.index = pd.Index(gone["unit"], name=rows.index.name)
    else:
        gone.index = pd.Index([f"deleted {k}" for k in range(len(gone))], dtype=object)
    return gone.assign(
        seller=gone["unit"], severe=np.nan, light=np.nan, kind=NONRESPONSE
    )
