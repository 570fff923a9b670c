"""A synthetic marketplace streamed to Parquet, batch by batch."""

from contextlib import ExitStack
from os import PathLike
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from iprseg.simulate._batches import Parts, checked_world, make_batches


def write_marketplace(
    path: str | PathLike[str],
    n_listings: int = 5000,
    n_sellers: int = 800,
    evasion: int = 0,
    random_state: int = 0,
) -> Path:
    """Write what ``make_marketplace`` makes to Parquet files, in bounded memory.

    Parameters
    ----------
    path : str or path-like
        Folder for one file per table; it is made if needed. The truth goes to its
        folder ``truth``. Files of the same names are replaced.
    n_listings, n_sellers, evasion, random_state
        As for ``make_marketplace``; the same arguments give the same content.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    IprsegError
        If a parameter is out of its range.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_marketplace(folder, n_listings=50, n_sellers=5)
    ...     sorted(file.name for file in (path / "truth").iterdir())[:2]
    ['behaviours.parquet', 'listings.parquet']
    """
    world = checked_world(
        n_listings, n_sellers, evasion, random_state, "write_marketplace"
    )
    folder = Path(path)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        writers: dict[Path, pq.ParquetWriter] = {}
        for tables, truth in make_batches(world):
            _append(tables, folder, writers, stack)
            _append(truth, folder / "truth", writers, stack)
    return folder


def _append(
    parts: Parts, folder: Path, writers: dict[Path, pq.ParquetWriter], stack: ExitStack
) -> None:
    for name, table in parts.items():
        file = folder / f"{name}.parquet"
        if file not in writers:
            writer = pq.ParquetWriter(file, table.schema, compression="zstd")
            writers[file] = stack.enter_context(writer)
        writers[file].write_table(_like(table, writers[file].schema))


def _like(table: pa.Table, schema: pa.Schema) -> pa.Table:
    return table if table.schema == schema else table.cast(schema)
