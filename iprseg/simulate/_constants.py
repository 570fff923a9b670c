"""The simulator's constants: read once, hashed so that a change cannot go unseen."""

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_FILES = (
    "brands.yaml",
    "categories.csv",
    "cohorts.yaml",
    "markets.csv",
    "nouns.csv",
    "rates.yaml",
    "templates.csv",
    "words_any.yaml",
    "words_latin.yaml",
    "words_other.yaml",
)
_Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Constants:
    """Everything under ``constants/``, parsed; see the comments in those files."""

    brands: _Rows
    categories: _Rows
    cohorts: _Rows
    markets: _Rows
    nouns: dict[str, dict[str, list[str]]]  # category -> language -> nouns
    rates: dict[str, Any]
    templates: _Rows
    words: dict[str, dict[str, list[str]]]  # language -> pool -> words
    words_any: dict[str, Any]

    @property
    def langs(self) -> list[str]:
        """Languages in a fixed order."""
        return list(self.words)

    @property
    def violations(self) -> dict[str, list[str]]:
        """Violation code -> severity, DSA keyword, decision ground, right."""
        return self.rates["violations"]

    def code_of(self, violation: str) -> int:
        """Position of a violation code."""
        return list(self.violations).index(violation)

    def rate(self, name: str) -> float:
        """One rate of the market, by name."""
        return float(self.rates["market"][name])


def _read(name: str) -> bytes:
    return (files(__package__) / "constants" / name).read_bytes()


def _yaml(name: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(_read(name), Loader=loader)  # noqa: S506 - both are safe loaders


def _csv(name: str) -> _Rows:
    return list(csv.DictReader(_read(name).decode("utf-8").splitlines()))


def _nouns() -> dict[str, dict[str, list[str]]]:
    rows = _csv("nouns.csv")
    return {
        row["category"]: {
            lang: text.split("|") for lang, text in row.items() if lang != "category"
        }
        for row in rows
    }


@cache
def load_constants() -> Constants:
    """Read and parse every file of constants."""
    return Constants(
        brands=_yaml("brands.yaml"),
        categories=_csv("categories.csv"),
        cohorts=_yaml("cohorts.yaml"),
        markets=_csv("markets.csv"),
        nouns=_nouns(),
        rates=_yaml("rates.yaml"),
        templates=_csv("templates.csv"),
        words={**_yaml("words_latin.yaml"), **_yaml("words_other.yaml")},
        words_any=_yaml("words_any.yaml"),
    )


def constants_sha256() -> str:
    """SHA-256 over the bytes of all files of constants, names included."""
    digest = hashlib.sha256()
    for name in _FILES:
        digest.update(name.encode() + b"\0" + _read(name) + b"\0")
    return digest.hexdigest()
