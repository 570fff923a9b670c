import numpy as np
import pandas as pd
import pytest

from iprseg.tables.contracts import canonical_columns
from iprseg.tables.vault import Vault, identity_columns

KEY = bytes(range(32))
IDENTITIES = {
    "E-mail": "email",
    "Email address": "email",
    "seller_email": "email",
    "Customer email": "email",
    "E-mail do Vendedor": "email",
    "Seller name": "name",
    "IBAN": "bank",
    "IP address": "ip24",
    "device id": "device",
    "VAT number": "tax",
    "CPF": "tax",
    "WhatsApp": "phone",
    "telefone": "phone",
    "Contact phone": "phone",
    "sellerPhone1": "phone",
    "电话": "phone",
    "卖家电话": "phone",
    "Телефон": "phone",
}
ORDINARY = [
    "title",
    "brand_field",
    "tipo",
    "phone",
    "name",
    "model",
    "gtin",
    "price",
    "seller_id",
    "seller",
    "tax",
    "mobile",
    "email_domain",
    "name_pid",
    "phone_model",
    "phone_brand",
    "product_name",
    "brand_name",
    "card_number",
    "store_number",
    "account_number",
    "seller_country",
    "seller_rating",
    "contact_lens",
    "phone_shop",
]


@pytest.mark.parametrize(("column", "attribute"), IDENTITIES.items())
@pytest.mark.parametrize("table", ["listings", "orders_daily", "sellers"])
def test_a_name_in_any_spelling_is_an_identity_in_every_table(table, column, attribute):
    tokens = Vault(KEY).pseudonymise(pd.DataFrame({column: ["203.0.113.7"]}), table)
    assert f"{attribute}_pid" in tokens
    assert column not in tokens


@pytest.mark.parametrize("column", ORDINARY)
def test_columns_of_products_are_no_identities(column):
    frame = pd.DataFrame({column: ["Aurelle 12", "4006381333931"]})
    assert identity_columns(frame, "listings") == []


def test_no_column_of_the_contracts_is_an_identity_by_accident():
    rules = canonical_columns()
    plain = rules.index[(rules["identity"] == "")]
    found = [p for p in plain if identity_columns(pd.DataFrame(columns=[p[1]]), p[0])]
    assert found == []


def test_values_that_look_like_contacts_are_identities():
    mails = ["a@mail.example", "b@mail.example", "ask", None]
    phones = ["+49 170 1234567", "0170/123 45 67", "ask", None]
    frame = pd.DataFrame(
        {"info": mails, "phone": phones, "gtin": ["4006381333931"] * 4}
    )
    assert identity_columns(frame, "listings") == ["info", "phone"]
    numbers = pd.DataFrame({"mobile": [491701234567.0, np.nan]})
    assert identity_columns(numbers, "listings") == ["mobile"]


@pytest.mark.parametrize(
    "values",
    [
        ["a@mail.example", "ask"],  # half, not more
        ["Aurelle X12", "Aurelle 4006381"],
        ["2024-01-02", "02.01.2024"],
        [1.5, 2.0],
        [True, False],
        [None, None],
        pd.to_datetime(["2024-01-02"]),
    ],
)
def test_other_values_are_no_contacts(values):
    assert identity_columns(pd.DataFrame({"contact": values}), "listings") == []
