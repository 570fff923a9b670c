"""What a listing says and shows: the words of every slot, titles, photographs.

Photographs are synthetic perceptual hashes: shared, stolen and transformed ones agree.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from iprseg.simulate.arrays import (
    Bools,
    Floats,
    Ints,
    Words,
    draw_categories,
    draw_positions,
    format_hex,
    format_ids,
    hash_to_bits,
    hash_to_uniform,
    if_else,
    join_text,
    join_words_by_row,
    look_up_words,
)
from iprseg.simulate.plan import Plan, flag_evading
from iprseg.simulate.vocabulary import SLOTS, Pool
from iprseg.simulate.world import World

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
_SLOT_CHANCES = {"buzz": 0.8, "attr": 0.85, "color": 0.8, "size": 0.6, "emoji": 0.5}
_EMOJI_TEMPLATES = ("replica", "generalist", "relisted", "live")  # use emoji freely


@dataclass(frozen=True)
class Wording:
    """Choices of words by listing."""

    slots: Ints  # listing × slot, positions in the vocabulary, -1 = left out
    brand_text: Ints  # position in BRAND_TEXT
    tactic: Ints  # position in TACTICS, -1 = none
    wording: Ints  # 0 none, 1 known replica wording, 2 invented slang
    off_platform: Bools  # contact outside the marketplace in the description
    prompt: Bools  # text meant for a machine reader


def choose_wording(world: World, plan: Plan) -> Wording:
    """Choose the words of every slot of every listing of a batch."""
    rng = world.stream("slots", plan.batch)
    u = rng.random((len(plan), len(SLOTS)))
    v = rng.random((len(plan), 10))
    slots = np.full((len(plan), len(SLOTS)), -1, np.int64)
    for name in _PLAIN_SLOTS:
        column = SLOTS.index(name)
        chosen = _pick_from_pool(world, plan, name, u[:, column])
        said = hash_to_uniform(plan.index, 100 + column) < _SLOT_CHANCES.get(name, 1.0)
        slots[:, column] = np.where(said, chosen, -1)
    slots[:, SLOTS.index("label")] = _choose_own_label(world, plan)
    slots[:, SLOTS.index("trap")] = plan.goods.trap
    brand_text, tactic = _choose_brand_text(world, plan, v[:, 0], v[:, 1])
    slots[:, SLOTS.index("brand")] = _choose_brand_words(
        world, plan, brand_text, tactic, v[:, 2]
    )
    slots[:, SLOTS.index("line")] = _choose_line_words(
        world, plan, brand_text, tactic, v[:, 3]
    )
    slots[:, SLOTS.index("extra")] = _choose_extra_brand(
        world, plan, brand_text, v[:, 4]
    )
    wording, replica = _choose_replica_words(world, plan, v[:, 5], v[:, 6], v[:, 7])
    slots[:, SLOTS.index("rep")] = replica
    aside, contact, prompt = _choose_asides(world, plan, v[:, 8], v[:, 9])
    slots[:, SLOTS.index("aside")] = aside
    slots[:, SLOTS.index("auth")] = _choose_authenticity_claims(
        world, plan, slots[:, SLOTS.index("auth")]
    )
    return Wording(slots, brand_text, tactic, wording, contact, prompt)


def _choose_own_label(world: World, plan: Plan) -> Ints:
    """Give the seller's own label as a word."""
    pool = world.vocabulary.pools["label"]
    place = hash_to_uniform(plan.seller, 41)
    return draw_positions(place, pool.start[0, 0], pool.count[0, 0])


def _pick_from_pool(world: World, plan: Plan, name: str, u: Floats) -> Ints:
    pool, category = world.vocabulary.pools[name], plan.goods.category
    at = (plan.lang, category)
    return draw_positions(u, pool.start[at], pool.count[at])


def _get_evasion_rate(world: World, name: str) -> float:
    return float(world.constants.rates["evasion"][name][world.evasion])


