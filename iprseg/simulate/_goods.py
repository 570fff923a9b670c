"""Which goods a listing offers: category, product, brand, and template of its title."""

from dataclasses import dataclass

import numpy as np

from iprseg.simulate._random import Bools, Floats, Ints, mix_uniform, pick
from iprseg.simulate._vocabulary import Vocabulary
from iprseg.simulate._world import World, seller_choice

_OTHER_GOODS = ("phone_case", "mug", "tshirt", "poster")  # carry a logo not their own
_FOCUS = 3  # categories an ordinary seller deals in


@dataclass(frozen=True)
class Goods:
    """Arrays by listing; -1 is none."""

    category: Ints
    product: Ints
    brand: Ints
    template: Ints  # position in the vocabulary's template groups
    trap: Ints  # word that looks like replica wording, in an honest title
    own_mark: Bools  # the brand's own goods, priced from the official price

    def take(self, rows: Ints) -> "Goods":
        """Give the same fields for chosen rows."""
        return Goods(**{name: values[rows] for name, values in vars(self).items()})


def choose_goods(
    world: World,
    seller: Ints,
    manner: Ints,
    violation: Ints,
    lang: Ints,
    u: Floats,
) -> Goods:
    """Choose goods for every listing.

    Parameters
    ----------
    world : World
        The marketplace's frame.
    seller, manner, violation, lang : ndarray of int, shape (n,)
        As in ``Plan``.
    u : ndarray of float, shape (n, 5)
        Uniforms to use.

    Returns
    -------
    Goods
        Arrays of shape (n,).
    """
    vocabulary = world.vocabulary
    groups = list(vocabulary.template_group)
    product = _products(world, seller, manner, u[:, 0])
    ordinary = (manner == 0) & (violation == 0)
    resale = ordinary & (u[:, 1] < world.constants.rate("ordinary_branded"))
    trapped = ordinary & ~resale & (u[:, 2] < _share(world, "trap", "ordinary_branded"))
    misuse = violation == world.constants.code_of("TM_LISTING_MISUSE")
    logo = violation == world.constants.code_of("TM_LOGO_UNAUTH")
    theft = violation == world.constants.code_of("CR_LISTING_MEDIA")
    product = np.where((ordinary & ~resale) | theft, -1, product)
    goods_of = vocabulary.products
    category = np.where(
        (product >= 0) & ~misuse,
        goods_of["category"][product],
        _ordinary_category(world, seller, u[:, 3]),
    )
    trap = np.where(trapped, _trap(vocabulary, lang, u[:, 4]), -1)
    category = np.where(trapped, vocabulary.trap_category[trap], category)
    category = _moved(world, category, manner, logo, u[:, 4])
    template = np.array([groups.index(str(x)) for x in world.column("template")])[
        manner
    ]
    template = np.where(resale, groups.index("branded"), template)
    template = np.where(trapped, groups.index("trap"), template)
    template = np.where(misuse, groups.index("stuffing"), template)
    return Goods(
        category=category,
        product=product,
        brand=np.where(product >= 0, goods_of["brand"][product], -1),
        template=template,
        trap=trap,
        own_mark=(product >= 0) & ~misuse & ~logo & (manner != _accessory(world)),
    )


def _share(world: World, name: str, taken: str) -> float:
    rates = world.constants
    return rates.rate(name) / (1 - rates.rate(taken))


def _accessory(world: World) -> int:
    return world.column("template").index("accessory")


def _products(world: World, seller: Ints, manner: Ints, u: Floats) -> Ints:
    """Choose official products of the tiers and categories a cohort deals in."""
    chosen = np.full(len(seller), -1, np.int64)
    of_brand = world.vocabulary.products["brand"]
    for i, spec in enumerate(world.constants.cohorts):
        mine = manner == i
        eligible = _eligible(
            world, spec if i else {**spec, "tiers": ["premium", "mass"]}
        )
        if not len(eligible) or not mine.any():
            continue
        rows = pick(u[mine], 0, len(eligible))
        if spec["template"] in ("official", "dealer"):
            brands = np.unique(of_brand[eligible])
            brand = brands[
                _own_brands(seller[mine], spec["template"], len(brands), u[mine])
            ]
            start = np.searchsorted(of_brand[eligible], brand)
            stop = np.searchsorted(of_brand[eligible], brand, side="right")
            rows = pick((u[mine] * 977.0) % 1.0, start, stop - start)
        chosen[mine] = eligible[rows]
    return chosen


def _own_brands(seller: Ints, template: str, n_brands: int, u: Floats) -> Ints:
    """One brand for a brand's own store, up to four for an authorised retailer."""
    return brands_of_seller(
        seller, (u * n_dealt(seller, template)).astype(np.int64), n_brands
    )


def n_dealt(seller: Ints, template: str) -> Ints:
    """How many brands a store or an authorised retailer deals in."""
    many = 1 + seller_choice(seller, 31, 4)
    return many if template == "dealer" else np.ones_like(many)


def brands_of_seller(seller: Ints, which: Ints, n_brands: int) -> Ints:
    """Position of a seller's brand number ``which`` among the eligible brands."""
    return (seller_choice(seller, 32, n_brands) + 5 * which) % n_brands


def _eligible(world: World, spec: dict[str, object]) -> Ints:
    tiers = np.array([b["tier"] for b in world.constants.brands])
    products, categories = world.vocabulary.products, world.constants.categories
    keep = np.isin(tiers[products["brand"]], np.array(spec["tiers"], dtype=str))
    names = np.array([c["category"] for c in categories])[products["category"]]
    if "categories" in spec:
        keep &= np.isin(names, np.array(spec["categories"]))
    if spec["template"] == "accessory":
        has = np.array([bool(c["accessory"]) for c in categories])
        keep &= has[products["category"]]
    return np.flatnonzero(keep)


def eligible_brands(world: World, cohort: int) -> Ints:
    """Brands that an honest cohort may deal in, sorted."""
    spec = world.constants.cohorts[cohort]
    return np.unique(world.vocabulary.products["brand"][_eligible(world, spec)])


def _ordinary_category(world: World, seller: Ints, u: Floats) -> Ints:
    usual = [
        i
        for i, c in enumerate(world.constants.categories)
        if c["category"] not in ("software_key", "ink")
    ]
    which = (u * _FOCUS).astype(np.int64)
    place = mix_uniform(seller * _FOCUS + which, 33) * len(usual)
    return np.array(usual)[place.astype(np.int64)]


def _trap(vocabulary: Vocabulary, lang: Ints, u: Floats) -> Ints:
    pool = vocabulary.pools["trap"]
    return pick(u, pool.start[lang], pool.count[lang])


def _moved(world: World, category: Ints, manner: Ints, logo: Bools, u: Floats) -> Ints:
    """Move accessories to their own category, and logos to goods not the brand's."""
    names = [c["category"] for c in world.constants.categories]
    fits = np.array(
        [
            names.index(c["accessory"]) if c["accessory"] else i
            for i, c in enumerate(world.constants.categories)
        ]
    )
    other = np.array([names.index(name) for name in _OTHER_GOODS])
    moved = np.where(manner == _accessory(world), fits[category], category)
    return np.where(logo, other[pick(u, 0, len(other))], moved)
