"""Read a marketplace: load, check, hide identities, hold."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from iprseg.tables._frames import prepare_tables
from iprseg.tables._marketplace import Marketplace
from iprseg.tables.vault import hide_identities, identity_columns, is_identity

if TYPE_CHECKING:
    from iprseg.tables.report import CheckReport
    from iprseg.tables.vault import Vault


def read_marketplace(
    source: Any,
    mapping: Any = None,
    key: "str | os.PathLike[str] | Vault | None" = None,
) -> Marketplace:
    r"""Read tables, check them, and put their identities through the vault.

    Parameters
    ----------
    source : path or str
        Folder or file of CSV, Parquet or Excel, a DuckDB file, or an SQLAlchemy URL.
    mapping : path or Mapping, optional
        How source columns become canonical ones; see :func:`iprseg.draft_mapping`.
    key : path or Vault, optional
        Key file of the vault, or an open vault; else the key comes from the
        environment (see :meth:`Vault.open`). Needed only when there are identities.

    Returns
    -------
    Marketplace
        With ``check``, the report of everything found while reading.

    Raises
    ------
    TableError
        When the source cannot be read or tables cannot be used; all reasons at once.
    IprsegError
        When there are identities and no key for the vault.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> file = pathlib.Path(folder.name) / "listings.csv"
    >>> _ = file.write_text("listing_id,title,price\nl1,Aurelle perfume,12.50\n")
    >>> mp = read_marketplace(folder.name)
    >>> mp.listings.loc["l1", "price"].item(), mp.check.ok
    (12.5, True)
    >>> folder.cleanup()
    """
    from iprseg.tables.load import load_tables

    tables, report = load_tables(source, mapping)
    report.raise_for_errors()
    hidden = hide_identities(tables, key)
    return Marketplace(prepare_tables(hidden), check=_without_identities(report))


def _without_identities(report: "CheckReport") -> "CheckReport":
    """Drop the raw identities that a report quotes or keeps in rows set aside."""
    problems = report.problems.copy()
    places = zip(problems["table"], problems["column"], strict=True)
    raw = [is_identity(table, column) for table, column in places]
    problems.loc[raw, "examples"] = ""
    set_aside = {
        table: rows.drop(columns=identity_columns(rows.drop(columns="why"), table))
        for table, rows in report.set_aside.items()
    }
    return replace(report, problems=problems, set_aside=set_aside)
