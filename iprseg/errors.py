"""The errors a user meets: one sentence each, what is wrong, where, what to do."""


class IprsegError(ValueError):
    """Any problem with what the user gave; its text is one sentence for the user."""


class TableError(IprsegError):
    """A table, file, column or mapping that cannot be used as it is."""


class MissingExtraError(ImportError):
    """An optional package is not installed; the text names the extra to install."""
