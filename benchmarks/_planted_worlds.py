"""SimulatedMarketplace marketplaces for `benchmarks.planted`, kept on disk between runs."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

LISTINGS_PER_SELLER = 6.25  # as in the demo: 5,000 listings of 800 sellers
_LEVELS = ("listing", "seller", "creator")
# what making blocks and reading truth needs; nothing else is kept
_TABLES = ("listings", "sellers", "orders_daily", "promotions", "creators")


class World(NamedTuple):
    """One marketplace: tables, all signals by level, vectors, and what was planted."""

    tables: dict[str, pd.DataFrame]
    signals: dict[str, pd.DataFrame]
    embeddings: pd.DataFrame
    truth: dict[str, pd.DataFrame]


def load_world(listings: int, evasion: int, seed: int, cache: Path) -> World:
    """Read a world from the cache, or make it and keep it there."""
    folder = cache / f"{listings}_{evasion}_{seed}"
    if not (folder / "done").exists():
        _write(_make(listings, evasion, seed), folder)
    return World(
        *(_read(folder, part) for part in ("tables", "signals")), *_rest(folder)
    )


def _make(listings: int, evasion: int, seed: int) -> World:
    from iprseg import compute_signals, embed_listings, learn_brands, make_marketplace
    from iprseg.tables import Marketplace, Vault
    from iprseg.tables.vault import hide_identities

    sellers = round(listings / LISTINGS_PER_SELLER)
    made = make_marketplace(listings, sellers, evasion, random_state=seed)
    vault = Vault(hashlib.sha256(f"demo {seed}".encode()).digest())
    marketplace = Marketplace.from_frames(hide_identities(made.tables, vault))
    brands = learn_brands(marketplace)
    signals: dict[str, Any] = {
        level: compute_signals(marketplace, level, brands=brands) for level in _LEVELS
    }
    tables = {
        name: getattr(marketplace, name) for name in _TABLES if name in marketplace
    }
    truth = {name: made.truth[name] for name in ("listings", "sellers")}
    return World(tables, signals, embed_listings(marketplace), truth)


def _write(world: World, folder: Path) -> None:
    for part in ("tables", "signals", "truth"):
        (folder / part).mkdir(parents=True, exist_ok=True)
        for name, frame in getattr(world, part).items():
            frame.to_parquet(folder / part / f"{name}.parquet")
    world.embeddings.to_parquet(folder / "embeddings.parquet")
    (folder / "done").touch()


def _read(folder: Path, part: str) -> dict[str, pd.DataFrame]:
    files = sorted((folder / part).glob("*.parquet"))
    return {file.stem: pd.read_parquet(file) for file in files}


def _rest(folder: Path) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    return pd.read_parquet(folder / "embeddings.parquet"), _read(folder, "truth")
