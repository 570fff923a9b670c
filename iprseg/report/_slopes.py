"""The order of cohorts without and with labels, side by side."""

from typing import Any

MOST = 20


def slopes_context(rows: list[dict]) -> dict[str, Any] | None:
    """Return two columns of cohorts and the lines between them.

    Parameters
    ----------
    rows : list of dict
        Rows of a level with ``rate`` set.

    Returns
    -------
    dict or None
        ``moved`` and ``n`` count all cohorts that have a place in both orders;
        ``before`` and ``now`` hold at most `MOST`, those that stand highest in either;
        ``lines`` join them. None where there are not two cohorts to order.
    """
    ranked = [row for row in rows if row["rate"]["before_value"] != ""]
    if len(ranked) < 2:
        return None
    # whatever leads one of the two orders is in the picture
    leaders = sorted(
        ranked, key=lambda r: min(r["rate"]["now_value"], r["rate"]["before_value"])
    )
    now = sorted(leaders[:MOST], key=lambda row: row["rate"]["now_value"])
    before = sorted(now, key=lambda row: row["rate"]["before_value"])
    left = {row["anchor"]: at for at, row in enumerate(before)}
    return {
        "n": len(ranked),
        "moved": sum(row["rate"]["way"] != "same" for row in ranked),
        "before": before,
        "now": now,
        "height": 10 * len(now),
        # grey lines first: those that labels speak of lie over them
        "lines": sorted(
            (
                {
                    "from": 10 * left[row["anchor"]] + 5,
                    "to": 10 * at + 5,
                    "tone": row["rate"]["tone"],
                }
                for at, row in enumerate(now)
            ),
            key=lambda line: line["tone"] in ("risky", "below"),
        ),
        "more": len(ranked) - len(now),
    }
