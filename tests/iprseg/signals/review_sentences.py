"""What F01 makes of invented review sentences in 18 languages.

Run ``python -m tests.iprseg.signals.review_sentences`` to print it by language.
"""

from pathlib import Path

import pandas as pd
import yaml

from iprseg.signals.feedback.review_claims import find_fake_claims

FILE = Path(__file__).with_suffix(".yaml")


def sentences() -> pd.DataFrame:
    """``lang``, ``kind``, ``text``, ``held_out``: a row per sentence."""
    read = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    rows = [
        (lang, kind, text, at % 2 == 1)
        for lang, kinds in read.items()
        for kind, texts in kinds.items()
        for at, text in enumerate(texts)
    ]
    return pd.DataFrame(rows, columns=["lang", "kind", "text", "held_out"])


def flagged() -> pd.DataFrame:
    """The sentences, with what the signal says of each."""
    told = sentences()
    return told.assign(flagged=find_fake_claims(told["text"], told["lang"].to_numpy()))


def table(told: pd.DataFrame) -> pd.DataFrame:
    """Flagged sentences by language and kind, such as ``5/6``."""
    by = told.groupby(["lang", "kind"], sort=False)["flagged"].agg(["sum", "size"])
    cells = by["sum"].astype(str) + "/" + by["size"].astype(str)
    return cells.unstack("kind")[["claims", "denies", "other"]]


if __name__ == "__main__":
    told = flagged()
    print(table(told).to_string())
    for held_out, part in told.groupby("held_out"):
        print("\nheld out:" if held_out else "\nmay be learned from:")
        print(table(part.assign(lang="all")).to_string())
