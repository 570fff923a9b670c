"""The parts of the golden comparison: which commands each tree runs on which inputs."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._golden_tree import Tree

REAL_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
ROWS = 3_000  # of a real set that holds more than twice as many
ANY = None  # an exit code that is compared, whatever it is


@dataclass
class Inputs:
    """What both trees read: made once, when it is first asked for."""

    folder: Path
    maker: Tree
    small: bool

    def __post_init__(self) -> None:
        self.folder.mkdir()

    @property
    def tables(self) -> Path:
        """The demo's tables."""
        return self.demo / "tables"

    @functools.cached_property
    def demo(self) -> Path:
        """What the old tree's demo wrote, in the part of this name."""
        source = self.maker.kept / "demo"
        source = source if source.exists() else self.maker.here / "demo"
        shutil.copytree(source / "demo", self.folder / "demo")
        return self.folder / "demo"

    @functools.cached_property
    def demo_options(self) -> tuple[str, ...]:
        """How large the demo is."""
        return ("--listings", "2000") if self.small else ()

    @functools.cached_property
    def large(self) -> Path:
        """Tables of 60,000 listings: worker processes and coresets are reached."""
        listings = 10_000 if self.small else 60_000
        folder = self.folder / "large"
        command = ["-m", "iprseg.simulate", str(folder), "--listings", str(listings)]
        command += ["--sellers", str(round(listings / 6.25))]
        subprocess.run(
            [sys.executable, *command],
            cwd=self.maker.root, env=self.maker.environment, check=True,
        )  # fmt: skip
        shutil.rmtree(folder / "truth")
        return folder

    @functools.cached_property
    def edits(self) -> Path:
        """Merges and splits that the old tree made."""
        file = self.folder / "edits.json"
        self._make("write_edits", self.tables, file)
        return file

    @functools.cached_property
    def later(self) -> Path:
        """The demo's tables without some listings and sellers."""
        folder = self.folder / "later"
        self._make("write_later_tables", self.tables, folder)
        return folder

    def _make(self, *words: Any) -> None:
        told = self.maker.call(*words)
        if told.returncode:
            raise SystemExit(f"{words[0]} in the old tree: {told.stderr}")

    def copy_store(self, folder: Path) -> Path:
        """Copy the demo's label store: opening one writes to it."""
        (store,) = self.demo.glob("labels*.db")
        return Path(shutil.copy(store, folder / "labels.db"))

    @functools.cached_property
    def queries(self) -> dict[str, Path]:
        """A signal of one's own for each level, as a query in a file."""
        folder = self.folder / "own"
        folder.mkdir()
        files = {}
        for level, (columns, query) in OWN_QUERIES.items():
            file = folder / f"X01_{level}_own.sql"
            head = f"-- X01 {level}_own: a figure of one's own.\n-- level: {level}\n"
            head += f"-- columns: {columns}\n-- missing: no_value\n"
            file.write_text(head + query + "\n", encoding="utf-8")
            files[level] = file
        return files

    @functools.cached_property
    def photos(self) -> tuple[Path, Path]:
        """A folder of pictures, good and bad, and the table of whose they are."""
        from PIL import Image

        folder = self.folder / "photos"
        (folder / "more").mkdir(parents=True)
        for seed in range(6):
            random = np.random.default_rng(seed)
            coarse = random.integers(0, 256, (20, 30, 3), dtype=np.uint8)
            picture = Image.fromarray(coarse).resize(
                (300, 200), Image.Resampling.BICUBIC
            )
            picture.save(folder / f"{seed}.png")
        Image.open(folder / "0.png").transpose(0).save(folder / "more" / "mirror.png")
        Image.new("RGB", (90, 90), "grey").save(folder / "plain.png")
        (folder / "cut.png").write_bytes((folder / "1.png").read_bytes()[:2000])
        (folder / "empty.png").touch()
        files = [f"{seed}.png" for seed in range(6)]
        files += ["more/mirror.png", "plain.png", "cut.png", "empty.png", "nowhere.png"]
        listed = pd.DataFrame({"file": files, "ocr_text": "text"})
        listed.insert(0, "listing_id", [f"L{number}" for number in range(len(files))])
        listed.to_csv(self.folder / "photos.csv", index=False)
        return folder, self.folder / "photos.csv"

    @functools.cached_property
    def real(self) -> dict[str, Path]:
        """The folders of real sets; of those with large files a sample."""
        if not REAL_DATA.is_dir():
            return {}
        sets = sorted(one for one in REAL_DATA.iterdir() if one.is_dir())
        return {one.name: self._sample_set(one) for one in sets if one.name != "images"}

    def _sample_set(self, folder: Path) -> Path:
        files = [one for one in folder.iterdir() if one.is_file()]
        tables = {one: _read_raw(one) for one in files if ".csv" in one.suffixes}
        if all(len(table) <= 2 * ROWS for table, _ in tables.values()):
            return folder
        target = self.folder / "real" / folder.name
        target.mkdir(parents=True)
        for file, (table, mark) in tables.items():
            part = table.iloc[:: max(1, len(table) // ROWS)]
            part.to_csv(target / file.name, index=False, sep=mark)
        return target


OWN_QUERIES = {
    "listing": (
        "listings.title",
        "SELECT listing_id AS id, length(title) AS value FROM listings",
    ),
    "seller": (
        "listings.seller_id",
        "SELECT seller_id AS id, count(*) AS value FROM listings GROUP BY seller_id",
    ),
    "creator": (
        "promotions.creator_id",
        "SELECT creator_id AS id, count(*) AS value FROM promotions "
        "GROUP BY creator_id HAVING count(*) > 1",
    ),
}


def _read_raw(file: Path) -> tuple[pd.DataFrame, str]:
    """Read a table as text, with the mark between its cells."""
    first = pd.read_csv(file, sep="\0", nrows=0, dtype=str, engine="c").columns[0]
    mark = max(",;|\t", key=str(first).count)
    table = pd.read_csv(
        file, sep=mark, dtype=str, keep_default_na=False, on_bad_lines="skip"
    )
    return table, mark


def run_demo(tree: Tree, inputs: Inputs) -> None:
    """Run the whole path on a synthetic marketplace, and dump its label store."""
    folder = tree.make_folder("demo")
    tree.run("demo", "demo", "demo", "--out", folder / "demo", *inputs.demo_options)
    (store,) = (folder / "demo").glob("labels*.db")
    copied = shutil.copy(store, folder / "copy.db")  # dumping may write to it
    tree.run_inside("demo", "dump", "dump_store", copied, folder / "store.json")


def run_listings60k(tree: Tree, inputs: Inputs) -> None:
    """Segment many listings: worker processes and coresets are reached."""
    _segment(tree, "listings60k", inputs.large, "--level", "listing")


def run_sellers(tree: Tree, inputs: Inputs) -> None:
    """Segment sellers."""
    _segment(tree, "sellers", inputs.tables, "--level", "seller")


def run_creator(tree: Tree, inputs: Inputs) -> None:
    """Segment creators."""
    _segment(tree, "creator", inputs.tables, "--level", "creator")


def run_edits(tree: Tree, inputs: Inputs) -> None:
    """Segment with merges and splits kept from another run."""
    more = ("--edits", inputs.edits, "--stability", 2)
    _segment(tree, "edits", inputs.tables, "--level", "seller", *more)


def run_gold(tree: Tree, inputs: Inputs) -> None:
    """Segment with labels: rates, and the order before and after."""
    store = inputs.copy_store(tree.make_folder("gold"))
    more = ("--labels", store, "--stability", 2)
    _segment(tree, "gold", inputs.tables, "--level", "listing", *more)


def run_track(tree: Tree, inputs: Inputs) -> None:
    """Segment a later month, and say what became of each cohort."""
    folder = tree.make_folder("track")
    for level in ("listing", "seller"):
        later = folder / f"later_{level}"
        more = ("--level", level, "--stability", 0, "--out", later)
        tree.run("track", f"segment_{level}", "segment", inputs.later, *more)
        both = (tree.here / "demo" / "demo", later)
        out = ("--level", level, "--out", folder / f"track_{level}")
        tree.run("track", f"track_{level}", "track", *both, *out)


def run_draw_estimate(tree: Tree, inputs: Inputs) -> None:
    """Draw into fresh stores, answer, draw again, estimate."""
    part, folder = "draw_estimate", tree.make_folder("draw_estimate")
    cohorts = ("--cohorts", tree.here / "demo" / "demo", "--level", "listing")
    store = folder / "listings.db"
    draw = ("draw", inputs.tables, *cohorts, "--store", store)
    tree.run(part, "draw", *draw, "--n", 200, "--shape-share", 0.2, "--seed", 1)
    tree.run_inside(part, "answer_1", "answer_store", store, "anna", 150, 1)
    tree.run(part, "next_wave", *draw, "--n", 80, "--next-wave")
    tree.run_inside(part, "answer_2", "answer_store", store, "boris", 60, 2)
    tree.run_inside(part, "dump", "dump_store", store, folder / "listings.json")
    for name, *more in (
        ("by_cohort", *cohorts),
        ("by_stratum",),
        ("beyond", *cohorts, "--target", "beyond"),
        ("one_reader", "--annotator", "anna", "--role", "all", "--confidence", 0.9),
    ):
        tree.run(part, name, "estimate", store, *more, "--out", folder / name)
    sellers = folder / "sellers.db"
    of_sellers = ("--unit", "seller", "--listings-per-seller", 3, "--n", 30)
    tree.run(
        part, "draw_sellers", "draw", inputs.tables, "--store", sellers, *of_sellers
    )
    tree.run_inside(part, "answer_3", "answer_store", sellers, "anna", 1000, 1)
    tree.run_inside(
        part, "dump_sellers", "dump_store", sellers, folder / "sellers.json"
    )
    tree.run(part, "of_sellers", "estimate", sellers, "--out", folder / "of_sellers")
    planned = ("--store", folder / "planned.db", "--half-width", 0.1)
    tree.run(part, "half_width", "draw", inputs.tables, *cohorts, *planned)


def run_signals_values(tree: Tree, inputs: Inputs) -> None:
    """Write the values of all signals with one's own, in every kind of file."""
    part, folder = "signals_values", tree.make_folder("signals_values")
    for level, kind in (("listing", "parquet"), ("seller", "xlsx"), ("creator", "csv")):
        more = ("--own", inputs.queries[level], "--reasons")
        out = ("--out", folder / f"{level}.{kind}")
        command = ("signals", "values", inputs.tables, "--level", level)
        tree.run(part, level, *command, *more, *out)


def run_signal_cards(tree: Tree, inputs: Inputs) -> None:
    """Write the cards of signals with labels and drift, and print some."""
    part, folder = "signal_cards", tree.make_folder("signal_cards")
    store = inputs.copy_store(folder)
    tree.run(part, "list", "signals", "list")
    tree.run(part, "card", "signals", "card", "B05")
    told = ("signals", "card", "A07", inputs.tables, "--labels", store)
    tree.run(part, "card_of_tables", *told, "--out", folder / "a07.html")
    for level in ("listing", "seller"):
        out = ("--level", level, "--out", folder / f"{level}.html")
        labels = ("--labels", store, "--before", _middle_day(inputs.tables))
        tree.run(part, level, "signals", "cards", inputs.tables, *labels, *out)


def _middle_day(tables: Path) -> str:
    """Give a day by which most of the listings were there."""
    listings = pd.read_parquet(tables / "listings.parquet")
    times = listings.select_dtypes(["datetime", "datetimetz"])
    return times.iloc[:, 0].quantile(0.7).date().isoformat()


def run_hash(tree: Tree, inputs: Inputs) -> None:
    """Hash pictures, good and bad."""
    folder, listed = inputs.photos
    for kind in ("parquet", "csv"):
        out = tree.make_folder("hash") / kind / f"images.{kind}"
        more = ("--listings", listed, "--out", out)
        tree.run("hash", kind, "hash", folder, *more)


def run_real(tree: Tree, inputs: Inputs) -> None:
    """Draft, check and segment every real set; what cannot be read says why."""
    part = "real"
    folder = tree.make_folder(part)
    for name, tables in inputs.real.items():
        drafted = folder / f"{name}.yaml"
        tree.run(part, f"{name}_columns", "columns", tables, "--out", drafted, code=ANY)
        mapped: tuple[Any, ...] = ()
        own = tree.root / "tests" / "real" / "mappings" / f"{name}.yaml"
        if own.exists():  # copied, for messages name its path
            mapped = ("--mapping", shutil.copy(own, folder / f"{name}_own.yaml"))
        tree.run(part, f"{name}_check", "check", tables, *mapped, code=ANY)
        for level in ("listing", "seller") if name == "cartridges" else ("listing",):
            out = (*mapped, "--stability", 2, "--out", folder / f"{name}_{level}")
            segment = ("segment", tables, "--level", level)
            tree.run(part, f"{name}_{level}", *segment, *out, code=ANY)
    if (pictures := REAL_DATA / "images").is_dir():
        listed = folder / "pictures.csv"
        files = sorted(os.listdir(pictures))
        table = pd.DataFrame({"listing_id": files, "file": files})
        table.to_csv(listed, index=False)
        out = ("--listings", listed, "--out", folder / "images.parquet")
        tree.run(part, "images", "hash", pictures, *out)


def run_refusals(tree: Tree, inputs: Inputs) -> None:
    """Ask for what cannot be had: each is one sentence and an exit code."""
    part, folder = "refusals", tree.make_folder("refusals")
    untitled = folder / "untitled.csv"
    untitled.write_text("price,colour\n1.5,red\n2.5,blue\n", encoding="utf-8")
    out, nowhere = folder / "out", folder / "nowhere"
    for name, *words in (
        ("no_tables", "segment", nowhere, "--out", out),
        ("no_title", "segment", untitled, "--out", out),
        ("level", "segment", inputs.tables, "--level", "shop", "--out", out),
        ("seed", "segment", inputs.tables, "--seed", -1, "--out", out),
        ("edits", "segment", inputs.tables, "--edits", nowhere, "--out", out),
        ("labels", "segment", inputs.tables, "--labels", nowhere, "--out", out),
        ("draw", "draw", inputs.tables, "--store", nowhere, "--n", 0),
        (
            "both",
            "draw",
            inputs.tables,
            "--store",
            nowhere,
            "--n",
            9,
            "--half-width",
            1,
        ),
        ("estimate", "estimate", nowhere),
        ("track", "track", nowhere, nowhere),
        ("card", "signals", "card", "Z99"),
        ("ending", "signals", "values", inputs.tables, "--out", folder / "a.doc"),
        ("option", "check", inputs.tables, "--unheard-of"),
        ("demo", "demo", "--out", out, "--listings", 0),
    ):
        tree.run(part, name, *words, code=2)
    tree.run(part, "check", "check", untitled, code=1)


def run_help(tree: Tree, inputs: Inputs) -> None:
    """Print the help of every command."""
    for command in (
        "", "demo", "columns", "check", "hash", "segment", "track", "draw", "label",
        "estimate", "signals", "signals list", "signals card", "signals cards",
        "signals values",
    ):  # fmt: skip
        name = command.replace(" ", "_") or "iprseg"
        tree.run("help", name, *command.split(), "--help")


def _segment(tree: Tree, part: str, tables: Path, *options: Any) -> None:
    out = tree.make_folder(part) / "found"
    tree.run(part, "segment", "segment", tables, *options, "--out", out)


PARTS: dict[str, Callable[[Tree, Inputs], None]] = {
    "help": run_help,
    "hash": run_hash,
    "demo": run_demo,
    "refusals": run_refusals,
    "sellers": run_sellers,
    "creator": run_creator,
    "edits": run_edits,
    "gold": run_gold,
    "track": run_track,
    "draw_estimate": run_draw_estimate,
    "signals_values": run_signals_values,
    "signal_cards": run_signal_cards,
    "real": run_real,
    "listings60k": run_listings60k,
}
NEEDS_NO_DEMO = ("help", "hash", "demo", "real", "listings60k")


def choose_parts(asked: list[str] | None) -> list[str]:
    """Give the parts to run, in order, with the demo where one reads its files."""
    chosen = set(asked or PARTS)
    if chosen - set(NEEDS_NO_DEMO):
        chosen.add("demo")
    return [part for part in PARTS if part in chosen]
