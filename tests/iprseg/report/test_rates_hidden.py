"""What labels say of few sellers is hidden, and not found by arithmetic or place."""

import itertools

import numpy as np
import pandas as pd
import pytest

from iprseg.formats import format_rate, format_ratio
from iprseg.report.disclosure import choose_hidden_rates
from tests.iprseg.report.rated_page import by_name, named_cohorts, rated_page
from tests.iprseg.report.small_gold import add_gold

FIGURES = ("Rate", "Lift", "Verdict")


def with_counts(hits, n, sizes, few, verdicts=None):
    """Cohorts whose rates and lifts are exactly what their labels give."""
    frame = add_gold(named_cohorts(len(n)), ["same"])
    frame["name"] = [f"kind {at}" for at in range(len(n))]
    frame["rate_n"], frame["rate_violative"], frame["size"] = n, hits, sizes
    share = np.array(sizes) / sum(sizes)
    rates = np.array(hits) / np.array(n)
    point = float(share @ rates)
    frame["rate"] = pd.array(rates, dtype="Float64")
    frame["lift"] = pd.array(rates / point if point else rates * np.nan, "Float64")
    frame["verdict"] = verdicts or "not told apart"
    frame.loc[few, "sellers"] = 4.0
    frame.attrs["rate"] |= {
        "point": point,
        "n": sum(n),
        "violative": sum(hits),
        "low": 0.8 * point,
        "high": 1.2 * point,
    }
    return frame


def solutions(page, frame, hidden, *, equal=False):
    """Hits that each hidden cohort may have, by what the page shows.

    The reader is given more than the page tells: the exact hits of the cohorts shown,
    labels of all, and (`equal`) hits of all.
    """
    rows = by_name(page)
    share = (frame["size"] / frame["size"].sum()).to_numpy()
    n, hits = frame["rate_n"].to_numpy(), frame["rate_violative"].to_numpy()
    told = page.text.split(" suspected rate ")[1]
    lifts = {k: row["Lift"][0].split()[0] for k, row in rows.items()}
    if told.startswith("hidden"):  # then no lift may tell it either
        assert not any("×" in lift for lift in lifts.values())
    shown = [at for at in range(len(n)) if at not in hidden]
    found = set()
    for guess in itertools.product(*(range(n[at] + 1) for at in hidden)):
        if equal and sum(guess) != hits[hidden].sum():
            continue
        every = hits.copy()
        every[hidden] = guess
        point = float(share @ (every / n))
        if not told.startswith((format_rate(point) + " ", "hidden")):
            continue
        rates = hits / n
        if all(
            lifts[str(at)] == format_ratio(rates[at] / point)
            for at in shown
            if str(at) in lifts and lifts[str(at)].startswith("×")
        ):
            found.add(guess)
    return found


def hidden_rows(page, frame):
    rows = by_name(page)
    names = frame["name"].str.removeprefix("kind ")
    return [at for at, name in enumerate(names) if rows[name]["Rate"][0] == "hidden"]


CASES = {
    # a draw in proportion: the sum of hits is known, and with it every single one
    "proportional": ([9, 2, 3, 1, 1], [40, 20, 40, 30, 60], [400, 200, 400, 300, 600]),
    "stratified": ([16, 5, 1, 2, 2], [46, 10, 50, 40, 50], [71, 300, 377, 91, 3376]),
    "none found": ([8, 0, 3, 2, 0], [40, 20, 40, 30, 60], [400, 200, 400, 300, 600]),
    "all found": ([8, 20, 3, 2, 0], [40, 20, 40, 30, 60], [400, 200, 400, 300, 600]),
    "large": ([8, 4, 3, 2, 1], [20, 20, 20, 20, 20], [100, 5000, 100, 90, 80]),
}


@pytest.mark.parametrize("case", CASES)
def test_enumeration_leaves_several_solutions(tmp_path, case):
    frame = with_counts(*CASES[case], few=[1])
    page = rated_page(tmp_path, frame)
    hidden = hidden_rows(page, frame)
    assert 1 in hidden and len(hidden) <= 3
    left = solutions(page, frame, hidden, equal=case == "proportional")
    of_few = {guess[hidden.index(1)] for guess in left}
    assert len(of_few) > 1 and frame["rate_violative"].iloc[1] in of_few


@pytest.mark.parametrize("case", ["proportional", "none found"])
def test_the_same_attack_finds_the_cohort_where_none_goes_with_it(tmp_path, case):
    frame = with_counts(*CASES[case], few=[1])
    page = rated_page(tmp_path, frame, min_sellers=0)
    assert hidden_rows(page, frame) == []
    left = solutions(page, frame, [1], equal=True)
    assert left == {(frame["rate_violative"].iloc[1],)}


