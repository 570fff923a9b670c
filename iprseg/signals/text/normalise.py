"""Reduce a text to what a reader sees in it."""

import numpy as np
from numpy.typing import NDArray

from iprseg.signals.text._alphabet import CharTable, fold_char, skeleton_char

_FOLD, _SKELETON = CharTable(fold_char), CharTable(skeleton_char)


def normalise(text: str) -> str:
    """Reduce a text to its skeleton: what stays when disguises are taken off.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Compatibility forms, invisible characters, look-alike letters, leet digits,
        case, Latin accents and everything between words undone. ``i`` and ``1`` become
        ``l``, so the result is for comparing, not for reading.

    Notes
    -----
    Each character is mapped alone, hence ``normalise(normalise(x)) == normalise(x)``.
    Look-alikes are those of the Unicode confusables table (UTS #39), where they imitate
    one Latin letter or digit and belong to a script used for that (Latin, Greek,
    Cyrillic, Armenian, Cherokee, Lisu, Coptic); words of other scripts keep their
    letters. Unlike the skeleton of UTS #39, case is folded, accents and signs are
    dropped, and look-alikes of two letters ("Ы" for "bl") are left alone.
    Source: Unicode UTS #39 and domain-spec section 7.

    Examples
    --------
    >>> normalise("A-v-3ntus") == normalise("Aventus")
    True
    """
    return text.translate(_SKELETON)


def normalise_with_offsets(text: str) -> tuple[str, NDArray[np.int64]]:
    """Reduce a text to its skeleton, keeping where each character came from.

    Parameters
    ----------
    text : str

    Returns
    -------
    skeleton : str
    offsets : ndarray of int, shape (len(skeleton),)
        ``text[offsets[i]]`` gave ``skeleton[i]``.

    Examples
    --------
    >>> skeleton, offsets = normalise_with_offsets("Ｎ.1.k3")
    >>> skeleton, offsets.tolist()
    ('nlke', [0, 2, 4, 5])
    """
    images = [skeleton_char(char) for char in text]
    lengths = np.array([len(image) for image in images], dtype=np.int64)
    return "".join(images), np.repeat(np.arange(len(images)), lengths)


def fold(text: str) -> str:
    """Fold a name for comparing: case, accents, spacing and punctuation do not count.

    Examples
    --------
    >>> fold("Dolce & Gabbana") == fold("DOLCE&GABBANA")
    True
    """
    return text.translate(_FOLD)
