"""How a listing names its brand and what it says: the words of every slot."""

from dataclasses import dataclass

import numpy as np

from iprseg.simulate._plan import Plan
from iprseg.simulate._random import Bools, Floats, Ints, choose, mix_uniform, pick
from iprseg.simulate._vocabulary import SLOTS, Pool
from iprseg.simulate._world import World

BRAND_TEXT = ("none", "as_is", "line_only", "obfuscated", "codeword", "withheld")
NONE, AS_IS, LINE_ONLY, OBFUSCATED, CODEWORD, WITHHELD = range(6)
_PLAIN_SLOTS = [
    "noun",
    "attr",
    "color",
    "size",
    "code",
    "buzz",
    "for",
    "insp",
    "auth",
    "official",
    "dealer",
    "cond",
    "imp",
    "live",
    "fan",
    "dig",
    "emoji",
    "d_open",
    "d_body",
    "d_ship",
]
# an honest seller's chance of saying so; a slot missing here is always filled
_CHANCE = {"buzz": 0.8, "attr": 0.85, "color": 0.8, "size": 0.6, "emoji": 0.5}
_AGGRESSIVE = ("replica", "generalist", "relisted", "live")  # use emoji freely


@dataclass(frozen=True)
class Wording:
    """Choices of words by listing."""

    slots: Ints  # listing × slot, positions in the vocabulary, -1 = left out
    brand_text: Ints  # position in BRAND_TEXT
    tactic: Ints  # position in TACTICS, -1 = none
    wording: Ints  # 0 none, 1 known replica wording, 2 invented slang
    off_platform: Bools  # contact outside the marketplace in the description
    prompt: Bools  # text meant for a machine reader


def word_listings(world: World, plan: Plan) -> Wording:
    """Choose the words of every slot of every listing of a batch."""
    rng = world.stream("slots", plan.batch)
    u = rng.random((len(plan), len(SLOTS)))
    v = rng.random((len(plan), 10))
    slots = np.full((len(plan), len(SLOTS)), -1, np.int64)
    for name in _PLAIN_SLOTS:
        column = SLOTS.index(name)
        chosen = _from_pool(world, plan, name, u[:, column])
        said = mix_uniform(plan.index, 100 + column) < _CHANCE.get(name, 1.0)
        slots[:, column] = np.where(said, chosen, -1)
    slots[:, SLOTS.index("label")] = label_of(world, plan)
    slots[:, SLOTS.index("trap")] = plan.goods.trap
    brand_text, tactic = _brand_text(world, plan, v[:, 0], v[:, 1])
    slots[:, SLOTS.index("brand")] = _brand_words(
        world, plan, brand_text, tactic, v[:, 2]
    )
    slots[:, SLOTS.index("line")] = _line_words(
        world, plan, brand_text, tactic, v[:, 3]
    )
    slots[:, SLOTS.index("extra")] = _extra_brand(world, plan, brand_text, v[:, 4])
    wording, replica = _replica_words(world, plan, v[:, 5], v[:, 6], v[:, 7])
    slots[:, SLOTS.index("rep")] = replica
    aside, contact, prompt = _asides(world, plan, v[:, 8], v[:, 9])
    slots[:, SLOTS.index("aside")] = aside
    slots[:, SLOTS.index("auth")] = _auth(world, plan, slots[:, SLOTS.index("auth")])
    return Wording(slots, brand_text, tactic, wording, contact, prompt)


def label_of(world: World, plan: Plan) -> Ints:
    """Give the seller's own label as a word."""
    pool = world.vocabulary.pools["label"]
    place = mix_uniform(plan.seller, 41)
    return pick(place, pool.start[0, 0], pool.count[0, 0])


def _from_pool(world: World, plan: Plan, name: str, u: Floats) -> Ints:
    pool, category = world.vocabulary.pools[name], plan.goods.category
    at = (plan.lang, category)
    return pick(u, pool.start[at], pool.count[at])


def evading(world: World, plan: Plan) -> Bools:
    """Tell the violative listings of those who hide what they do."""
    return world.flags("evades")[plan.manner] & plan.violative


def _rate(world: World, name: str) -> float:
    return float(world.constants.rates["evasion"][name][world.evasion])


def _brand_text(world: World, plan: Plan, u: Floats, v: Floats) -> tuple[Ints, Ints]:
    """One uniform decides, so that more evasion only ever adds disguise."""
    disguised, withheld = _rate(world, "obfuscated"), _rate(world, "withheld")
    mode = np.full(len(plan), AS_IS)
    mode[u > 1 - withheld - _rate(world, "line_only")] = LINE_ONLY
    mode[u > 1 - withheld] = WITHHELD
    mode[u < disguised] = OBFUSCATED
    mode = np.where(evading(world, plan), mode, AS_IS)
    coded = world.flags("coded")[plan.manner] & plan.violative
    mode = np.where(coded, np.where(v < 0.5, CODEWORD, WITHHELD), mode)
    near = plan.violation == world.constants.code_of("TM_CONFUSABLE")
    mode = np.where(near, AS_IS, mode)
    mode = np.where(plan.goods.brand < 0, NONE, mode)
    weights = list(world.constants.rates["tactics"].values())
    tactic = np.where(mode == OBFUSCATED, choose(v, weights), -1)
    return mode, np.where(mode == CODEWORD, len(weights) - 1, tactic)


