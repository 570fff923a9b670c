"""The errors of the library, and the import of a package that may be missing."""

import importlib
from types import ModuleType


class IprsegError(ValueError):
    """Any problem with what the user gave; its text is one sentence for the user."""


class TableError(IprsegError):
    """A table, file, column or mapping that cannot be used as it is."""


class MissingExtraError(ImportError):
    """An optional package is not installed; the text names the extra to install."""


def import_optional(name: str, extra: str, purpose: str) -> ModuleType:
    """Import a package that only an extra brings.

    Parameters
    ----------
    name : str
        Module to import, such as ``"model2vec"``.
    extra : str
        The extra of iprseg that installs it, such as ``"text"``.
    purpose : str
        What the caller needs it for, as the end of "... is needed to".

    Returns
    -------
    module
        The imported module.

    Raises
    ------
    MissingExtraError
        When the package is not installed; nothing else is tried in its place.

    Examples
    --------
    >>> import_optional("json", "text", "read").__name__
    'json'
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != package:
            raise  # the package is there and fails for a reason of its own
        raise MissingExtraError(
            f"{package} is needed to {purpose} and is not installed: "
            f"run `pip install 'iprseg[{extra}]'`."
        ) from error
