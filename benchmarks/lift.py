"""How often cohorts of labels without signal are called risky.

``python -m benchmarks.lift [--runs 1000]`` draws through `draw_sample` and asks
`estimate_lift`, the whole path, once a run. In *noise* every listing has the same
chance whatever its cohort; a run with any cohort called risky is a false alarm. In
*noise by seller* sellers differ and cohorts are made of sellers, so that frames hold
true differences by chance: a call counts as false where the cohort's true rate is not
above the overall one. In *signal* one cohort has four times the rate of the others.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks._table import markdown
from iprseg.survey import SampleDesign, draw_sample, estimate_lift

LISTINGS, SELLERS, TAIL = 6000, 900, 1.5
# sizes as cohorts have them: the small ones are drawn to the last listing
SMALL = np.array([1335, 203, 171, 150, 72, 33, 25, 11])


class Scene(NamedTuple):
    """One row of the table."""

    truth: str
    unit: str
    cohorts: int
    labels: int
    rate: float
    split: bool
    small: bool = False


SCENES = [
    Scene("noise", "listing", 8, 400, 0.1, False),
    Scene("noise", "listing", 8, 400, 0.1, True),
    Scene("noise", "listing", 30, 1000, 0.1, True),
    Scene("noise", "listing", 8, 1000, 0.02, True),
    Scene("noise", "listing", 8, 400, 0.1, False, small=True),
    Scene("noise", "seller", 8, 150, 0.1, False),
    Scene("noise by seller", "listing", 8, 400, 0.1, True),
    Scene("noise by seller", "seller", 8, 150, 0.1, False),
    Scene("signal", "listing", 8, 400, 0.05, False),
    Scene("signal", "listing", 8, 400, 0.05, True),
]


def make_frame(scene: Scene, rng: np.random.Generator) -> pd.DataFrame:
    """Make listings of heavy-tailed sellers, mostly in one cohort a seller."""
    weight = rng.pareto(TAIL, SELLERS) + 0.5
    seller = rng.choice(SELLERS, LISTINGS, p=weight / weight.sum())
    share = SMALL / SMALL.sum() if scene.small else None
    home = rng.choice(scene.cohorts, SELLERS, p=share)
    cohort = np.where(
        rng.random(LISTINGS) < 0.8,
        home[seller],
        rng.choice(scene.cohorts, LISTINGS, p=share),
    )
    chance = np.full(LISTINGS, scene.rate)
    if scene.truth == "noise by seller":
        chance = rng.beta(scene.rate * 1.5, (1 - scene.rate) * 1.5, SELLERS)[seller]
    if scene.truth == "signal":
        chance = np.where(cohort == 0, 4 * scene.rate, scene.rate)
    return pd.DataFrame(
        {
            "seller_id": seller.astype(str),
            "cohort": cohort,
            "violative": (rng.random(LISTINGS) < chance).astype(float),
        },
        index=[f"L{k}" for k in range(LISTINGS)],
    )


def one_run(seed: int, scene: Scene) -> dict[str, Any]:
    """Draw, label and call once."""
    rng = np.random.default_rng([seed, SCENES.index(scene)])
    frame = make_frame(scene, rng)
    options: dict[str, Any] = {"strata": "cohort"}
    if scene.unit == "seller":
        options = {"unit": "seller", "listings_per_seller": 10}
    sample = draw_sample(frame, scene.labels, random_state=seed, **options)
    labels = sample.assign(
        status="labeled",
        violative=frame.loc[sample.index, "violative"],
        severity=lambda x: np.where(x["violative"] == 1, "S3", "S0"),
    )
    if scene.split:
        shapes = dict(enumerate(rng.random(SELLERS) < 0.5))
        kept = labels["seller_id"].astype(int).map(shapes)
        labels["role"] = np.where(kept, "shape", "measure")
    found = estimate_lift(labels, SampleDesign.of(sample), frame["cohort"])
    risky = set(found.index[found["verdict"] == "risky"])
    rates = frame.groupby("cohort")["violative"].mean()
    truly = set(rates.index[rates > frame["violative"].mean()])
    own = found["low"] > 1
    return {
        "offered": found["lift"].notna().mean(),
        "any": bool(risky),
        "false": bool(risky if scene.truth == "noise" else risky - truly),
        "uncorrected": bool(own.any()),
        "found": 0 in risky,
        "covered": _covered(found, rates / frame["violative"].mean()),
    }


def _covered(found: pd.DataFrame, truth: pd.Series) -> float:
    known = found[found["lift"].notna()]
    inside = (known["low"] <= truth[known.index]) & (
        truth[known.index] <= known["high"]
    )
    return float(inside.mean()) if len(known) else float("nan")


def measure(runs: int) -> pd.DataFrame:
    """One row a scene, in percent."""
    rows = []
    with ProcessPoolExecutor() as pool:
        for scene in SCENES:
            made = list(
                pool.map(partial(one_run, scene=scene), range(runs), chunksize=8)
            )
            share = 100 * pd.DataFrame(made).mean()
            false = share["false"] / 100
            error = 100 * np.sqrt(false * (1 - false) / runs)
            rows.append(
                {
                    "truth": scene.truth,
                    "drawn": f"{scene.labels} {scene.unit}s",
                    "cohorts": f"{scene.cohorts}{', most of them small' * scene.small}",
                    "rate": scene.rate,
                    "half kept for shaping": "yes" if scene.split else "no",
                    "lift offered": f"{share['offered']:.0f} %",
                    "interval of the lift covers": f"{share['covered']:.1f} %",
                    "runs with a false call": f"{share['false']:.1f} ± {error:.1f} %",
                    "… if each cohort were called by itself": (
                        f"{share['uncorrected']:.1f} %"
                        if scene.truth == "noise"
                        else ""
                    ),
                    "the hot cohort is called": (
                        f"{share['found']:.0f} %" if scene.truth == "signal" else ""
                    ),
                }
            )
            print(f"{scene}: {share['false']:.1f} %", flush=True)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lift")
    parser.add_argument("--runs", type=int, default=1000)
    table = measure(parser.parse_args().runs)
    print(markdown(table))
