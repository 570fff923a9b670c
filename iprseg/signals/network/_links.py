"""Which sellers are linked by identity tokens, and how strongly."""

import pandas as pd

from iprseg.signals._inputs import Inputs

_KEYS = "bank|tax|doc_hash|device|phone|email|address|return_addr|ip24|none"
# As in H07: names and warehouses link nobody, nor does what more than 50 sellers hold;
# a network links accounts that were opened on one day.
_LINKS = f"""
WITH held AS (
    SELECT DISTINCT seller_id, token_of, trim(token) AS token
    FROM (
        UNPIVOT (SELECT *, NULL::VARCHAR AS none_pid FROM seller_identity)
        ON COLUMNS('^({_KEYS})_pid$')::VARCHAR
        INTO NAME token_of VALUE token
    )
    WHERE seller_id IS NOT NULL AND trim(token) <> ''
),
opened AS (OPENED),
usable AS (
    SELECT held.seller_id, token_of, token,
        CASE WHEN token_of = 'ip24_pid' THEN day ELSE DATE '1970-01-01' END AS day,
        count(*) OVER (PARTITION BY token_of, token) AS holders
    FROM held LEFT JOIN opened USING (seller_id)
    QUALIFY holders <= 50
)
"""
_PAIRS = """
SELECT a.seller_id AS one, b.seller_id AS other, max(1 / ln(1 + a.holders)) AS weight
FROM usable AS a JOIN usable AS b USING (token_of, token, day)
WHERE a.seller_id <> b.seller_id
GROUP BY ALL
"""
_HOLDERS = """
SELECT seller_id, count(usable.token) > 0 AS usable
FROM held LEFT JOIN usable USING (seller_id, token_of, token)
GROUP BY seller_id
"""
_DATED = "SELECT seller_id, created_at::DATE AS day FROM sellers"
_UNDATED = "SELECT seller_id, NULL::DATE AS day FROM seller_identity WHERE false"


def seller_links(inputs: Inputs) -> pd.DataFrame:
    """Return links, each once from either side: ``one``, ``other``, ``weight``.

    The weight is ``1 / ln(1 + holders)`` of the rarest token that both hold.
    """
    return inputs.sql(_with_days(inputs) + _PAIRS)


def token_holders(inputs: Inputs) -> pd.Series:
    """Tell of each seller with tokens whether it holds one that may link it."""
    return inputs.sql(_with_days(inputs) + _HOLDERS).set_index("seller_id")["usable"]


def _with_days(inputs: Inputs) -> str:
    dated = inputs.lacks("sellers.created_at") is None
    return _LINKS.replace("OPENED", _DATED if dated else _UNDATED)
