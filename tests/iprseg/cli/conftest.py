"""Run the command line in this process, as a user would see it."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from iprseg.cli import main
from iprseg.cli.draw import draw_command
from iprseg.report.results import record_run
from iprseg.simulate import make_marketplace
from labeling import Codebook, LabelQueue, LabelStore
from tests.labeling.worlds import COUNTERFEIT, NOTHING

HOSTILE = '=HYPERLINK("http://x.example")\x1b[31m\u202e[bold]'
NAMES = {0: "Ordinary bags", 1: "Bags naming a brand", 2: HOSTILE, -1: "in no cohort"}


@dataclass(frozen=True)
class Outcome:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> str:
        """What was printed, without the line ends that a terminal's width makes."""
        return " ".join(self.out.split())

    @property
    def error(self) -> str:
        """The one sentence of a command that refused; it fails if there was none."""
        lines = [line for line in self.err.splitlines() if line.startswith("Error: ")]
        assert self.code == 2, self.out + self.err
        assert "Traceback" not in self.err
        assert len(lines) == 1, self.err
        return lines[0]


@pytest.fixture
def run(monkeypatch, capsys) -> Callable[..., Outcome]:
    def _run(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["iprseg", *map(str, arguments)])
        with pytest.raises(SystemExit, match=r"^\d*$|None") as ended:
            main()
            sys.exit(0)
        streams = capsys.readouterr()
        code = ended.value.code
        return Outcome(0 if code is None else int(code), streams.out, streams.err)

    return _run


@dataclass(frozen=True)
class World:
    """Tables, cohorts found in them, and a store with a sample of them."""

    tables: Path
    cohorts: Path
    store: Path
    listings: pd.DataFrame


def write_cohorts(folder: Path, listings: pd.DataFrame) -> None:
    """What `iprseg segment` writes, of listings and of sellers, without its time."""
    folder.mkdir(exist_ok=True)
    number = range(len(listings))
    cohort = [1 if i % 5 == 0 else 2 if i % 5 == 1 else 0 for i in number]
    cohort[2], cohort[3] = -1, -1
    sellers = listings["seller_id"].dropna().unique()
    of_sellers = [i % 2 for i in range(len(sellers))]
    parts = [
        pd.DataFrame({"level": level, "entity_id": ids, "cohort": labels})
        for level, ids, labels in (
            ("listing", listings["listing_id"], cohort),
            ("seller", sellers, of_sellers),
        )
    ]
    table = pd.concat(parts, ignore_index=True)
    table["cohort_name"] = table["cohort"].map(NAMES)
    table.to_parquet(folder / "assignments.parquet")
    ranks = {1: 1.0, 2: 2.0, 0: 3.0, -1: None}
    levels = table[["level", "cohort"]].drop_duplicates()
    ranked = levels.assign(risk_rank=levels["cohort"].map(ranks))
    ranked.to_parquet(folder / "cohorts.parquet")
    record_run(folder, {"made": "by a test"})


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> World:
    """One draw for all tests; none of them may change it."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "tables").mkdir()
    listings = make_marketplace(400, 90, random_state=3).tables["listings"]
    listings.to_csv(folder / "tables/listings.csv", index=False)
    write_cohorts(folder / "cohorts", listings)
    world = World(folder / "tables", folder / "cohorts", folder / "labels.db", listings)
    draw_command(str(world.tables), world.store, cohorts=world.cohorts, n=150)
    return world


@pytest.fixture
def world(made, tmp_path) -> World:
    """The same with a store of its own, which a test may change."""
    shutil.copy(made.store, tmp_path / "labels.db")
    return World(made.tables, made.cohorts, tmp_path / "labels.db", made.listings)


def label(store: Path, n: int, bad: set = frozenset(), skip: int = 0) -> None:
    """Label n items by code; those in `bad` as counterfeit, every skip-th not at all."""
    labels = LabelStore(store)
    for design in labels.designs:
        queue = LabelQueue(labels, Codebook.load(), "anna", design)
        while n and (item := queue.next()):
            n -= 1
            if skip and n % skip == 0:
                queue.skip(item)
            else:
                queue.submit(item, COUNTERFEIT if item.listing_id in bad else NOTHING)
    labels.close()


@pytest.fixture
def bad(world) -> set:
    """Every listing of cohort 1, and every seventh of the others, is a violation."""
    ids = world.listings["listing_id"]
    return set(ids[::5]) | set(ids[1::7])


@pytest.fixture
def labeled(world, bad):
    label(world.store, 150, bad)
    return world
