"""Titles per second: static ⊕ lexical beside the transformer it was distilled from."""

import iprseg
from benchmarks._table import Row, seconds, show

TITLES, SLOW_TITLES = 20_000, 1_000


def measure() -> list[Row]:
    titles = iprseg.make_marketplace(TITLES, 3_200).tables["listings"]["title"].tolist()
    fast = iprseg.TextEmbedder(cache=False)
    slow = iprseg.TextEmbedder("minilm", cache=False)
    fast.fit_transform(titles[:200])  # load both models first
    slow.fit_transform(titles[:32])
    fast_rate = TITLES / seconds(lambda: fast.fit_transform(titles))
    slow_rate = SLOW_TITLES / seconds(lambda: slow.fit_transform(titles[:SLOW_TITLES]))
    return [
        Row(
            "vectors of titles, static ⊕ lexical",
            f"{fast_rate:,.0f} titles/s",
            f"all-MiniLM-L6-v2 {slow_rate:,.0f} titles/s: {fast_rate / slow_rate:.0f}×",
        )
    ]


if __name__ == "__main__":
    show(measure())
