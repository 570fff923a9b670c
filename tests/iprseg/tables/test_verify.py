import pandas as pd

from iprseg.tables import check_tables, load_tables


def problem(report, what):
    """The one problem whose text holds `what`."""
    rows = report.problems[report.problems["what"].str.contains(what, regex=False)]
    assert len(rows) == 1, report.problems["what"].tolist()
    return rows.iloc[0]


def frames(**tables):
    return {name: pd.DataFrame(columns) for name, columns in tables.items()}


LISTINGS = {"listing_id": ["a", "b"], "title": ["Hat", "Cap"]}


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


def test_titles_that_are_all_empty_are_an_error():
    report = check_tables(
        frames(listings={"listing_id": ["a", "b"], "title": [None, None]})
    )
    row = problem(report, "is empty in every row")
    assert (row["severity"], row["column"], row["n"]) == ("error", "title", 2)
    assert "a title is required" in row["what_was_done"]


def test_identities_are_told_with_the_key_they_need():
    sellers = {"seller_id": ["s"], "store_name": ["Ada"], "legal_name": ["Ada Ltd"]}
    listings = {**LISTINGS, "info": ["a@mail.example", "b@mail.example"]}
    report = check_tables(frames(sellers=sellers, listings=listings))
    rows = report.problems[report.problems["what"].str.contains("holds identities")]
    assert rows["severity"].tolist() == ["note", "note"]
    assert rows["what_was_done"].str.contains("needs a vault key").all()
    assert problem(report, "most values look like e-mail")["column"] == "info"
    row = problem(report, "gives the same token as")
    assert "legal_name_pid" in row["what_was_done"]
    assert "mail.example" not in str(report)


def test_a_required_column_that_is_all_empty_is_a_warning():
    reviews = {"review_id": ["1", "2"], "listing_id": [None, None], "text": [None] * 2}
    report = check_tables(frames(listings=LISTINGS, reviews=reviews))
    rows = report.problems[report.problems["what"] == "is empty in every row"]
    told = dict(zip(rows["column"], rows["severity"], strict=True))
    assert told == {"listing_id": "warning", "text": "note"}
