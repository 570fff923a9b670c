import json

import pandas as pd
import pytest

from iprseg.errors import TableError
from iprseg.tables import ColumnMapping, check_tables, load_tables


def write(folder, name, text):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def mapping(**columns):
    lines = "".join(f"      {name}: {rule}\n" for name, rule in columns.items())
    return ColumnMapping.from_yaml(
        f"tables:\n  listings:\n    from: a.csv\n    columns:\n{lines}"
    )


def problem(report, what):
    """The one problem whose text holds `what`."""
    rows = report.problems[report.problems["what"].str.contains(what, regex=False)]
    assert len(rows) == 1, report.problems["what"].tolist()
    return rows.iloc[0]


def frames(**tables):
    return {name: pd.DataFrame(columns) for name, columns in tables.items()}


LISTINGS = {"listing_id": ["a", "b"], "title": ["Hat", "Cap"]}


def test_a_clean_table_has_no_problem():
    tables, report = load_tables(frames(listings=LISTINGS))
    assert report.ok
    assert report.problems.empty
    assert tables["listings"]["title"].tolist() == ["Hat", "Cap"]


def test_the_given_frame_is_not_changed():
    given = frames(listings={**LISTINGS, "price": ["1", "N/A"]})
    before = given["listings"].copy()
    load_tables(given)
    pd.testing.assert_frame_equal(given["listings"], before)


def test_an_index_that_names_rows_is_a_column():
    frame = pd.DataFrame(LISTINGS).set_index("listing_id")
    assert load_tables({"listings": frame})[0]["listings"]["listing_id"].tolist() == [
        "a",
        "b",
    ]


def test_rules_make_columns(tmp_path):
    file = write(
        tmp_path,
        "a.csv",
        'name,cost,main,sub,state\nHat,"₹1,089",A,B,Novo\nCap,₹59,A,,old\n',
    )
    rules = mapping(
        listing_id="{row_number: true, prefix: '{file}-'}",
        title="name",
        brand_field="''",
        price="{from: cost, decimal: point}",
        category_path="{from: [main, sub]}",
        market="{constant: IN}",
        condition="{from: state, values: {Novo: new}}",
        tags="{file_name: true, prefix: 'from '}",
    )
    listings = load_tables(file, rules)[0]["listings"]
    assert listings["listing_id"].tolist() == ["a-0", "a-1"]
    assert listings["brand_field"].tolist() == ["", ""]
    assert listings["price"].tolist() == [1089.0, 59.0]
    assert listings["currency"].tolist() == ["INR", "INR"]
    assert listings["category_path"].tolist() == ["A > B", "A"]
    assert listings["condition"].tolist() == ["new", "old"]
    assert listings["tags"].tolist() == ["from a", "from a"]


def test_several_files_feed_one_table_and_others_are_named(tmp_path):
    for name in ("mens", "womens", "notes"):
        write(tmp_path, f"{name}.csv", f"name,kind\n{name} hat,x\n")
    rules = ColumnMapping.from_yaml(
        "tables: {listings: {from: [mens, womens.csv], drop: [kind], columns: "
        "{listing_id: {row_number: true, prefix: '{file}-'}, title: name}}}"
    )
    tables, report = load_tables(tmp_path, rules)
    assert tables["listings"]["listing_id"].tolist() == ["mens-0", "womens-0"]
    assert list(tables["listings"]) == ["listing_id", "title"]
    assert problem(report, "no table of the mapping")["table"] == "notes.csv"


def test_other_columns_keep_their_names_unless_the_name_is_taken(tmp_path):
    file = write(tmp_path, "a.csv", "listing_id,title,price,now,sold\n1,Hat,3,4,5\n")
    rules = mapping(listing_id="listing_id", title="title", price="now")
    listings = load_tables(file, rules)[0]["listings"]
    assert listings["price"].tolist() == [4.0]
    assert listings["source_price"].tolist() == ["3"]
    assert listings["sold"].tolist() == ["5"]


def test_a_canonical_column_that_the_mapping_forgot_is_parsed(tmp_path):
    file = write(tmp_path, "a.csv", "id,name,price\n1,Hat,€3\n")
    listings = load_tables(file, mapping(listing_id="id", title="name"))[0]["listings"]
    assert listings["price"].tolist() == [3.0]