def _choose_brand_text(
    world: World, plan: Plan, u: Floats, v: Floats
) -> tuple[Ints, Ints]:
    """One uniform decides, so that more evasion only ever adds disguise."""
    disguised, withheld = (
        _get_evasion_rate(world, "obfuscated"),
        _get_evasion_rate(world, "withheld"),
    )
    mode = np.full(len(plan), AS_IS)
    mode[u > 1 - withheld - _get_evasion_rate(world, "line_only")] = LINE_ONLY
    mode[u > 1 - withheld] = WITHHELD
    mode[u < disguised] = OBFUSCATED
    mode = np.where(flag_evading(world, plan), mode, AS_IS)
    coded = world.flags("coded")[plan.manner] & plan.violative
    mode = np.where(coded, np.where(v < 0.5, CODEWORD, WITHHELD), mode)
    near = plan.violation == world.constants.code_of("TM_CONFUSABLE")
    mode = np.where(near, AS_IS, mode)
    mode = np.where(plan.goods.brand < 0, NONE, mode)
    weights = list(world.constants.rates["tactics"].values())
    tactic = np.where(mode == OBFUSCATED, draw_categories(v, weights), -1)
    return mode, np.where(mode == CODEWORD, len(weights) - 1, tactic)


def _choose_brand_words(
    world: World, plan: Plan, mode: Ints, tactic: Ints, u: Floats
) -> Ints:
    words, brand = world.vocabulary, plan.goods.brand
    local = words.brand_local[brand, plan.lang]
    plain = np.where((local >= 0) & (u < 0.35), local, words.brand_name[brand])
    shouted = draw_positions(
        u * 7 % 1, words.brand_cased.start[brand], words.brand_cased.count[brand]
    )
    plain = np.where(u > 0.85, shouted, plain)
    near = plan.violation == world.constants.code_of("TM_CONFUSABLE")
    plain = np.where(near, _pick_from_pool_rows(words.brand_near, brand, u), plain)
    hidden = Pool(words.brand_disguised.start[brand, tactic],
                  words.brand_disguised.count[brand, tactic])  # fmt: skip
    text = np.where(
        mode == OBFUSCATED, draw_positions(u, hidden.start, hidden.count), plain
    )
    text = np.where(mode == CODEWORD, words.pools["nickname"].start[brand], text)
    return np.where(np.isin(mode, (AS_IS, OBFUSCATED, CODEWORD)), text, -1)


def _pick_from_pool_rows(pool: Pool, rows: Ints, u: Floats) -> Ints:
    return draw_positions(u, pool.start[rows], pool.count[rows])


def _choose_line_words(
    world: World, plan: Plan, mode: Ints, tactic: Ints, u: Floats
) -> Ints:
    words, product = world.vocabulary, plan.goods.product
    disguised = _pick_from_pool_rows(words.line_disguised, product, u)
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


def _choose_extra_brand(world: World, plan: Plan, mode: Ints, u: Floats) -> Ints:
    words = world.vocabulary
    other = (plan.goods.brand + 1 + (u * 5).astype(np.int64)) % len(words.brand_name)
    groups = list(words.template_group)
    stuffing = plan.goods.template == groups.index("stuffing")
    shown = (mode == AS_IS) & (stuffing | (u < 0.4))
    return np.where(shown, words.brand_name[other], -1)


def _choose_replica_words(
    world: World, plan: Plan, u: Floats, v: Floats, w: Floats
) -> tuple[Ints, Ints]:
    shown = flag_evading(world, plan) & (
        u >= _get_evasion_rate(world, "wording_hidden")
    )
    groups = list(world.vocabulary.template_group)
    speaks = [groups.index(name) for name in ("replica", "generalist", "relisted")]
    shown &= np.isin(plan.goods.template, speaks)
    invented = v < _get_evasion_rate(world, "wording_invented")
    known, slang = (
        _pick_from_pool(world, plan, name, w) for name in ("rep", "rep_new")
    )
    wording = np.where(shown, np.where(invented, 2, 1), 0)
    return wording, np.where(shown, np.where(invented, slang, known), -1)


