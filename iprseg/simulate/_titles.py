"""Titles, descriptions and brand fields as text."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from iprseg.simulate._arrow import join_rows, take
from iprseg.simulate._plan import Plan
from iprseg.simulate._random import Bools, Floats, Ints, mix_uniform, pick
from iprseg.simulate._vocabulary import SLOTS
from iprseg.simulate._wording import Wording, label_of
from iprseg.simulate._world import World

_UNSPACED = {"zh": 0.75, "ja": 0.4, "th": 0.5}  # share of titles without spaces
_GAP = r"([^\x00-\x7F]) ([^\x00-\x7F])"  # between two characters of such a script
_SHOUTED = 0.04
_SENTENCES = ("d_open", "d_body", "aside", "d_ship")
# how a brand field hides: share left empty, share with a decoy; the rest is own label
_HIDDEN_AS = (0.5, 0.85)


def write_titles(
    world: World, plan: Plan, wording: Wording, template: Ints
) -> pa.Array:
    """Fill the templates; ``template`` is a position in the template groups."""
    codes = _filled(world, plan, wording, template, mix_uniform(plan.index, 51))
    titles = join_rows(world.vocabulary.words, codes, " ")
    return _shout(_close_up(world, plan, titles), plan)


def write_descriptions(world: World, plan: Plan, wording: Wording) -> pa.Array:
    """Put the goods among a few sentences; one operator's shops use the same ones."""
    goods = _filled(
        world, plan, wording, plan.goods.template, mix_uniform(plan.index, 52)
    )
    network = world.network[plan.seller]
    parts = {}
    for name in _SENTENCES:
        own = wording.slots[:, SLOTS.index(name)]
        if name == "aside":
            parts[name] = own
            continue
        pool = world.vocabulary.pools[name]
        at = (plan.lang, plan.goods.category)
        shared = pick(mix_uniform(network, 55), pool.start[at], pool.count[at])
        parts[name] = np.where(network >= 0, shared, own)
    rest = [parts[name] for name in _SENTENCES[1:]]
    codes = np.column_stack([parts["d_open"], goods, *rest])
    return join_rows(world.vocabulary.words, codes, " ")


def _filled(
    world: World, plan: Plan, wording: Wording, template: Ints, u: Floats
) -> Ints:
    """Choose a template of each row's group and language, and fill its slots."""
    words = world.vocabulary
    pools = list(words.template_group.values())
    start = np.stack([pool.start for pool in pools])[template, plan.lang]
    count = np.stack([pool.count for pool in pools])[template, plan.lang]
    order = words.template_slots[pick(u, start, count)]
    codes = np.take_along_axis(wording.slots, np.maximum(order, 0), axis=1)
    return np.where(order >= 0, codes, -1)


def _close_up(world: World, plan: Plan, titles: pa.Array) -> pa.Array:
    share = np.array([_UNSPACED.get(lang, 0.0) for lang in world.constants.langs])
    rows = mix_uniform(plan.index, 53) < share[plan.lang]
    closed = titles.filter(pa.array(rows))
    for _ in range(2):  # matches do not overlap: one character may need both sides
        closed = pc.replace_substring_regex(closed, _GAP, r"\1\2")
    return pc.replace_with_mask(titles, pa.array(rows), closed)


def _shout(titles: pa.Array, plan: Plan) -> pa.Array:
    rows = pa.array(mix_uniform(plan.index, 54) < _SHOUTED)
    return pc.replace_with_mask(titles, rows, pc.utf8_upper(titles.filter(rows)))


def write_brand_fields(world: World, plan: Plan, hidden: Bools, u: Floats) -> pa.Array:
    """Fill the brand field; an empty one is '', which is known, not missing."""
    words = world.vocabulary
    own_label = np.array(world.column("brand_field"))[plan.manner] == "label"
    own_label &= ~((plan.manner == 0) & plan.goods.own_mark)  # honest resale
    own_label |= (plan.goods.brand < 0) | ~plan.goods.own_mark
    honest = np.where(
        own_label, label_of(world, plan), words.brand_name[plan.goods.brand]
    )
    # four in ten ordinary rows have no brand to name and say so
    unbranded = own_label & (u < 0.4) & ~hidden
    decoy = _decoys(world, plan, u)
    code = np.where(unbranded, np.where(u < 0.25, -1, decoy), honest)
    code = np.where(~own_label & ~hidden & (u > 0.95), -1, code)
    disguise = np.where(u < _HIDDEN_AS[0], -1, decoy)
    disguise = np.where(u >= _HIDDEN_AS[1], label_of(world, plan), disguise)
    code = np.where(hidden, disguise, code)
    return pc.fill_null(take(words.words, code), "")


def _decoys(world: World, plan: Plan, u: Floats) -> Ints:
    pools, at = world.vocabulary.pools, (plan.lang, plan.goods.category)
    common = pick(u * 13 % 1, pools["decoy"].start[at], pools["decoy"].count[at])
    local = pools["decoy_local"].start[plan.lang, 0]
    return np.where(u * 29 % 1 < 0.3, local, common)
