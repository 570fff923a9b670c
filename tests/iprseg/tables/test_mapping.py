import pytest

from iprseg.errors import TableError
from iprseg.tables import ColumnMapping

GOOD = """
tables:
  listings:
    from: [mens.csv, womens.csv]
    encoding: cp1252
    drop: [secret]
    columns:
      listing_id: {row_number: true, prefix: '{file}-'}
      title: name
      brand_field: ''
      price: {from: cost, parse: price, decimal: comma, currency: EUR}
      category_path: {from: [main, sub], join: ' / '}
      market: {constant: BR}
      condition: {from: state, values: {Novo: new}}
      created_at: {from: date, format: ['%d.%m.%Y'], timezone: Europe/Paris}
"""


def test_what_is_written_reads_back_the_same():
    mapping = ColumnMapping.from_yaml(GOOD)
    assert ColumnMapping.from_yaml(mapping.to_yaml()) == mapping
    assert mapping.tables["listings"].columns["brand_field"].constant == ""


def test_hostile_names_read_back_the_same():
    name = "a: b # c\n'\"{}"
    text = ColumnMapping.from_yaml(GOOD).to_yaml()
    rule = ColumnMapping.from_yaml(text).tables["listings"].columns["title"]
    odd = ColumnMapping.from_yaml(GOOD)
    odd.tables["listings"].columns["title"] = type(rule)(source=(name,))
    again = ColumnMapping.from_yaml(odd.to_yaml())
    assert again.tables["listings"].columns["title"].source == (name,)


def listing(*lines):
    return "tables:\n  listings:\n    from: a.csv\n    columns:\n" + "".join(
        f"      {line}\n" for line in lines
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tables: [", "malformed at line 1"),
        ("a: *b", "malformed"),
        ("", "must begin with 'tables:'"),
        ("tables: 3", "must begin with 'tables:'"),
        ("tables: {}\nother: 1", "key 'other' is not known"),
        ("tables: {lisings: {from: a}}", "did you mean 'listings'"),
        ("tables: {listings: a.csv}", "must have the keys 'from', 'columns'"),
        ("tables: {listings: {columns: {title: t}}}", "must say with 'from'"),
        ("tables: {listings: {from: 3}}", "must be a name or a list of names"),
        ("tables: {listings: {from: a, colums: {}}}", "did you mean 'columns'"),
        ("tables: {listings: {from: a, columns: [title]}}", "lines like 'title: name'"),
        (listing("titel: name"), "did you mean 'title'"),
        (listing("title: 3"), "must be the name of a source column"),
        (listing("title: {from: a, prase: price}"), "did you mean 'parse'"),
        (listing("price: {from: a, parse: money}"), "'parse' 'money' is not known"),
        (listing("price: {from: a, decimal: dot}"), "'decimal' 'dot' is not known"),
        (listing("title: {parse: text}"), "exactly one of 'from', 'constant'"),
        (listing("title: {from: a, constant: b}"), "exactly one of 'from', 'constant'"),
        (listing("title: {from: a, values: b}"), "'values' must be pairs"),
        (listing("title: {row_number: 3}"), "'row_number' must be true or false"),
        (listing("title: {from: a, prefix: 3}"), "'prefix' must be a text"),
    ],
)
def test_a_mistake_is_one_clear_sentence(text, sentence):
    with pytest.raises(TableError, match=sentence):
        ColumnMapping.from_yaml(text)


def test_no_mapping_file(tmp_path):
    with pytest.raises(
        TableError, match=r"mapping .*none.yaml' cannot be read: No such file"
    ):
        ColumnMapping.read(tmp_path / "none.yaml")


def test_mapping_file_in_another_encoding(tmp_path):
    file = tmp_path / "m.yaml"
    file.write_bytes("tables: {é: 1}".encode("latin-1"))
    with pytest.raises(TableError, match="is not UTF-8"):
        ColumnMapping.read(file)


def test_yaml_cannot_make_objects():
    with pytest.raises(TableError, match="malformed"):
        ColumnMapping.from_yaml("tables: !!python/object/apply:os.getcwd []")
