import pytest
import typer
from typer.testing import CliRunner

from iprseg.cli.check import check_command
from iprseg.errors import TableError

app = typer.Typer()
app.command()(check_command)


def run(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_one_report_and_exit_codes(tmp_path):
    (tmp_path / "listings.csv").write_text("listing_id,title\n1,Hat\n1,Cap\n")
    good = run(tmp_path)
    assert good.exit_code == 0
    assert "1 of 2 rows kept" in good.output
    (tmp_path / "listings.csv").write_text("listing_id,price\n1,x\n")
    bad = run(tmp_path)
    assert bad.exit_code == 1
    assert "listings.title: is required and not there" in bad.output
    assert "listings.price: cannot be read" in bad.output


def test_a_mapping_is_applied(tmp_path):
    (tmp_path / "a.csv").write_text("k,n\n1,Hat\n")
    rules = tmp_path / "m.yaml"
    rules.write_text(
        "tables: {listings: {from: a, columns: {listing_id: k, title: n}}}"
    )
    result = run(tmp_path, "--mapping", rules)
    assert result.exit_code == 0
    assert "title ← n" in result.output


def test_wrong_path():
    with pytest.raises(TableError, match="no file or folder 'no/where'"):
        check_command("no/where")


def test_help_is_for_newcomers():
    text = run("--help").output
    assert "List every problem of your tables at once" in text