def _choose_asides(
    world: World, plan: Plan, u: Floats, v: Floats
) -> tuple[Ints, Bools, Bools]:
    """Choose the extra sentence: contact, disclaimer, or text for a machine reader."""
    hidden = flag_evading(world, plan)
    contact = hidden & (u >= _get_evasion_rate(world, "contact_hidden"))
    prompt = hidden & (v < world.constants.rate("prompt_text"))
    dupe = plan.violation == world.constants.code_of("KO_KNOCKOFF")
    disclaimer = (dupe & (u < 0.6)) | (hidden & ~contact & (v > 0.75))
    aside = np.full(len(plan), -1)
    for chosen, name in ((disclaimer, "disclaimer"), (contact, "contact")):
        aside = np.where(chosen, _pick_from_pool(world, plan, name, v), aside)
    text = world.vocabulary.pools["prompt"].start[0, 0]
    return np.where(prompt, text, aside), contact & ~prompt, prompt


def _choose_authenticity_claims(world: World, plan: Plan, chosen: Ints) -> Ints:
    """Claims of authenticity: often by safety-critical fakes, seldom by others."""
    shown = hash_to_uniform(plan.index, 61) < 0.85
    return np.where(shown, chosen, -1)


_UNSPACED_SHARES = {"zh": 0.75, "ja": 0.4, "th": 0.5}  # share of titles without spaces
_GAP_PATTERN = (
    r"([^\x00-\x7F]) ([^\x00-\x7F])"  # between two characters of such a script
)
_UPPERCASE_SHARE = 0.04
_DESCRIPTION_SLOTS = ("d_open", "d_body", "aside", "d_ship")
# how a brand field hides: share left empty, share with a decoy; the rest is own label
_HIDDEN_FIELD_SHARES = (0.5, 0.85)


def write_titles(
    world: World, plan: Plan, wording: Wording, template: Ints
) -> pa.Array:
    """Fill the templates; ``template`` is a position in the template groups."""
    codes = _fill_templates(
        world, plan, wording, template, hash_to_uniform(plan.index, 51)
    )
    titles = join_words_by_row(world.vocabulary.words, codes, " ")
    return _uppercase_some_titles(_remove_spaces(world, plan, titles), plan)


def write_descriptions(world: World, plan: Plan, wording: Wording) -> pa.Array:
    """Put the goods among a few sentences; one operator's shops use the same ones."""
    goods = _fill_templates(
        world, plan, wording, plan.goods.template, hash_to_uniform(plan.index, 52)
    )
    network = world.network[plan.seller]
    parts = {}
    for name in _DESCRIPTION_SLOTS:
        own = wording.slots[:, SLOTS.index(name)]
        if name == "aside":
            parts[name] = own
            continue
        pool = world.vocabulary.pools[name]
        at = (plan.lang, plan.goods.category)
        shared = draw_positions(
            hash_to_uniform(network, 55), pool.start[at], pool.count[at]
        )
        parts[name] = np.where(network >= 0, shared, own)
    rest = [parts[name] for name in _DESCRIPTION_SLOTS[1:]]
    codes = np.column_stack([parts["d_open"], goods, *rest])
    return join_words_by_row(world.vocabulary.words, codes, " ")


def _fill_templates(
    world: World, plan: Plan, wording: Wording, template: Ints, u: Floats
) -> Ints:
    """Choose a template of each row's group and language, and fill its slots."""
    words = world.vocabulary
    pools = list(words.template_group.values())
    start = np.stack([pool.start for pool in pools])[template, plan.lang]
    count = np.stack([pool.count for pool in pools])[template, plan.lang]
    order = words.template_slots[draw_positions(u, start, count)]
    codes = np.take_along_axis(wording.slots, np.maximum(order, 0), axis=1)
    return np.where(order >= 0, codes, -1)


def _remove_spaces(world: World, plan: Plan, titles: pa.Array) -> pa.Array:
    share = np.array(
        [_UNSPACED_SHARES.get(lang, 0.0) for lang in world.constants.langs]
    )
    rows = hash_to_uniform(plan.index, 53) < share[plan.lang]
    closed = titles.filter(pa.array(rows))
    for _ in range(2):  # matches do not overlap: one character may need both sides
        closed = pc.replace_substring_regex(closed, _GAP_PATTERN, r"\1\2")
    return pc.replace_with_mask(titles, pa.array(rows), closed)


