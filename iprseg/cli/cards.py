"""What a labeler sees of the listings drawn: the one place that knows both sides."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pandas as pd

from iprseg.cohorts.lift import phrase_signals
from iprseg.errors import IprsegError

if TYPE_CHECKING:
    from iprseg.tables import Marketplace

_PLACE = "{listing_id}"


def cards_of(
    marketplace: Marketplace,
    sample: pd.DataFrame,
    brands: Path | None,
    link_template: str | None,
    step: Callable[[str], None],
) -> pd.DataFrame:
    """Gather what a labeler is to see of the listings drawn.

    Signals are computed over all listings: a price is low or high among the others.

    Parameters
    ----------
    marketplace : Marketplace
    sample : DataFrame
        What was drawn; index listing_id.
    brands : pathlib.Path or None
        A table of protected brands.
    link_template : str or None
        From `check_link_template`.
    step : callable
        Told what is done now.

    Returns
    -------
    DataFrame
        What `labeling.make_content` gives.
    """
    from iprseg.brands.learn import learn_brands
    from iprseg.brands.mentions import find_brand_mentions
    from iprseg.signals.compute import compute_signals_with_reasons
    from labeling import make_content

    step("learning brands")
    known = learn_brands(marketplace, extra=brands)
    step("computing signals")
    signals, reasons = compute_signals_with_reasons(marketplace, brands=known)
    drawn = marketplace.listings.loc[sample.index]
    return make_content(
        drawn,
        signals=signals,
        reasons=reasons,
        phrases=phrase_signals(signals),
        mentions=find_brand_mentions(drawn, known),
        origins=build_origins(drawn, link_template),
    )


def check_link_template(template: str | None) -> str | None:
    """Refuse a template that does not lead to the page of one listing.

    Raises
    ------
    IprsegError
        No http or https address, or the id is nowhere in its path or query.
    """
    if template is None:
        return None
    try:
        parts = urlsplit(template)
    except ValueError:
        parts = urlsplit("")
    address = parts.scheme in ("http", "https") and bool(parts.netloc)
    # a browser drops line ends and reads a backslash as a slash: the host would change
    clean = template.isprintable() and not set(" \\") & set(template)
    if not (address and clean) or _PLACE in parts.netloc:
        raise IprsegError(
            f"--link-template must be the address of a listing's page, with http:// or "
            f"https:// and a host of its own, such as "
            f"'https://shop.example/item/{_PLACE}'; got {template!r}."
        )
    if template.count(_PLACE) == 0 or set("{}") & set(template.replace(_PLACE, "")):
        raise IprsegError(
            f"--link-template must hold {_PLACE}, where the id goes, and no other "
            f"braces; got {template!r}."
        )
    return template


def build_origins(drawn: pd.DataFrame, template: str | None) -> pd.DataFrame:
    """Give seller and link of each listing, those that are known."""
    found = pd.DataFrame(index=drawn.index)
    if "seller_id" in drawn:
        found["seller"] = drawn["seller_id"]
    if template is not None:
        found["link"] = [
            template.replace(_PLACE, quote(str(one), safe="")) for one in drawn.index
        ]
    return found
