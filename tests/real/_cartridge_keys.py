"""Which of the maker's cartridges a listing sells: keys typed by hand, made one.

Part numbers differ in case, region (…AB, …AL) and O for 0; models and colours are
written in many ways; a kit sells several. What stays unclear stays without a key.
"""

import re
from collections import Counter

import pandas as pd

_PART = re.compile(r"\b([A-Z0-9]{5})A(?:[BL]|\b)")
_MODEL = re.compile(r"(?<!\d)(66[247]|954|964|938) ?(XL)?(?![A-Z0-9])")
_COLOURS = {
    "preto": r"\b(?:PRET[OA]S?|NEGR[OA]S?|BLACK|PTO|BK)\b",
    "colorido": r"\b(?:COLORID[OA]S?|COLOR|TRI-?COLOU?R(?:ES)?|COLORS|COL)\b",
}
_PACK = re.compile(
    r"\b(?:KIT|COMBO|LOTE|PACK)(?: COM| C| DE)? 0?(\d)\b"
    r"|(?<!\d)0?([2-9]) ?(?:X|UNIDADES|UN|CARTUCHOS?)\b"
)
_OTHER_GOODS = re.compile(r"\b(?:VAZIOS?|CHAMEX|PAPEL|SULFITE|COMPATIVEL|COMPATÍVEL)\b")

Key = tuple[tuple[str, int], ...]


def product_keys(listings: pd.DataFrame, products: pd.DataFrame) -> pd.Series:
    """Part number and count of each cartridge sold: ``(("F6V29", 2),)``, or the reason.

    ``listings`` has titulo, modelo, part_number; ``products`` has PN and Produto.
    """
    by_part = {plain_part(pn[:5]): plain_part(pn[:5]) for pn in products["PN"]}
    by_name = {
        name: plain_part(pn[:5])
        for pn, text in zip(products["PN"], products["Produto"], strict=True)
        if (name := _name(text))
    }
    columns = ["titulo", "modelo", "part_number"]
    rows = listings[columns].fillna("").astype(str).itertuples(index=False)
    keys = [_key(*map(_plain, row), by_part, by_name) for row in rows]
    return pd.Series(keys, index=listings.index, dtype=object)


def _key(
    title: str, model: str, part: str, by_part: dict[str, str], by_name: dict
) -> Key | str:
    if _OTHER_GOODS.search(title):
        return "other goods"
    texts = (_parts(text, by_part) for text in (title, part, model))
    coded = next((parts for parts in texts if parts), set())
    # the title is what the buyer reads; part numbers are often those of another colour
    sold = _named(title, by_name) or coded or _named(f"{title} {model}", by_name)
    if not sold:
        return "no cartridge of the price list"
    colour = {pn: name[2] for name, pn in by_name.items()}
    return _counted(title, {pn: colour.get(pn, "") for pn in sorted(sold)})


def _counted(title: str, sold: dict[str, str]) -> Key | str:
    pack = _PACK.search(title)
    n = int(pack.group(1) or pack.group(2)) if pack else len(sold)
    if len(sold) == 1:
        return ((next(iter(sold)), n),)
    each = {pn: _beside(title, colour) for pn, colour in sold.items()}
    if all(each.values()):
        return tuple(each.items())
    if n == len(sold):
        return tuple((one, 1) for one in sold)
    return "how many of each is unclear"


def _beside(title: str, colour: str) -> int:
    """Return the number before a colour ("2 pretos"), 0 where there is none."""
    goods = r"(?:X )?(?:CARTUCHOS? )?(?:DE TINTA )?(?:HP )?(?:66[247] ?(?:XL)? )?"
    rule = _COLOURS.get(colour, r"(?!)")
    found = re.search(rf"(?<!\d)0?(\d) ?{goods}{rule}", title)
    return int(found.group(1)) if found else 0


def _named(text: str, by_name: dict) -> set[str]:
    models = {(m.group(1), bool(m.group(2))) for m in _MODEL.finditer(text)}
    if len({number for number, _ in models}) > 1:
        return set()
    if len(models) > 1:  # "664xl 664": the plain number repeats the model
        models = {model for model in models if model[1]}
    colours = {name for name, rule in _COLOURS.items() if re.search(rule, text)}
    keys = [(*model, colour) for model in models for colour in colours]
    return {by_name[key] for key in keys if key in by_name}


def _parts(text: str, by_part: dict[str, str]) -> set[str]:
    found = (plain_part(m.group(1)) for m in _PART.finditer(text))
    return {by_part[one] for one in found if one in by_part}


def _name(product: str) -> tuple[str, bool, str] | None:
    text = _plain(product)
    model = _MODEL.search(text)
    colour = [name for name, rule in _COLOURS.items() if re.search(rule, text)]
    return (
        (model.group(1), bool(model.group(2)), colour[0]) if model and colour else None
    )


def _plain(text: str) -> str:
    return re.sub(r"[\s|,;:()+/_–-]+", " ", text).upper()


def plain_part(part: str) -> str:
    return part.upper().replace("O", "0")


def reasons(keys: pd.Series) -> Counter:
    """How many listings have a key, and why the others have none."""
    return Counter(key if isinstance(key, str) else "matched" for key in keys)
