"""What the adversaries write, by language."""

from functools import cache
from importlib.resources import files

import numpy as np
import yaml


@cache
def _wording() -> dict[str, dict[str, list[str]]]:
    text = (files(__package__) / "wording.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def phrases(pool: str, lang: str) -> list[str]:
    """Give the phrases of a pool in a language; English where it has none."""
    return _wording()[pool].get(lang) or _wording()[pool]["en"]


def phrase(pool: str, lang: str, rng: np.random.Generator) -> str:
    """Draw one of them."""
    options = phrases(pool, lang)
    return options[rng.integers(len(options))]
