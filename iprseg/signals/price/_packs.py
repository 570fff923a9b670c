"""Tell titles that sell several pieces: their price is no price of one."""

import re

_GOODS = (
    r"pcs|pieces|units?|unidades?|unids?|un|uds?|st(?:ü|ue)ck|stk|pi[eè]ces|pezzi|"
    r"sztuk[ia]?|szt|adet|шт|штук[иа]?|buah|bijis?|chi[eế]c|cái|pack|packs|pares|pairs"
)
_SEVERAL = re.compile(
    # "kit", "combo": a set of unnamed size; "repair kit" may be one thing, but its
    # price is then no more known to be of the product named
    r"\b(?:kits?|combo|bundle|lote|paket|zestaw|lotto|комплект|набор)\b"
    r"|\b(?:pack|set|lot|juego|conjunto|jogo|pacote|coffret|confezione)"
    r"(?: of| de| com| con| da| di| c/)? ?0?(?:[2-9]|[1-9]\d)\b"
    # "2x cartridge" but neither "50 x 70 cm" nor "10x zoom"
    r"|(?<![\w.,])0?[2-9] ?[x×](?= ?[^\W\d])"
    rf"|(?<![\w.,])0?(?:[2-9]|[1-9]\d) ?(?:{_GOODS})\b"
    r"|[2-9][个個本件支瓶盒개]\w{0,2}(?:装|入|セット|组|組|세트)?"
    # "A + B", but not "8 + 256 GB"
    r"|[^\W\d]\)? \+ \(?[^\W\d]",
    re.IGNORECASE,
)


def sells_several(title: str, product: str) -> bool:
    """Tell whether a title announces several pieces that the product's name does not.

    Examples
    --------
    >>> sells_several("Kit 2 cartridges Zephyra 66", "Zephyra 66")
    True
    >>> sells_several("Zephyra 66 cloth 50 x 70 cm", "Zephyra 66")
    False
    """
    found = _SEVERAL.search(title)
    return found is not None and found.group().casefold() not in product.casefold()