def _uppercase_some_titles(titles: pa.Array, plan: Plan) -> pa.Array:
    rows = pa.array(hash_to_uniform(plan.index, 54) < _UPPERCASE_SHARE)
    return pc.replace_with_mask(titles, rows, pc.utf8_upper(titles.filter(rows)))


def write_brand_fields(world: World, plan: Plan, hidden: Bools, u: Floats) -> pa.Array:
    """Fill the brand field; an empty one is '', which is known, not missing."""
    words = world.vocabulary
    own_label = np.array(world.column("brand_field"))[plan.manner] == "label"
    own_label &= ~((plan.manner == 0) & plan.goods.own_mark)  # honest resale
    own_label |= (plan.goods.brand < 0) | ~plan.goods.own_mark
    honest = np.where(
        own_label, _choose_own_label(world, plan), words.brand_name[plan.goods.brand]
    )
    # four in ten ordinary rows have no brand to name and say so
    unbranded = own_label & (u < 0.4) & ~hidden
    decoy = _choose_decoys(world, plan, u)
    code = np.where(unbranded, np.where(u < 0.25, -1, decoy), honest)
    code = np.where(~own_label & ~hidden & (u > 0.95), -1, code)
    disguise = np.where(u < _HIDDEN_FIELD_SHARES[0], -1, decoy)
    disguise = np.where(
        u >= _HIDDEN_FIELD_SHARES[1], _choose_own_label(world, plan), disguise
    )
    code = np.where(hidden, disguise, code)
    return pc.fill_null(look_up_words(words.words, code), "")


def _choose_decoys(world: World, plan: Plan, u: Floats) -> Ints:
    pools, at = world.vocabulary.pools, (plan.lang, plan.goods.category)
    common = draw_positions(
        u * 13 % 1, pools["decoy"].start[at], pools["decoy"].count[at]
    )
    local = pools["decoy_local"].start[plan.lang, 0]
    return np.where(u * 29 % 1 < 0.3, local, common)


_OWN_PHOTO, _STOCK_PHOTO, CATALOGUE_PHOTO, _NETWORK_PHOTO = 1, 2, 3, 4
_N_VIEWS = 3
_N_STOCK_PHOTOS = 400  # per category, from the suppliers of many ordinary sellers
_IMAGE_SIZES = (800, 1000, 1200, 1600)


@dataclass(frozen=True)
class Photos:
    """Arrays by listing: whose photographs, and what was done to them."""

    kind: Ints
    key: Ints
    stolen: Bools
    transformed: Bools
    covered: Bools


def choose_photos(world: World, plan: Plan) -> Photos:
    """Decide the origin of every listing's photographs."""
    u = world.stream("images", plan.batch).random((len(plan), 3))
    style = np.array(world.column("photo"))[plan.manner]
    dark = plan.violative
    own = _flag_own_photos(world, plan.photo_key)
    kind = np.where(own, _OWN_PHOTO, _STOCK_PHOTO)
    stock = plan.goods.category * _N_STOCK_PHOTOS + (u[:, 0] * _N_STOCK_PHOTOS).astype(
        int
    )
    key = np.where(own, plan.photo_key, stock)
    official = (style == "catalogue") | ((style == "stolen") & (u[:, 1] < 0.6))
    official &= plan.goods.product >= 0
    kind = np.where(official, CATALOGUE_PHOTO, kind)
    key = np.where(official, plan.goods.product, key)
    operator = np.where(
        world.network[plan.seller] >= 0,
        world.network[plan.seller],
        1_000_000 + plan.seller,
    )
    pooled = dark & (style == "network")
    kind = np.where(pooled, _NETWORK_PHOTO, kind)
    key = np.where(pooled, operator * 1000 + np.maximum(plan.goods.product, 0), key)
    theft = dark & (style == "theft")
    kind = np.where(theft, _OWN_PHOTO, kind)
    key = np.where(theft, _choose_victims(world, plan), key)
    rates = world.constants.rates["evasion"]
    turned = flag_evading(world, plan) & (
        u[:, 2] < rates["image_transformed"][world.evasion]
    )
    covered = flag_evading(world, plan) & (
        u[:, 1] < rates["logo_covered"][world.evasion]
    )
    return Photos(kind, key, theft, turned, covered)


