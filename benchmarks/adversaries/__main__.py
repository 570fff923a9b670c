"""Print what each signal sees of the behaviour that it is set against.

``python -m benchmarks.adversaries [AD06 …]``. *Off*: the same entities before the
behaviour was planted ("new" where they are new); *on*: after; *others*: entities
without it. Shares have 95 % intervals: of listings by seller clusters, else Wilson's.
"""

import sys

import pandas as pd

from benchmarks._table import markdown
from benchmarks.adversaries import (
    of_accounts,
    of_creators,
    of_listings,
    of_notices,
    text,
)
from benchmarks.adversaries._worlds import Line

CHECKS = {
    "AD02": of_listings.logo_hiding,
    "AD03": of_listings.decoy_pages,
    "AD04": of_creators.coded_speech,
    "AD05": of_listings.bait_and_switch,
    "AD06": of_listings.relisting,
    "AD07": of_accounts.new_accounts,
    "AD08": of_accounts.review_farms,
    "AD09": of_listings.image_edits,
    "AD10": of_listings.price_camouflage,
    "AD11": of_notices.forged_papers,
    "AD12": of_accounts.loopholes,
    "AD13": of_accounts.probing,
    "AD14": of_notices.no_signal_yet,
    "AD15": of_notices.notices,
    "AD16": of_accounts.fronts,
    "AD17": of_listings.prompts,
    "AD19": of_listings.jurisdictions,
    "AD20": of_listings.dupe_norms,
}


def main(codes: list[str]) -> None:
    """Print the tables of all behaviours, or of those named."""
    if not codes or "AD01" in codes:
        text.main()
    lines: list[Line] = []
    for code, check in CHECKS.items():
        if not codes or code in codes:
            print(f"{code} …", file=sys.stderr, flush=True)
            lines += check()
    if lines:
        print("\n" + markdown(pd.DataFrame([line.row() for line in lines])))


if __name__ == "__main__":
    main(sys.argv[1:])
