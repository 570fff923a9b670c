"""Disguises of a name: another spelling each, still the same to a reader."""

import unicodedata

import numpy as np
import pytest

from iprseg.simulate.adversaries.disguises import (
    DISGUISE_KINDS,
    disguise_name,
    load_disguises,
)

NAMES = [
    "Velmora",
    "Orsel & Vaine",
    "Кронвик",
    "科朗维",
    "เวลโมรา",
    "كرونفيك",
    "サイクロラ",
]
MADE = DISGUISE_KINDS[:16]


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("name", NAMES)
def test_a_disguise_is_another_spelling_or_none(kind: str, name: str) -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        made = disguise_name(name, kind, rng)
        assert made is None or (made and made != name)


@pytest.mark.parametrize("kind", [kind for kind in MADE if kind != "han_variant"])
def test_every_kind_can_write_a_latin_name(kind: str) -> None:
    rng = np.random.default_rng(1)
    assert any(disguise_name("Velmora", kind, rng) for _ in range(5))


def test_styled_letters_are_those_that_unicode_folds() -> None:
    rng = np.random.default_rng(5)
    for name in ("Velmora", "サイクロラ", "كرونفيك"):
        made = disguise_name(name, "styled", rng)
        assert made is not None
        assert unicodedata.normalize("NFKC", made) == unicodedata.normalize(
            "NFKC", name
        )


def test_what_is_put_in_between_can_be_taken_out() -> None:
    rng = np.random.default_rng(7)
    tables = load_disguises()
    for kind, key in (("zero_width", "zero_width"), ("blank_letter", "blank_letters")):
        made = disguise_name("Velmora", kind, rng)
        assert made is not None
        assert "".join(c for c in made if c not in tables[key]) == "Velmora"


def test_signs_stay_on_their_letter() -> None:
    rng = np.random.default_rng(2)
    for _ in range(30):
        made = disguise_name("เวลูโมรา", "signs", rng)
        assert made is not None and "ลู" in made


def test_the_vocabulary_is_not_a_detectors() -> None:
    """The generator holds letters that the matcher's own table does not fold, too."""
    from iprseg.text.normalisation import normalise

    table = load_disguises()["lookalike"]
    unread = [c for letters in table.values() for c in letters if normalise(c) == c]
    assert unread, "if all were read, the table would be the matcher's"