def _flag_own_photos(world: World, listing: Ints) -> Bools:
    """Tell which listings show the seller's own photographs (a pure function)."""
    return hash_to_uniform(listing, 81) < world.constants.rate("own_photo")


def _choose_victims(world: World, plan: Plan) -> Ints:
    """Choose an ordinary seller's listing that shows his own photographs."""
    ordinary = np.flatnonzero(world.cohort == 0)
    if not len(ordinary):
        return plan.photo_key
    victim = np.full(len(plan), -1, np.int64)
    for attempt in range(12):  # all fail once in 15,000
        seller = ordinary[
            (hash_to_uniform(plan.index, 840 + attempt) * len(ordinary)).astype(int)
        ]
        which = (
            hash_to_uniform(plan.index, 820 + attempt) * world.size[seller]
        ).astype(int)
        found = world.first[seller] + which
        victim = np.where((victim < 0) & _flag_own_photos(world, found), found, victim)
    return np.where(victim < 0, plan.photo_key, victim)


def make_pdq_bits(kind: Ints, key: Ints, view: Ints) -> Words:
    """256 bits per photograph, the same for the same photograph."""
    seed = (kind * 4_000_000_000 + key) * _N_VIEWS + view
    return np.stack([hash_to_bits(seed, 83 + part) for part in range(4)], axis=1)


def make_image_table(world: World, plan: Plan, photos: Photos) -> pa.Table:
    """Make ``images``: one to three for each listing."""
    count = 1 + (hash_to_uniform(plan.index, 87) * 2.2).astype(np.int64)
    row = np.repeat(np.arange(len(plan)), count)
    view = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    number = plan.index[row] * _N_VIEWS + view
    pdq = make_pdq_bits(photos.kind[row], photos.key[row], view)
    pdq ^= _make_hash_noise(number, photos.transformed[row])
    width = np.array(_IMAGE_SIZES)[(hash_to_uniform(number, 88) * 4).astype(np.int64)]
    marked = plan.goods.own_mark[row] & (plan.goods.brand[row] >= 0)
    covered = photos.covered[row]
    late = (view > 0) & (view == count[row] - 1)
    seen = marked & (~covered | late) & (hash_to_uniform(number, 89) < 0.7)
    brand = look_up_words(
        [b["name"] for b in world.constants.brands], plan.goods.brand[row]
    )
    quality = (60 + 41 * hash_to_uniform(number, 90)).astype(np.int64)
    blurred = covered & marked & ~late
    device = plan.seller[row] * 10 + (hash_to_uniform(number, 91) * 2).astype(np.int64)
    return pa.table(
        {
            "image_id": format_ids("I", number, 9),
            "listing_id": format_ids("L", plan.index[row]),
            "seller_id": format_ids("S", plan.seller[row], 6),
            "pdq_hex": format_hex(pdq),
            "pdq_quality": pa.array(quality),
            "phash": format_hex(pdq[:, :1]),
            "embed_ref": pa.nulls(len(row), pa.string()),
            "ocr_text": if_else(seen & (hash_to_uniform(number, 92) < 0.5), brand, ""),
            "logo_detections_json": if_else(
                seen, join_text('[{"brand": "', brand, '", "score": 0.9}]'), "[]"
            ),
            "blur_regions": if_else(blurred, "[[0.4, 0.4, 0.2, 0.1]]", "[]"),
            "width": pa.array(width),
            "height": pa.array(width),
            "exif": join_text("SimCam ", format_ids("", device, 7)),
        }
    )


def _make_hash_noise(number: Ints, transformed: Bools) -> Words:
    """Flip about 8 of 256 bits as re-encoding does, or half of them when mirrored."""
    parts = []
    for part in range(4):
        bits = hash_to_bits(number, 500 + part)
        few = bits
        for salt in range(4):
            few = few & hash_to_bits(number, 510 + 10 * part + salt)
        parts.append(np.where(transformed, bits, few))
    return np.stack(parts, axis=1)
