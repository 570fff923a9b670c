"""Where the vault's key comes from, and what is refused as one."""

import hashlib
import hmac
import os
from pathlib import Path

from iprseg.errors import IprsegError

KEY_VARIABLE = "IPRSEG_VAULT_KEY"
FILE_VARIABLE = "IPRSEG_VAULT_KEY_FILE"
MIN_KEY_BYTES = 32
MIN_DISTINCT_BYTES = 8
HOW_TO_MAKE = (
    'make one with `python -c "import secrets; print(secrets.token_hex(32))"` and put '
    f"it in the environment variable {KEY_VARIABLE}, or in a file outside every git "
    f"repository, readable by you alone, whose path is in {FILE_VARIABLE}"
)


def find_key(key_file: str | os.PathLike[str] | None = None) -> bytes | None:
    """Return the master key from a file or the environment, if there is one."""
    if key_file is not None:
        return read_key_file(key_file)
    text, path = os.environ.get(KEY_VARIABLE), os.environ.get(FILE_VARIABLE)
    if text and path:
        raise IprsegError(
            f"Both {KEY_VARIABLE} and {FILE_VARIABLE} are set, and they may hold two "
            "different vault keys: unset one of them."
        )
    if text:
        return check_key(text.strip().encode(), f"the variable {KEY_VARIABLE}")
    return read_key_file(path) if path else None


def read_key_file(path: str | os.PathLike[str]) -> bytes:
    """Read the key from a file that only its owner can read."""
    file = Path(path).expanduser()
    if not file.is_file():
        raise IprsegError(f"The vault key file '{file}' is not a file: {HOW_TO_MAKE}.")
    _refuse_repository(file)
    if os.name == "posix" and file.stat().st_mode & 0o077:
        raise IprsegError(
            f"The vault key file '{file}' can be opened by other users: run "
            f"`chmod 600 '{file}'`, and make a new key if others may have read it."
        )
    try:
        content = file.read_bytes()
    except OSError as error:
        raise IprsegError(
            f"The vault key file '{file}' cannot be read: {error.strerror}."
        ) from error
    return check_key(content.strip(b"\r\n\t "), f"the file '{file}'")


def _refuse_repository(file: Path) -> None:
    """Refuse a key that one ``git add`` would publish (links are looked through)."""
    folders = {*file.absolute().parents, *file.resolve().parents}
    for folder in sorted(folders):
        if (folder / ".git").exists():
            raise IprsegError(
                f"The vault key file '{file}' lies in the git repository '{folder}': "
                "move it out, and make a new key if it was ever committed."
            )


def check_key(key: bytes, place: str) -> bytes:
    """Refuse a key that can be guessed; the message never shows any of it."""
    if not isinstance(key, bytes):
        raise IprsegError(
            f"The vault key from {place} must be bytes; got {type(key).__name__}."
        )
    if len(key) < MIN_KEY_BYTES:
        raise IprsegError(
            f"The vault key from {place} has {len(key)} bytes and needs at least "
            f"{MIN_KEY_BYTES}: {HOW_TO_MAKE}."
        )
    if len(set(key)) < MIN_DISTINCT_BYTES:
        raise IprsegError(
            f"The vault key from {place} repeats the same few characters and could be "
            f"guessed: {HOW_TO_MAKE}."
        )
    return key


def derive_key(master: bytes, purpose: str) -> bytes:
    """Derive one purpose's key; nothing about the others follows from it."""
    return hmac.digest(master, b"iprseg vault 1\x00" + purpose.encode(), hashlib.sha256)
