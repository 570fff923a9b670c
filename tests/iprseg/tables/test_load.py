import pandas as pd
import pytest

from iprseg.errors import TableError
from iprseg.tables import Mapping, check_tables, load_tables


def write(folder, name, text):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def mapping(**columns):
    lines = "".join(f"      {name}: {rule}\n" for name, rule in columns.items())
    return Mapping.from_yaml(
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
    rules = Mapping.from_yaml(
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


def test_missing_required_column_names_what_is_there():
    report = check_tables(frames(listings={"listing_id": ["a"], "name": ["Hat"]}))
    row = problem(report, "is required and not there")
    assert (row["severity"], row["column"]) == ("error", "title")
    assert "the table has 'listing_id', 'name'" in row["what_was_done"]
    assert not report.ok


def test_two_listings_with_one_id_keep_the_first_and_account_for_the_others():
    listings = {"listing_id": list("aabb"), "title": ["Hat", "Hat", "Cap", "Cup"]}
    tables, report = load_tables(frames(listings=listings))
    assert tables["listings"]["title"].tolist() == ["Hat", "Cap"]
    assert problem(report, "repeat an earlier row in full")["n"] == 1
    row = problem(report, "have the id of an earlier row and differ from it")
    assert (row["severity"], row["n"], row["examples"]) == ("warning", 1, "'b'")
    assert report.set_aside["listings"]["title"].tolist() == ["Hat", "Cup"]
    summary = report.tables.set_index("table").loc["listings"]
    assert summary[["rows_read", "rows_kept", "rows_set_aside"]].tolist() == [4, 2, 2]
    assert report.ok


def test_rows_without_an_id_are_set_aside():
    listings = {"listing_id": ["a", None, "N/A"], "title": ["Hat", "Cap", "Cup"]}
    tables, report = load_tables(frames(listings=listings))
    assert len(tables["listings"]) == 1
    assert problem(report, "rows without an id")["n"] == 2
    assert report.set_aside["listings"]["why"].unique().tolist() == ["no listing_id"]


def test_rows_equal_but_for_their_id_stay_and_are_counted():
    listings = {"listing_id": ["a", "b"], "title": ["Hat", "Hat"], "price": [1, 1]}
    tables, report = load_tables(frames(listings=listings))
    assert len(tables["listings"]) == 2
    assert problem(report, "in everything but the id")["n"] == 1


def test_price_na_is_missing_text_and_the_row_stays():
    listings = {**LISTINGS, "price": ["N/A", "5,00"]}
    tables, report = load_tables(frames(listings=listings))
    assert tables["listings"]["price"].isna().tolist() == [True, False]
    row = problem(report, "says in words that there is no value")
    assert (row["column"], row["examples"]) == ("price", "'N/A'")


def test_unreadable_values_come_with_examples():
    listings = {
        **LISTINGS,
        "price": ["ask me", "5"],
        "created_at": ["soon", "2024-01-02"],
    }
    report = check_tables(frames(listings=listings))
    rows = report.problems[report.problems["what"] == "cannot be read"]
    assert rows.set_index("column")["examples"].to_dict() == {
        "price": "'ask me'",
        "created_at": "'soon'",
    }


def test_a_price_below_zero_becomes_missing():
    tables, report = load_tables(frames(listings={**LISTINGS, "price": [-1.0, 2.0]}))
    assert tables["listings"]["price"].isna().tolist() == [True, False]
    assert problem(report, "are below 0")["examples"] == "'-1.0'"


def test_an_unusual_value_is_noted_and_kept():
    sellers = {"seller_id": ["s"], "account_type": ["normal"]}
    tables, report = load_tables(frames(sellers=sellers))
    assert tables["sellers"]["account_type"].tolist() == ["normal"]
    assert problem(report, "are none of BUSINESS, PRIVATE")["severity"] == "note"


def test_orphans_both_ways():
    report = check_tables(
        frames(
            listings={**LISTINGS, "seller_id": ["s1", "s9"]},
            sellers={"seller_id": ["s1", "s2"]},
        )
    )
    lost = problem(report, "refers to sellers that are not there")
    assert (lost["table"], lost["examples"]) == ("listings", "'s9'")
    assert problem(report, "sellers have no listing")["examples"] == "'s2'"
    assert report.ok


def test_sellers_beside_listings_that_name_none():
    report = check_tables(frames(listings=LISTINGS, sellers={"seller_id": ["s1"]}))
    assert (
        "no seller figure" in problem(report, "no listing says whose")["what_was_done"]
    )


def test_an_unknown_seller_in_words_is_no_seller():
    listings = {**LISTINGS, "seller_id": ["unknown", "s1"]}
    tables, _ = load_tables(frames(listings=listings))
    assert tables["listings"]["seller_id"].isna().tolist() == [True, False]


def test_all_titles_equal():
    listings = {"listing_id": ["a", "b"], "title": ["Hat", "Hat"]}
    assert (
        problem(check_tables(frames(listings=listings)), "all titles are equal")["n"]
        == 2
    )


def test_one_row_is_right():
    tables, report = load_tables(
        frames(listings={"listing_id": ["a"], "title": ["Hat"]})
    )
    assert report.problems.empty
    assert len(tables["listings"]) == 1


def test_a_title_of_ten_million_characters_is_kept_and_shown_short():
    listings = {"listing_id": ["a"], "title": ["x" * 10_000_000]}
    tables, report = load_tables(frames(listings=listings))
    assert tables["listings"]["title"].str.len()[0] == 10_000_000
    row = problem(report, "longer than 10,000 characters")
    assert "(10,000,000 characters)" in row["examples"]
    assert len(str(report)) < 2_000


def test_no_rows_is_an_error_for_listings_alone():
    empty = {"listing_id": [], "title": []}
    reviews = {"review_id": [], "listing_id": []}
    report = check_tables(frames(listings=empty, reviews=reviews))
    rows = report.problems[report.problems["what"] == "has no rows"]
    assert rows.set_index("table")["severity"].to_dict() == {
        "listings": "error",
        "reviews": "warning",
    }


def test_prices_in_several_currencies():
    listings = {**LISTINGS, "price": ["€5", "$6"], "currency": ["EUR", "USD"]}
    row = problem(check_tables(frames(listings=listings)), "in 2 currencies")
    assert row["severity"] == "warning"


def test_a_price_that_contradicts_the_currency_column():
    listings = {**LISTINGS, "price": ["€5", "6"], "currency": ["USD", "USD"]}
    tables, report = load_tables(frames(listings=listings))
    assert tables["listings"]["currency"].tolist() == ["EUR", "USD"]
    assert (
        problem(report, "states another currency")["examples"] == "'EUR instead of USD'"
    )


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
    with pytest.raises(TableError, match="'m.yaml' is malformed at line 1"):
        check_tables(file, bad)
