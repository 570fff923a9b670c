"""C14: barcodes that cannot be, or are another brand's."""

import re
import unicodedata

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iprseg.signals._inputs import Inputs
from iprseg.signals._result import Column, empty, full

_LENGTHS = (8, 12, 13, 14)
_ISBN_10 = re.compile(r"^\d{9}[\dXx]$")
_BLANKS = re.compile(r"[\s\-\u2010-\u2015]+")
_WEIGHTS = np.array([3, 1] * 7)


def packaging_anomaly(inputs: Inputs) -> Column:
    """C14: 1 if the barcode's check digit is wrong, or the code is another brand's.

    A code that the catalogue gives to a brand counts as another's where the listing
    is of a known brand that is not among those.
    """
    if not inputs.has("gtin"):
        return empty(inputs.n, "column_absent: gtin")
    codes = inputs.listings["gtin"].to_numpy(dtype=object)
    stated, valid, plain = read_gtins(codes)
    foreign = _of_other_brand(inputs, plain, stated & valid)
    result = full(np.where(~valid | foreign, 1.0, 0.0))
    return result.missing(~stated, inputs.gap("gtin"))


def read_gtins(
    codes: NDArray[np.object_],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.object_]]:
    """Read GTIN-8, -12, -13, -14 and ISBN-10.

    Returns
    -------
    stated, valid : arrays of bool, shape (n,)
        Whether a code is given ("N/A" and all zeros are none), and can be one.
    plain : array of str, shape (n,)
        The code in fourteen digits, "" unless valid.

    References
    ----------
    GS1 General Specifications, section 7.9: check digit of GS1 data structures.

    Examples
    --------
    >>> codes = np.array(["4006381333931", "4006381333932", "n/a", "0-306-40615-2"])
    >>> stated, valid, plain = read_gtins(codes)
    >>> stated.tolist(), valid.tolist(), plain[3]
    ([True, True, False, True], [True, False, False, True], '09780306406157')
    """
    texts = [_plain(code) if isinstance(code, str) else "" for code in codes]
    stated = np.array([any(c in "123456789" for c in text) for text in texts], bool)
    padded = [_fourteen(text) for text in texts]
    could = np.array([text != "" for text in padded], dtype=bool) & stated
    valid = np.zeros(len(texts), dtype=bool)
    if could.any():
        rows = [text for text, one in zip(padded, could, strict=True) if one]
        digits = np.frombuffer("".join(rows).encode(), np.uint8).reshape(-1, 14) - 48
        valid[could] = (digits[:, :13] @ _WEIGHTS[:13] + digits[:, 13]) % 10 == 0
    plain = np.array([t if v else "" for t, v in zip(padded, valid, strict=True)])
    return stated, valid, plain.astype(object)


def _plain(code: str) -> str:
    code = code if code.isascii() else unicodedata.normalize("NFKC", code)
    return _BLANKS.sub("", code)


def _fourteen(text: str) -> str:
    """Return fourteen digits, "" if it has no length of a code."""
    if _ISBN_10.match(text) and text.isascii():
        return _isbn_13(text)
    if not (text.isascii() and text.isdigit() and len(text) in _LENGTHS):
        return ""
    return text.zfill(14)


def _isbn_13(text: str) -> str:
    values = [10 if c in "Xx" else int(c) for c in text]
    if sum(v * w for v, w in zip(values, range(10, 0, -1), strict=True)) % 11:
        return ""
    body = "978" + text[:9]
    total = sum(int(c) * (1, 3)[i % 2] for i, c in enumerate(body))
    return f"0{body}{-total % 10}"


def _of_other_brand(
    inputs: Inputs, plain: NDArray[np.object_], usable: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    foreign = np.zeros(inputs.n, dtype=bool)
    catalogue = inputs.table("brand_catalogue")
    if catalogue is None or not {"gtin", "brand_id"} <= set(catalogue.columns):
        return foreign
    _, valid, codes = read_gtins(catalogue["gtin"].to_numpy(dtype=object))
    official = pd.DataFrame({"code": codes, "brand": catalogue["brand_id"].to_numpy()})
    owners = official[valid].dropna().groupby("code")["brand"].agg(set)
    known = set(inputs.brands.table["brand_id"])
    of = owners.to_dict()
    for row in np.flatnonzero(usable & pd.Series(plain).isin(owners.index).to_numpy()):
        brand = inputs.brand[row]
        foreign[row] = brand in known and brand not in of[plain[row]]
    return foreign