def _brand_words(world: World, plan: Plan, mode: Ints, tactic: Ints, u: Floats) -> Ints:
    words, brand = world.vocabulary, plan.goods.brand
    local = words.brand_local[brand, plan.lang]
    plain = np.where((local >= 0) & (u < 0.35), local, words.brand_name[brand])
    shouted = pick(
        u * 7 % 1, words.brand_cased.start[brand], words.brand_cased.count[brand]
    )
    plain = np.where(u > 0.85, shouted, plain)
    near = plan.violation == world.constants.code_of("TM_CONFUSABLE")
    plain = np.where(near, _of(words.brand_near, brand, u), plain)
    hidden = Pool(words.brand_disguised.start[brand, tactic],
                  words.brand_disguised.count[brand, tactic])  # fmt: skip
    text = np.where(mode == OBFUSCATED, pick(u, hidden.start, hidden.count), plain)
    text = np.where(mode == CODEWORD, words.pools["nickname"].start[brand], text)
    return np.where(np.isin(mode, (AS_IS, OBFUSCATED, CODEWORD)), text, -1)


def _of(pool: Pool, rows: Ints, u: Floats) -> Ints:
    return pick(u, pool.start[rows], pool.count[rows])


def _line_words(world: World, plan: Plan, mode: Ints, tactic: Ints, u: Floats) -> Ints:
    words, product = world.vocabulary, plan.goods.product
    disguised = _of(words.line_disguised, product, u)
    leet = (tactic >= 0) & (u < 0.5)
    text = np.where(leet, disguised, words.line_name[product])
    unmarked = np.isin(
        plan.violation,
        [
            world.constants.code_of("TM_LOGO_UNAUTH"),
            world.constants.code_of("TM_CONFUSABLE"),
        ],
    )
    shown = np.isin(mode, (AS_IS, LINE_ONLY, OBFUSCATED)) & ~unmarked
    # honest sellers leave the line out at times, never both brand and line
    shown &= (mode != AS_IS) | (u < 0.9)
    return np.where(shown, text, -1)


def _extra_brand(world: World, plan: Plan, mode: Ints, u: Floats) -> Ints:
    words = world.vocabulary
    other = (plan.goods.brand + 1 + (u * 5).astype(np.int64)) % len(words.brand_name)
    groups = list(words.template_group)
    stuffing = plan.goods.template == groups.index("stuffing")
    shown = (mode == AS_IS) & (stuffing | (u < 0.4))
    return np.where(shown, words.brand_name[other], -1)


def _replica_words(
    world: World, plan: Plan, u: Floats, v: Floats, w: Floats
) -> tuple[Ints, Ints]:
    shown = evading(world, plan) & (u >= _rate(world, "wording_hidden"))
    groups = list(world.vocabulary.template_group)
    speaks = [groups.index(name) for name in ("replica", "generalist", "relisted")]
    shown &= np.isin(plan.goods.template, speaks)
    invented = v < _rate(world, "wording_invented")
    known, slang = (_from_pool(world, plan, name, w) for name in ("rep", "rep_new"))
    wording = np.where(shown, np.where(invented, 2, 1), 0)
    return wording, np.where(shown, np.where(invented, slang, known), -1)


def _asides(
    world: World, plan: Plan, u: Floats, v: Floats
) -> tuple[Ints, Bools, Bools]:
    """Choose the extra sentence: contact, disclaimer, or text for a machine reader."""
    hidden = evading(world, plan)
    contact = hidden & (u >= _rate(world, "contact_hidden"))
    prompt = hidden & (v < world.constants.rate("prompt_text"))
    dupe = plan.violation == world.constants.code_of("KO_KNOCKOFF")
    disclaimer = (dupe & (u < 0.6)) | (hidden & ~contact & (v > 0.75))
    aside = np.full(len(plan), -1)
    for chosen, name in ((disclaimer, "disclaimer"), (contact, "contact")):
        aside = np.where(chosen, _from_pool(world, plan, name, v), aside)
    text = world.vocabulary.pools["prompt"].start[0, 0]
    return np.where(prompt, text, aside), contact & ~prompt, prompt


def _auth(world: World, plan: Plan, chosen: Ints) -> Ints:
    """Claims of authenticity: often by safety-critical fakes, seldom by others."""
    shown = mix_uniform(plan.index, 61) < 0.85
    return np.where(shown, chosen, -1)
