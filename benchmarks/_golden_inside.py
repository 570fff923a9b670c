"""What is done inside one tree with its own library, beside the command line.

`benchmarks.golden` passes the text of this file to ``python -c``, so that nothing but
that tree's packages is imported: ``FUNCTION ARGUMENT …``. Names that change between
trees are looked up by the spellings they have had.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

# cohorts are merged and split at this level: few rows, several cohorts
EDITED_LEVEL = "seller"


def run_cli(*words: str) -> None:
    """Run the command line as the installed command would."""
    sys.argv = ["iprseg", *words]
    from iprseg.cli import main

    main()


def print_home() -> None:
    """Say where the library comes from, and its version."""
    import iprseg
    import labeling

    told = [iprseg.__file__, labeling.__file__, iprseg.__version__]
    sys.stdout.write(json.dumps(told))


def get_first(owner: Any, *names: str) -> Any:
    """Give the first attribute that is there, of the spellings it has had."""
    for name in names:
        if hasattr(owner, name):
            return getattr(owner, name)
    raise AttributeError(f"{owner!r} has none of {', '.join(names)}")


def write_edits(tables: str, file: str) -> None:
    """Merge two cohorts of sellers and split the first one that can be."""
    import iprseg
    from iprseg import CohortEdits, IprsegError

    found = iprseg.find_cohorts(iprseg.read_marketplace(tables), level=EDITED_LEVEL)
    fitted, rows = found.segmenter, found.features
    cohorts = sorted({int(one) for one in fitted.labels_ if one >= 0})
    edits = CohortEdits().merge(fitted, rows, cohorts[-2:])
    for cohort in cohorts[:-2]:
        try:
            edits = edits.split(fitted, rows, cohort)
        except IprsegError:
            continue
        break
    edits.save(file)


def write_later_tables(source: str, folder: str) -> None:
    """Write the tables again without every seventh listing and every ninth seller."""
    import pandas as pd

    Path(folder).mkdir(parents=True)
    listings = pd.read_parquet(Path(source, "listings.parquet"))
    sellers = sorted(listings["seller_id"].dropna().unique())[::9]
    gone = listings["seller_id"].isin(sellers) | (listings.index % 7 == 3)
    lost = set(listings.loc[gone, "listing_id"])
    for file in sorted(Path(source).glob("*.parquet")):
        table = pd.read_parquet(file)
        if "listing_id" in table:
            table = table[~table["listing_id"].isin(lost)]
        table.to_parquet(Path(folder, file.name), index=False)


def choose_answer(listing: str, annotator: str) -> dict[str, Any] | None:
    """Answer by the digest of the listing's id; None skips it."""
    shared = hashlib.sha256(listing.encode()).digest()
    own = hashlib.sha256(f"{annotator} {listing}".encode()).digest()
    if own[0] < 12:
        return None
    if own[1] < 10:
        missing = ["ME_NO_LOGO_VIEW"]
        return {"primary": "INSUFFICIENT_EVIDENCE", "missing_evidence": missing}
    if (shared[0] < 50) != (own[2] < 15):
        graded = {"severity": "S3", "evidence_level": "E2", "confidence": "80"}
        return {"primary": "TM_COUNTERFEIT", **graded}
    graded = {"severity": "S0", "evidence_level": "E0", "confidence": "90"}
    return {"primary": "NO_INFRINGEMENT", "ni_reason": "NI_NO_IP_REFERENCE", **graded}


def answer_store(file: str, annotator: str, most: str, per_item: str) -> None:
    """Answer what the queue serves, and note what each card was to show."""
    from labeling import Codebook, LabelQueue, LabelStore

    store = LabelStore(file)
    seen = {}
    for design in store.designs:
        queue = LabelQueue(
            store, Codebook.load(), annotator, design, labels_per_item=int(per_item)
        )
        while len(seen) < int(most) and (item := queue.next()) is not None:
            seen[str(item.listing_id)] = item.content
            answer = choose_answer(str(item.listing_id), annotator)
            queue.submit(item, answer) if answer else queue.skip(item)
    store.close()
    out = Path(file).with_suffix(f".{annotator}.json")
    out.write_text(json.dumps(seen, indent=1), encoding="utf-8")


def dump_store(file: str, out: str) -> None:
    """Write every label of a store and its designs as JSON, without times."""
    import labeling

    store = labeling.LabelStore(file)
    read = get_first(labeling, "gold_labels", "read_labels", "labels_of")
    labels = read(store)
    checked = store.verify()
    designs = [json.loads(one) for one in labels.attrs.get("designs", [])]
    shown = labels.drop(columns=["labeled_at"]).reset_index()
    told = {
        "rows": len(shown),
        "columns": {name: str(kind) for name, kind in shown.dtypes.items()},
        "labels": json.loads(shown.to_json(orient="records", double_precision=15)),
        "designs": designs,
        "intact": str(getattr(checked, "ok", checked)),
    }
    store.close()
    Path(out).write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
