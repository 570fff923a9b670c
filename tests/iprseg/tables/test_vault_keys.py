import os
import subprocess

import pytest

from iprseg.errors import IprsegError
from iprseg.tables.vault import FILE_VARIABLE, KEY_VARIABLE, Vault

KEY = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def no_key_around(monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.delenv(FILE_VARIABLE, raising=False)


@pytest.fixture
def key_file(tmp_path):
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    file.chmod(0o600)
    return file


def test_one_key_from_three_places_is_one_key(key_file, monkeypatch):
    by_path = Vault.open(key_file).key_id
    monkeypatch.setenv(FILE_VARIABLE, str(key_file))
    by_file_variable = Vault.open().key_id
    monkeypatch.delenv(FILE_VARIABLE)
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    assert (
        by_path == by_file_variable == Vault.open().key_id == Vault(KEY.encode()).key_id
    )


def test_the_argument_comes_before_the_environment(key_file, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, KEY[::-1])
    assert Vault.open(key_file).key_id == Vault(KEY.encode()).key_id


def test_without_a_key_the_message_gives_a_command_that_makes_one():
    with pytest.raises(IprsegError, match="has no key: make one with") as caught:
        Vault.open()
    command = str(caught.value).split("`")[1]
    made = subprocess.run(command, shell=True, capture_output=True, check=True)
    assert Vault(made.stdout.strip()).domain == "analytics"


def test_two_keys_in_the_environment_are_refused(key_file, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    monkeypatch.setenv(FILE_VARIABLE, str(key_file))
    with pytest.raises(IprsegError, match=r"Both IPRSEG_VAULT_KEY and .* unset one"):
        Vault.open()


@pytest.mark.parametrize("variable", [KEY_VARIABLE, None])
def test_a_short_key_is_refused_and_not_shown(variable, key_file, monkeypatch):
    short = "k3y-of-thirty-one-bytes-exactly"
    assert len(short) == 31
    if variable:
        monkeypatch.setenv(variable, short)
    key_file.write_text(short)
    with pytest.raises(
        IprsegError, match="has 31 bytes and needs at least 32"
    ) as caught:
        Vault.open(None if variable else key_file)
    assert short not in str(caught.value)


def test_a_repetitive_key_is_refused():
    with pytest.raises(IprsegError, match="repeats the same few characters"):
        Vault(b"abc" * 20)


def test_a_key_that_is_no_bytes_is_refused():
    with pytest.raises(IprsegError, match="must be bytes; got str"):
        Vault(KEY)


def test_an_absent_key_file_is_named(tmp_path):
    with pytest.raises(IprsegError, match="nowhere' is not a file"):
        Vault.open(tmp_path / "nowhere")


@pytest.mark.parametrize("git", ["folder", "file"])  # a worktree's .git is a file
def test_a_key_file_in_a_repository_is_refused(tmp_path, git):
    marker = tmp_path / ".git"
    marker.mkdir() if git == "folder" else marker.write_text("gitdir: elsewhere")
    file = tmp_path / "deep" / "key"
    file.parent.mkdir()
    file.write_text(KEY)
    file.chmod(0o600)
    with pytest.raises(IprsegError, match="lies in the git repository"):
        Vault.open(file)


def test_a_link_out_of_a_repository_does_not_help(tmp_path, key_file):
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    inside = repository / "key"
    key_file.rename(inside)
    link = tmp_path / "link"
    link.symlink_to(inside)
    with pytest.raises(IprsegError, match="lies in the git repository"):
        Vault.open(link)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_file_that_others_can_open_is_refused(key_file, mode):
    key_file.chmod(mode)
    with pytest.raises(
        IprsegError, match="can be opened by other users: run `chmod 600"
    ):
        Vault.open(key_file)


def test_a_key_file_that_cannot_be_read_is_one_sentence(key_file, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(IprsegError, match="cannot be read: Permission denied"):
        Vault.open(key_file)


def test_an_unknown_domain_is_refused():
    with pytest.raises(IprsegError, match="'domain' parameter of Vault must be one of"):
        Vault(os.urandom(32), domain="marketing")
