"""Write a synthetic marketplace: ``python -m iprseg.simulate FOLDER``."""

import argparse
import sys
from pathlib import Path

from iprseg.errors import IprsegError
from iprseg.simulate import write_marketplace
from iprseg.simulate._sample import write_sample


def main(arguments: list[str] | None = None) -> int:
    """Write a marketplace to Parquet, or the committed sample to CSV.

    Parameters
    ----------
    arguments : list of str, optional
        The command line; that of the process by default.

    Returns
    -------
    int
        0, or 2 if a value is out of its range.
    """
    parser = argparse.ArgumentParser("python -m iprseg.simulate", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write")
    parser.add_argument("--listings", type=int, default=5000, help="how many (5000)")
    parser.add_argument("--sellers", type=int, default=800, help="how many (800)")
    parser.add_argument(
        "--evasion",
        type=int,
        default=0,
        help="0 (none) to 3: how hard bad sellers hide",
    )
    parser.add_argument("--seed", type=int, default=0, help="same seed, same content")
    parser.add_argument(
        "--sample",
        action="store_true",
        help="write the sample of the repository instead: FOLDER/sample/*.csv",
    )
    given = parser.parse_args(arguments)
    if given.sample:
        write_sample(given.folder)
        return 0
    try:
        write_marketplace(
            given.folder, given.listings, given.sellers, given.evasion, given.seed
        )
    except IprsegError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
