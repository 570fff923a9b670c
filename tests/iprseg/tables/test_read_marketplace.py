import pandas as pd
import pytest

from iprseg.errors import IprsegError, TableError
from iprseg.tables.checks import CheckReport, ProblemLog
from iprseg.tables.marketplace import drop_identities, read_marketplace
from iprseg.tables.vault import Vault


def write(folder, **tables):
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)


def test_reading_checks_hides_and_holds(tmp_path, monkeypatch):
    monkeypatch.setenv("IPRSEG_VAULT_KEY", "0123456789abcdef" * 4)
    write(
        tmp_path,
        listings=pd.DataFrame(
            {"listing_id": ["l1"], "title": ["Aurelle"], "created_at": ["2024-01-01"]}
        ),
        seller_identity=pd.DataFrame(
            {"seller_id": ["s1"], "email": ["a@mail.example"]}
        ),
    )
    marketplace = read_marketplace(tmp_path)
    assert isinstance(marketplace.check, CheckReport)
    assert marketplace.listings.loc["l1", "created_at"] == pd.Timestamp(
        "2024-01-01", tz="UTC"
    )
    assert "email" not in marketplace.seller_identity
    assert marketplace.seller_identity["email_domain"].tolist() == ["mail.example"]
    assert "a@mail" not in str(marketplace.check) + marketplace.check._repr_html_()


def test_reading_identities_without_a_key_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("IPRSEG_VAULT_KEY", raising=False)
    monkeypatch.delenv("IPRSEG_VAULT_KEY_FILE", raising=False)
    write(
        tmp_path,
        listings=pd.DataFrame({"listing_id": ["l1"], "title": ["Aurelle"]}),
        seller_identity=pd.DataFrame(
            {"seller_id": ["s1"], "email": ["a@mail.example"]}
        ),
    )
    with pytest.raises(IprsegError, match=r"seller_identity.email.*make one with"):
        read_marketplace(tmp_path)


def test_reading_what_cannot_be_used_gives_all_reasons(tmp_path):
    write(tmp_path, listings=pd.DataFrame({"listing_id": ["l1"], "price": [3]}))
    with pytest.raises(TableError, match="title"):
        read_marketplace(tmp_path)


def test_the_report_keeps_no_identity(tmp_path):
    long_name = "Ada Example " * 3
    write(
        tmp_path,
        listings=pd.DataFrame({"listing_id": ["l1"], "title": ["Aurelle"]}),
        seller_identity=pd.DataFrame(
            {"seller_id": ["s1", "s1"], "name": [long_name, "Ada Other"]}
        ),
    )
    check = read_marketplace(tmp_path, key=Vault(bytes(range(32)))).check
    assert check.set_aside["seller_identity"]["seller_id"].tolist() == ["s1"]
    everything = [check.problems, *check.set_aside.values(), check.columns]
    assert "Ada" not in " ".join(frame.to_csv() for frame in everything)


def test_a_quoted_identity_is_taken_out_of_the_report():
    book = ProblemLog("test")
    told = {"what": "is odd", "done": "kept", "examples": ["Ada"]}
    book.add("note", "seller_identity", "name", **told)
    book.add("note", "brands", "name", **told)
    report = book.report(pd.DataFrame(), pd.DataFrame(), None)
    examples = drop_identities(report).problems["examples"]
    assert examples.tolist() == ["", "'Ada'"]
    assert report.problems["examples"].tolist() == ["'Ada'", "'Ada'"]
