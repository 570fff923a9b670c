"""The one place where names and values become part of a query."""

from iprseg.errors import IprsegError


def quote_identifier(name: str) -> str:
    """Quote a table or column name, so that no name can end the quotes.

    Parameters
    ----------
    name : str
        Any name, such as one found in a user's file.

    Returns
    -------
    str
        The name as an SQL identifier.

    Raises
    ------
    IprsegError
        When the name is empty, not text, or holds a NUL character.

    Examples
    --------
    >>> quote_identifier('price "now"; DROP TABLE x')
    '"price ""now""; DROP TABLE x"'
    """
    _check_text(name, "A table or column name")
    if not name:
        raise IprsegError("A table or column name in a query must not be empty.")
    return '"' + name.replace('"', '""') + '"'


def quote_literal(value: str) -> str:
    """Quote a text value, for queries that are shown and cannot carry parameters.

    Parameters
    ----------
    value : str
        Any text.

    Returns
    -------
    str
        The value as an SQL string literal.

    Raises
    ------
    IprsegError
        When the value is not text or holds a NUL character.

    Examples
    --------
    >>> quote_literal("women's")
    "'women''s'"
    """
    _check_text(value, "A text value")
    return "'" + value.replace("'", "''") + "'"


def _check_text(text: object, what: str) -> None:
    if not isinstance(text, str) or "\x00" in text:
        raise IprsegError(
            f"{what} in a query must be text without NUL characters; got {text!r}."
        )
