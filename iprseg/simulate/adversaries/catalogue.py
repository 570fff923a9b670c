"""What the adversarial behaviours are."""

from importlib.resources import files
from io import StringIO

import pandas as pd


def adversary_catalogue() -> pd.DataFrame:
    """Return the adversarial behaviours that `add_adversaries` can plant.

    Returns
    -------
    DataFrame
        Indexed by ``code`` (AD01 to AD20): ``name``; ``befalls``, what a share is a
        share of; ``variants``; ``options`` beside ``share``; ``signals`` that
        domain-spec section 6.1 sets against it, ``;`` between them; ``built``, those
        of them (or others) that exist, "" where there is none yet.

    Examples
    --------
    >>> adversary_catalogue().loc["AD06", "signals"]
    'E07;C03'
    """
    text = (files(__package__) / "behaviours.csv").read_text(encoding="utf-8")
    return pd.read_csv(StringIO(text), dtype=str, keep_default_na=False).set_index(
        "code"
    )
