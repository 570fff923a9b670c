import pytest
import typer
from typer.testing import CliRunner

from iprseg.cli.columns import columns_command
from iprseg.errors import TableError
from iprseg.tables import ColumnMapping

app = typer.Typer()
app.command()(columns_command)


def run(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "anuncios.csv"
    path.write_text("id,titulo,preco_original\n1,Bolsa,\n", encoding="utf-8")
    return path


def test_draft_and_what_it_allows(file):
    result = run(file)
    assert result.exit_code == 0
    assert "title: titulo" in result.output
    assert "yes of listings" in result.output
    assert "no  of sellers: listings.seller_id is not there" in result.output


def test_the_screen_holds_the_mapping_alone(file):
    result = run(file)
    assert "listings" in ColumnMapping.from_yaml(result.stdout).tables
    assert "Signals:" in result.stderr
    assert "Signals:" not in result.stdout


def test_the_file_written_is_a_mapping(file, tmp_path):
    out = tmp_path / "new" / "mapping.yaml"
    assert run(file, "--out", out).exit_code == 0
    assert ColumnMapping.read(out).tables["listings"].columns["title"].source == (
        "titulo",
    )


def test_a_mapping_is_never_overwritten(file, tmp_path):
    with pytest.raises(TableError, match="is there already: give --out another name"):
        columns_command(str(file), file)


def test_nothing_recognised(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n")
    with pytest.raises(TableError, match=r"of a listing: a\.csv has 'x', 'y'"):
        columns_command(str(path), None)