def test_two_of_few_sellers_do_not_cover_each_other(tmp_path):
    sizes = [400, 200, 400, 300, 600]
    frame = with_counts([8, 0, 0, 2, 3], [40, 20, 40, 30, 60], sizes, few=[1, 2])
    page = rated_page(tmp_path, frame)
    assert hidden_rows(page, frame) == [1, 2, 4]


def test_where_no_label_found_anything_the_rate_of_all_is_hidden(tmp_path):
    sizes = [400, 200, 400]
    frame = with_counts([0, 0, 0], [40, 20, 40], sizes, few=[1])
    page = rated_page(tmp_path, frame)
    assert hidden_rows(page, frame) == [1]
    assert "suspected rate hidden" in page.text and "about 100" not in page.text
    rows = by_name(page)
    assert rows["0"]["Rate"][0].startswith("0 % ")
    assert [rows[name]["Lift"][0] for name in "012"] == ["hidden"] * 3
    assert not page.with_class("tick") and not page.with_class("scale")


def plan(frames):
    found = choose_hidden_rates(frames, 10)
    rows = {level: np.flatnonzero(one).tolist() for level, one in found.rows.items()}
    return rows, found.overall


def test_what_is_hidden_depends_on_nothing_that_the_hidden_labels_found():
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(12):
        k = int(rng.integers(2, 5))
        n = rng.integers(5, 15, k)
        hits = rng.binomial(n, rng.choice([0.0, 0.03, 0.2], k))
        sizes = n * rng.integers(1, 30, k)
        few = int(rng.integers(0, k))
        plans = []
        for guess in range(int(n[few]) + 1):
            hits[few] = guess
            frame = with_counts(hits.tolist(), n.tolist(), sizes.tolist(), few=[few])
            plans.append(plan({"listing": frame}))
        assert all(one == plans[0] for one in plans)
        seen.add(plans[0][1])
    assert seen == {True, False}  # both ways were taken


def test_the_attack_fails_on_markets_drawn_by_chance():
    rng = np.random.default_rng(1)
    overall = 0
    for _ in range(80):
        k = int(rng.integers(2, 7))
        n = rng.integers(5, 60, k)
        hits = rng.binomial(n, rng.choice([0.0, 0.05, 0.3], k))
        sizes = n * rng.integers(1, 40, k)
        few = int(rng.integers(0, k))
        frame = with_counts(hits.tolist(), n.tolist(), sizes.tolist(), few=[few])
        rows, without = plan({"listing": frame})
        hidden = rows["listing"]
        assert few in hidden and len(hidden) <= 3
        assert not without or hidden == [few]
        overall += without
        left = set() if without else {g[hidden.index(few)] for g in told(frame, hidden)}
        assert without or len(left) > 1
    assert 0 < overall < 80


def told(frame, hidden):
    """Hits of hidden cohorts that leave the rate of all and every lift their text."""
    point = frame.attrs["rate"]["point"]
    n, hits = frame["rate_n"].to_numpy(), frame["rate_violative"].to_numpy()
    share = (frame["size"] / frame["size"].sum()).to_numpy()
    shown = [at for at in range(len(n)) if at not in hidden]
    guesses = np.stack(np.meshgrid(*(np.arange(n[at] + 1) for at in hidden)), -1)
    guesses = guesses.reshape(-1, len(hidden))
    points = point + (guesses - hits[hidden]) @ (share[hidden] / n[hidden])
    near = np.abs(points / point - 1) < 0.15 if point else points == 0
    for guess, new in zip(guesses[near].tolist(), points[near].tolist(), strict=True):
        lifts = [hits[at] / n[at] for at in shown]
        if format_rate(new) == format_rate(point) and all(
            format_ratio(one / new) == format_ratio(one / point)
            for one in lifts
            if new and point
        ):
            yield guess


def test_a_second_level_never_gives_away_the_rate_of_all(tmp_path):
    # listings without anything found hide it; those of their sellers add up to it
    nothing = with_counts([0, 0, 0], [40, 20, 40], [400, 200, 400], few=[1])
    whole = with_counts([0, 0], [50, 50], [90, 110], few=[])
    page = rated_page(tmp_path, {"listing": nothing, "seller": whole})
    assert [row["Rate"][0] for row in page.tables[1]] == ["hidden"] * 2
    assert "The rates of these cohorts are hidden" in page.text
    # the same where only the second level has a cohort of few sellers
    both = {"listing": whole.rename_axis("cohort"), "seller": nothing}
    assert plan(both) == ({"listing": [0, 1], "seller": [1]}, True)