def test_a_mapping_to_a_column_that_does_not_exist(tmp_path):
    file = write(tmp_path, "a.csv", "id,name\n1,Hat\n")
    report = check_tables(file, mapping(listing_id="id", title="name", price="cost"))
    row = problem(report, "'cost', a column that a.csv does not have")
    assert (row["severity"], row["column"]) == ("error", "price")
    assert "(it has 'id', 'name')" in row["what"]
    with pytest.raises(
        TableError, match=r"listings.price: the mapping takes it from 'cost'"
    ):
        report.raise_for_errors()


def test_a_mapping_to_a_file_that_does_not_exist(tmp_path):
    write(tmp_path, "b.csv", "id,name\n1,Hat\n")
    report = check_tables(tmp_path, mapping(listing_id="id", title="name"))
    assert problem(report, "'a.csv' is not in")["severity"] == "error"


def test_a_parser_that_does_not_fit_the_contract(tmp_path):
    file = write(tmp_path, "a.csv", "id,name,cost\n1,Hat,3\n")
    rules = mapping(listing_id="id", title="name", price="{from: cost, parse: text}")
    row = problem(check_tables(file, rules), "holds str, which the contract")
    assert (row["severity"], row["column"]) == ("error", "price")


def test_types_after_loading():
    listings = {**LISTINGS, "price": ["1", "2"], "created_at": ["2024-01-02", None]}
    dtypes = load_tables(frames(listings=listings))[0]["listings"].dtypes.astype(str)
    assert dtypes["price"] == "float64"
    assert dtypes["created_at"] == "datetime64[us, UTC]"
    assert dtypes["title"] in ("str", "string")


def test_private_values_are_neither_shown_nor_set_aside():
    identity = {
        "seller_id": ["s1", "s1"],
        "phone": ["+55 11 5555", "+55 11 6666"],
        "email": ["a@example.org", "b@example.org"],
    }
    sellers = {"seller_id": ["s1", None], "telefone": ["+55 11 7777", "+55 11 8888"]}
    tables, report = load_tables(frames(seller_identity=identity, sellers=sellers))
    assert tables["sellers"]["phone"].tolist() == ["+55 11 7777"]
    aside = " ".join(f.to_csv() for f in report.set_aside.values())
    everything = str(report) + report._repr_html_() + report.problems.to_csv() + aside
    assert "5555" not in everything
    assert "7777" not in everything
    assert "example.org" not in everything
    assert problem(report, "looks like an identity")["column"] == "telefone"


def test_what_is_used_without_a_mapping(tmp_path):
    write(tmp_path, "listings.csv", "listing_id,title\n1,Hat\n")
    assert check_tables(tmp_path).problems.empty
    write(
        tmp_path,
        "mapping.yaml",
        "tables: {listings: {from: listings, columns: "
        "{listing_id: listing_id, title: title, market: {constant: BR}}}}",
    )
    tables, report = load_tables(tmp_path)
    assert tables["listings"]["market"].tolist() == ["BR"]
    assert problem(report, "mapping.yaml lies beside")["severity"] == "note"


def test_a_guessed_mapping_is_never_silent(tmp_path):
    file = write(tmp_path, "anuncios.csv", "codigo;titulo;preco\n1;Bolsa;R$ 64,00\n")
    tables, report = load_tables(file)
    assert tables["listings"]["price"].tolist() == [64.0]
    row = problem(report, "columns were guessed")
    assert row["severity"] == "warning"
    assert "title ← titulo" in row["what"]


def test_a_folder_in_which_nothing_is_recognised(tmp_path):
    write(tmp_path, "a.csv", "x,y\n1,2\n")
    tables, report = load_tables(tmp_path)
    assert tables == {}
    assert problem(report, "fit no canonical table")["table"] == "a.csv"
    assert not report.ok


def test_oddities_of_a_file_are_told_once(tmp_path):
    write(tmp_path, "listings.csv", "listing_id,title,price\n1,Hat\n2,Cap,3\n")
    assert problem(check_tables(tmp_path), "fewer than 3 values")["n"] == 1


def test_nothing_to_check():
    with pytest.raises(TableError, match="no table to check"):
        check_tables({})


