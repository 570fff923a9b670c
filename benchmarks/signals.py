"""Signals of 20,000 listings per second, in one process; learning brands apart."""

import iprseg
from benchmarks._table import Row, seconds, show

LISTINGS, SELLERS = 20_000, 3_200


def measure() -> list[Row]:
    tables = iprseg.make_marketplace(LISTINGS, SELLERS).tables
    marketplace = iprseg.Marketplace.from_frames({"listings": tables["listings"]})
    brands = iprseg.learn_brands(marketplace)
    learned = seconds(lambda: iprseg.learn_brands(marketplace))
    computed = seconds(lambda: iprseg.compute_signals(marketplace, brands=brands))
    texts = seconds(
        lambda: iprseg.compute_signals(
            marketplace, brands=brands, families=("text", "price")
        )
    )
    return [
        Row(
            f"learn brands of {LISTINGS:,} listings",
            f"{LISTINGS / learned:,.0f} listings/s",
        ),
        Row(
            f"all listing signals of {LISTINGS:,} listings (title and description)",
            f"{LISTINGS / computed:,.0f} listings/s",
        ),
        Row("of text and price alone", f"{LISTINGS / texts:,.0f} listings/s"),
    ]


if __name__ == "__main__":
    show(measure())
