"""The card of a cohort beside the map, as one piece of safe HTML."""

from collections.abc import Iterable
from html import escape
from typing import Any

import pandas as pd

from iprseg.cohorts._words import plain
from iprseg.cohorts.apart import apart_words

_CHARACTERS = 240
_EXAMPLES = 3

# JupyterLab's own colours where it is there, so that the card follows its theme.
STYLE = """<style>
.iprseg-card {font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--jp-ui-font-color1, #1f2328); overflow-wrap: anywhere}
.iprseg-card h4 {margin: 0 0 4px; font-size: 15px; line-height: 1.3; font-weight: 600}
.iprseg-card h5 {margin: 10px 0 2px; font-size: 12px; font-weight: 600;
  color: var(--jp-ui-font-color2, #57606a)}
.iprseg-card p {margin: 0 0 4px}
.iprseg-card ul {margin: 0; padding-left: 18px}
.iprseg-card table {border-collapse: collapse; width: 100%}
.iprseg-card td {padding: 2px 6px 2px 0; vertical-align: top}
.iprseg-card td:last-child {text-align: right; font-variant-numeric: tabular-nums}
.iprseg-card .quiet {color: var(--jp-ui-font-color2, #57606a)}
</style>"""


def cohort_card(row: pd.Series, titles: pd.Series | None) -> str:
    """Return the card of one cohort.

    Parameters
    ----------
    row : pandas.Series
        A row of what `profile_cohorts` returned.
    titles : pandas.Series of str, optional
        Title by entity id, for the examples.
    """
    parts = [f"<h4>{_safe(row['name'])}</h4>", f"<p class=quiet>{_size(row)}</p>"]
    if pd.notna(row.get("rate")):
        limits = f"{_percent(row['rate_low'])} to {_percent(row['rate_high'])}"
        rate = f"{_percent(row['rate'])} suspected ({limits})"
        parts += [_heading("Rate from labels"), f"<p>{rate}</p>"]
    verdict = row.get("stability", "not measured")
    if verdict:
        parts += [_heading("If other sellers were drawn"), f"<p>{_safe(verdict)}</p>"]
    if apart := apart_words(row.get("block_parts")):
        parts += [_heading("Set apart by"), f"<p>{_safe(apart)}</p>"]
    if len(row["signals"]):
        parts += [_heading("What is unusual, here against elsewhere")]
        parts += [_signals(row["signals"])]
    if row.get("gaps"):
        parts += [_heading("Mostly unknown"), f"<p>{_safe(row['gaps'])}</p>"]
    if pd.notna(row.get("protective")):
        parts += [_heading("Protective"), f"<p>{_protective(row)}</p>"]
    if pd.notna(row["rule_precision"]):
        measured = f"precision {row['rule_precision']:.2f}, recall "
        measured += f"{row['rule_recall']:.2f} on {row['rule_measured_on']}"
        parts += [_heading("Rule"), f"<p>{_safe(row['rule'])}"]
        parts += [f"<br><span class=quiet>{_safe(measured)}</span></p>"]
    for heading, column in (("Typical", "examples"), ("Borderline", "borderline")):
        if len(row[column]):
            parts += [_heading(heading), _list(row[column][:_EXAMPLES], titles)]
    parts += ["<p class=quiet>An order for review, not a finding.</p>"]
    return f"{STYLE}<div class=iprseg-card>{''.join(parts)}</div>"


def selection_card(names: Iterable[str]) -> str:
    """Return how many of the selected entities are in which cohort."""
    counts = pd.Series(list(names)).value_counts()
    rows = "".join(
        f"<tr><td>{_safe(name)}</td><td>{n:,}</td></tr>" for name, n in counts.items()
    )
    return (
        f"{STYLE}<div class=iprseg-card><h4>{int(counts.sum()):,} selected</h4>"
        f"<p class=quiet>Their ids are in <code>.selected_ids</code>.</p>"
        f"<table>{rows}</table></div>"
    )


def hint_card() -> str:
    """Return what can be done, while nothing is selected."""
    return (
        f"{STYLE}<div class=iprseg-card><p class=quiet>Click a dot, or choose a cohort "
        "above, to see its card. Press the lasso button and draw round some dots: "
        "<code>.selected_ids</code> holds their ids.</p></div>"
    )


def _size(row: pd.Series) -> str:
    text = f"{int(row['size']):,} ({_percent(row['share'])} of all)"
    if pd.notna(row.get("sellers")):
        count = int(row["sellers"])
        text += f" · {count:,} seller{'' if count == 1 else 's'}"
    if pd.notna(row.get("risk_rank")):
        text += f" · number {int(row['risk_rank'])} to look at"
    return text


def _protective(row: pd.Series) -> str:
    here = f"{_percent(row['protective'])} of the known facts that speak for them hold"
    rest = row["protective_rest"]
    return here if pd.isna(rest) else f"{here}, {_percent(rest)} elsewhere"


def _signals(signals: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td>{_safe(one['words'])}</td>"
        f"<td>{_percent(one['share'])} / {_percent(one['rest_share'])}</td></tr>"
        for one in signals
    )
    return f"<table>{rows}</table>"


def _list(ids: Iterable[Any], titles: pd.Series | None) -> str:
    found = {} if titles is None else titles.to_dict()
    items = "".join(f"<li>{_safe(found.get(one, one))}</li>" for one in ids)
    return f"<ul>{items}</ul>"


def _heading(text: str) -> str:
    return f"<h5>{text}</h5>"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share == 0 or share >= 0.01 else "< 1 %"


def _safe(text: Any) -> str:
    return escape(plain(str(text), _CHARACTERS))
