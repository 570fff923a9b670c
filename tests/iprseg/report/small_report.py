"""Cohort tables with hostile text in every place that data can reach."""

import pandas as pd

HOSTILE = [
    "<script>document.title = 'owned'</script>",
    "</style><style>body{display:none}",
    '"><img src="http://example.com/x.png" onerror="document.title=1">',
    "\u202eelddod \u2066bag",
    "W" * 100_000,
    "{{ 7 * 7 }} {% raw %}",
    "กระเป๋าหนังแท้ สีดำ",
    "حقيبة جلدية فاخرة",
    "真皮手提包 &amp; more",
]


def signal(words: str, share: float = 0.8) -> dict:
    return {
        "signal": "A07_replica_lexicon_hit",
        "side": "high",
        "threshold": 0.0,
        "share": share,
        "rest_share": 0.1,
        "lift": share / 0.1,
        "low": 2.0,
        "mean": 0.5,
        "rest_mean": 0.1,
        "coverage": 0.9,
        "n": 50,
        "words": words,
    }


def make_cohorts(n: int = 9, level: str = "listing") -> pd.DataFrame:
    """One cohort per hostile text, then noise."""
    rows = {}
    for cohort in range(n):
        text = HOSTILE[cohort % len(HOSTILE)]
        rows[cohort] = {
            "name": f"Bags {text}",
            "size": 100 + cohort,
            "share": 0.1,
            "sellers": float(12 + cohort),
            "gmv_usd": 1000.0 * cohort,
            "terms": [text, "bag"],
            "signals": [signal(text), signal("with replica wording", 0.3)],
            "rule": f"title contains “{text}”" if cohort else "No short rule.",
            "rule_sql": f"SELECT '{text}'" if cohort else "",
            "rule_precision": 0.9,
            "rule_recall": 0.8,
            "rule_measured_on": "unseen sellers",
            "suspicion": 3.0 - cohort,
            "suspicion_parts": '{"A":2.0,"B":1.0,"protective":0.0}',
            "risk_rank": cohort + 1.0,
            "examples": [f"L{i}" for i in range(len(HOSTILE))],
            "borderline": ["L0", "L1"],
        }
    noise = dict(rows[0], name="not in any cohort", signals=[], rule="", rule_sql="")
    rows[-1] = dict(noise, terms=[], risk_rank=float("nan"), sellers=50.0)
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.attrs = {
        "level": level,
        "notes": [HOSTILE[0]],
        "absent_signals": {"B01_price_ratio_msrp": HOSTILE[2]},
    }
    return frame


def make_titles() -> pd.Series:
    return pd.Series({f"L{i}": text for i, text in enumerate(HOSTILE)})
