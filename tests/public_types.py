"""Refuse a library whose public names are typed by less than 95 %.

``python -m tests.public_types`` runs basedpyright's check of public types and prints
the share of public symbols whose type is known.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

MIN_SHARE = 0.95


def main() -> None:
    """Print the share of typed public symbols, and fail below `MIN_SHARE`."""
    command = ["basedpyright", "--verifytypes", "iprseg", "--ignoreexternal"]
    command += ["--pythonpath", sys.executable, "--outputjson"]
    here = str(Path(__file__).parent.parent)
    run = subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": here},
    )
    share = json.loads(run.stdout)["typeCompleteness"]["completenessScore"]
    print(f"{share:.1%} of the public symbols of iprseg have a known type")
    if share < MIN_SHARE:
        sys.exit(
            f"less than {MIN_SHARE:.0%} of the public symbols have a known type: annotate "
            "what `basedpyright --verifytypes iprseg --ignoreexternal` lists."
        )


if __name__ == "__main__":
    main()
