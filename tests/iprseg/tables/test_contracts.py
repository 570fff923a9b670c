import pandas as pd
import pytest

from iprseg.errors import IprsegError
from iprseg.tables import canonical_columns, contract
from iprseg.tables.contracts import (
    find_contract_failures,
    get_foreign_keys,
    get_primary_key,
    list_table_names,
)
from iprseg.tables.parsing import to_text

# domain specification, section 0.2
TABLES = """listings listing_versions images sellers seller_identity seller_events
orders_daily returns reviews notices notice_items actions appeals brands marks designs
brand_catalogue authorisations creators promotions model_scores labels annotators
incidents policies"""


def test_every_table_of_the_specification_is_there():
    assert list_table_names() == TABLES.split()


def test_every_row_of_the_data_is_meaningful():
    columns = canonical_columns()
    assert columns.index.is_unique
    assert set(columns["dtype"]) == {
        "text",
        "number",
        "price",
        "integer",
        "date",
        "boolean",
    }
    assert (columns["description"] != "").all()
    for table in list_table_names():
        assert contract(table).columns
        for column, other, name in get_foreign_keys(table):
            assert (other, name) in columns.index, (table, column)


def test_every_raw_identity_has_its_token_column():
    columns = canonical_columns()
    for (table, _), token in columns["identity"].items():
        assert not token or (table, token) in columns.index


def test_all_failures_come_at_once():
    frame = pd.DataFrame(
        {"listing_id": to_text(pd.Series(["a", "b"])), "price": [-1.0, 2.0]}
    )
    failures = find_contract_failures("listings", frame)
    assert set(failures["column"]) == {"title", "price"}
    assert failures.set_index("column").loc["price", "failure_case"] == -1.0


def test_unknown_table():
    with pytest.raises(
        IprsegError, match="'table' parameter of contract must be one of"
    ):
        contract("shops")


def test_keys():
    assert get_primary_key("listings") == "listing_id"
    assert get_primary_key("orders_daily") is None
    assert get_foreign_keys("reviews") == [("listing_id", "listings", "listing_id")]
