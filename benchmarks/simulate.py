"""SimulatedMarketplace listings per second, made in memory and streamed to Parquet."""

import tempfile

import iprseg
from benchmarks._table import Row, seconds, show
from iprseg.simulate import write_marketplace

LISTINGS, SELLERS = 200_000, 32_000


def measure() -> list[Row]:
    iprseg.make_marketplace(500, 80)  # read the vocabulary first
    made = seconds(lambda: iprseg.make_marketplace(LISTINGS, SELLERS))
    with tempfile.TemporaryDirectory() as folder:
        written = seconds(lambda: write_marketplace(folder, LISTINGS, SELLERS))
    return [
        Row(
            f"simulate {LISTINGS:,} listings in memory",
            f"{LISTINGS / made:,.0f} listings/s",
        ),
        Row(
            f"simulate {LISTINGS:,} listings to Parquet",
            f"{LISTINGS / written:,.0f} listings/s",
        ),
    ]


if __name__ == "__main__":
    show(measure())