def test_frames_with_unknown_names_are_told():
    report = check_tables(frames(listings=LISTINGS, truth={"x": [1]}))
    assert problem(report, "no table of the mapping")["table"] == "truth"


def test_a_malformed_mapping_file(tmp_path):
    file = write(tmp_path, "a.csv", "id,name\n1,Hat\n")
    bad = write(tmp_path, "m.yaml", "tables: [")
    with pytest.raises(TableError, match=r"'m.yaml' is malformed at line 1"):
        check_tables(file, bad)


@pytest.mark.parametrize("name", ["a.csv", "listings.csv"])
def test_a_title_alone_is_enough(tmp_path, name):
    path = tmp_path / name
    path.write_text("title\nHat\nCap\n")
    frames, report = load_tables(path)
    assert report.ok
    assert frames["listings"]["title"].tolist() == ["Hat", "Cap"]
    assert frames["listings"]["listing_id"].tolist() == ["listing-0", "listing-1"]
    assert "no column looks like an id" in report.problems["what"].tolist()
    assert not report.problems["what"].str.contains("were guessed").any()


def test_without_a_title_the_columns_present_are_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n")
    with pytest.raises(TableError, match=r"of a listing: a\.csv has 'x', 'y'"):
        load_tables(path)[1].raise_for_errors()


def test_the_columns_of_a_wide_table_are_cut_short():
    wide = pd.DataFrame([[1] * 32], columns=[f"c{i}" for i in range(32)])
    what = load_tables({"x": wide})[1].problems["what"].iloc[0]
    assert what.endswith("'c29' and 2 more")


def test_names_of_other_shops_and_the_currency_of_a_header(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Item No;Titel;Preis (EUR);Händler;Farbe\n7;Hut;5,00;H1;rot\n")
    frames, report = load_tables(path)
    row = frames["listings"].iloc[0]
    assert row[["listing_id", "title", "seller_id"]].tolist() == ["7", "Hut", "H1"]
    assert (row["price"], row["currency"]) == (5.0, "EUR")
    assert "columns not used: 'Farbe'" in report.problems["what"].tolist()


@pytest.mark.parametrize(
    ("header", "code"), [("Price [USD]", "USD"), ("price_usd", "USD"), ("Price", None)]
)
def test_a_header_states_a_currency_or_does_not(header, code):
    rule = {"title": "Title", "price": header}
    text = f"tables: {{listings: {{from: a, columns: {json.dumps(rule)}}}}}"
    frame = pd.DataFrame({"listing_id": ["1"], "Title": ["Hat"], header: ["5"]})
    frames, _ = load_tables({"a": frame}, ColumnMapping.from_yaml(text))
    assert frames["listings"].get("currency", pd.Series([None]))[0] == code


@pytest.mark.parametrize(
    ("header", "texts", "kept"),
    [
        ("umsatz", ["€ 10,50", "7.00", "US$ 3.00"], [None, 7.0, 3.0]),
        ("Umsatz (EUR)", ["10.50", "7.00", "3.00"], [None, None, None]),
        ("gmv_usd", ["10.50", "7.00", "3.00"], [10.5, 7.0, 3.0]),
    ],
)
def test_euros_are_never_taken_for_dollars(header, texts, kept):
    columns = {"listing_id": "id", "date": "day", "gmv_usd": header}
    rule = {"listings": {"from": "a", "columns": {"listing_id": "id", "title": "t"}}}
    rule["orders_daily"] = {"from": "b", "columns": columns}
    listings = pd.DataFrame({"id": ["1"], "t": ["Hat"]})
    sold = pd.DataFrame({"id": "1", "day": "2024-05-17", header: texts})
    mapped = ColumnMapping.from_yaml(json.dumps({"tables": rule}))
    frames, report = load_tables({"a": listings, "b": sold}, mapped)
    found = frames["orders_daily"]["gmv_usd"]
    assert [None if pd.isna(one) else one for one in found] == kept
    if None in kept:
        told = problem(report, "states another currency than US dollars")
        assert told["n"] == kept.count(None) and told["column"] == "gmv_usd"


def test_many_unused_columns_are_cut_short():
    wide = pd.DataFrame([["a"] * 34], columns=["title", *(f"c{i}" for i in range(33))])
    problems = load_tables({"listings": wide})[1].problems
    assert problems["what"].str.endswith("'c29' and 3 more").any()