def test_a_second_level_without_companions_keeps_all_its_rates():
    first = with_counts(*CASES["proportional"], few=[])
    kinds = ["not told apart", "risky", "risky"]
    second = with_counts([2, 6, 8], [40, 60, 90], [50, 60, 90], [0], kinds)
    found = plan({"listing": first, "seller": second})
    assert found == ({"listing": [], "seller": [0, 1, 2]}, False)


def test_a_cohort_called_risky_is_never_hidden_for_another():
    kinds = ["risky"] + ["not told apart"] * 4
    frame = with_counts(*CASES["proportional"], few=[1], verdicts=kinds)
    frame["rate_violative"] = [9, 2, 0, 0, 0]
    rows, overall = plan({"listing": frame})
    assert rows == {"listing": [1]} and overall


def test_the_companion_is_noise_or_else_the_last_and_never_the_first(tmp_path):
    frame = with_counts(*CASES["proportional"], few=[1])
    assert hidden_rows(rated_page(tmp_path, frame), frame) == [1, 4]
    noise = frame.rename(index={2: -1})
    noise.loc[-1, "risk_rank"] = np.nan
    assert hidden_rows(rated_page(tmp_path, noise), noise) == [1, 2]


def test_no_count_on_the_page_can_be_subtracted(tmp_path):
    frame = with_counts(*CASES["proportional"], few=[1])
    other = with_counts(*CASES["proportional"], few=[])
    page = rated_page(tmp_path, {"listing": frame, "seller": other})
    assert "labels about 190" in page.text and "About 40 labels." in page.text
    for exact in ("of them suspected", "190 labels are used, ", "effective units"):
        assert exact not in page.text
    for word in ("drawn listings have", "not reached yet", "kept for shaping"):
        assert word not in page.text


def test_neither_place_nor_a_gap_tells_the_verdict_of_a_hidden_cohort(tmp_path):
    few = {"sellers": 4.0}
    pages = []
    for kinds in (["risky", "same", "below"], ["below", "same", "risky"]):
        frame = named_cohorts(9)
        frame["name"] = [f"kind {at}" for at in range(9)]
        frame.loc[[0, 2], "sellers"] = few["sellers"]
        rest = ["below", "risky", "same", "same", "same", "same"]
        kinds = [kinds[0], "same", kinds[2], *rest]
        pages.append(rated_page(tmp_path, add_gold(frame, kinds)))
    first, second = (
        [(row["name"][0], row["Order"][0], row["Before"][0]) for row in page.tables[0]]
        for page in pages
    )
    assert first == second
    assert {"kind 0", "kind 2"} <= {name for name, order, _ in first if not order}
    places = [order for _, order, _ in first]
    shown = 9 - places.count("")
    assert places == [*map(str, range(1, shown + 1)), *[""] * (9 - shown)]
    assert "Hidden ones come after those shown" in pages[0].text
    assert "Hidden cohorts are in neither order." in pages[0].text


def test_what_labels_say_of_few_sellers_is_hidden(tmp_path):
    frame = named_cohorts()
    frame.loc[[0, 2], "sellers"] = 4.0
    page = rated_page(tmp_path, add_gold(frame))
    rows = by_name(page)
    for kind in ("risky", "below"):
        assert [rows[kind][x][0] for x in FIGURES] == ["hidden"] * 3
        assert {rows[kind][x][1] for x in FIGURES} == {""}
    assert "16 of them" not in page.text and "×3.3" not in page.text
    assert "41 %" not in page.text and "By the labels, of 4 cohorts whose" in page.text
    # the bars' end, 60 % with the hidden one, is that of the largest limit shown
    assert "Bars of rates run from 0 to 40 %" in page.text
    # one more goes with them, the last for review that holds labels
    kinds = {kind for kind, row in rows.items() if row["Rate"][0] == "hidden"}
    assert kinds == {"risky", "below", "alone"}
    assert not any(a.get("class") == "risky" for tag, a in page.tags if tag == "path")


def test_hiding_what_holds_no_labels_takes_nothing_with_it(tmp_path):
    frame = named_cohorts()
    frame.loc[4, "sellers"] = 4.0
    rows = by_name(rated_page(tmp_path, add_gold(frame)))
    assert [kind for kind in rows if rows[kind]["Rate"][0] == "hidden"] == ["no labels"]
    shown = by_name(rated_page(tmp_path, add_gold(frame), min_sellers=0))
    assert shown["no labels"]["Rate"][0] == "no labels"
