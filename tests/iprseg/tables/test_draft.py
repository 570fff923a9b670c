import pytest

from iprseg.errors import TableError
from iprseg.tables import ColumnMapping, draft_mapping, load_tables


def draft(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return draft_mapping(folder)


def sources(mapping, table="listings"):
    return {c: " + ".join(r.source) for c, r in mapping.tables[table].columns.items()}


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("id,titulo,preco,marca,vendedor", '1,Bolsa,"R$ 64,00",Aurelle,s1'),
        ("ID,Titre,Prix,Marque,Vendeur", '1,Sac,"64,00 €",Aurelle,s1'),
        ("商品ID,标题,价格,品牌,卖家", "1,手袋,¥64,Aurelle,s1"),
        ("sku,Bezeichnung,Preis,Hersteller,Verkäufer", '1,Tasche,"64,00",Aurelle,s1'),
        ("item_id,itemTitle,salePrice,brandName,shop_id", "1,Bag,$64,Aurelle,s1"),
    ],
)
def test_names_in_many_languages(tmp_path, header, row):
    found = sources(draft(tmp_path, data=f"{header}\n{row}\n"))
    names = ["listing_id", "title", "price", "brand_field", "seller_id"]
    assert found == dict(zip(names, header.split(","), strict=True)) | found
    assert set(names) <= set(found)


def test_what_a_column_holds_overrules_its_name(tmp_path):
    found = sources(
        draft(tmp_path, a="id,title,price\n1,Red hat,cheap\n2,Blue hat,dear\n")
    )
    assert "price" not in found


def test_content_tells_where_no_name_does(tmp_path):
    text = "v,w,x\n1,Red leather bag with strap,€5\n2,Blue cotton hat for men,€7\n"
    mapping = draft(tmp_path, anuncios=text)
    rules = mapping.tables["listings"].columns
    assert (rules["title"].source, rules["price"].source) == (("w",), ("x",))
    assert rules["title"].confidence < 0.6
    assert rules["listing_id"].row_number


def test_a_price_that_states_its_currency_is_preferred(tmp_path):
    text = "title,price,shown\nHat,5.00,US $5.00\nCap,6.00,US $6.00\n"
    assert sources(draft(tmp_path, a=text))["price"] == "shown"


def test_files_of_one_shape_feed_one_table(tmp_path):
    mapping = draft(tmp_path, mens="title,price\na,1\n", womens="title,price\nb,2\n")
    assert mapping.tables["listings"].sources == ("mens.csv", "womens.csv")
    listings = load_tables(tmp_path, mapping)[0]["listings"]
    assert listings["listing_id"].tolist() == ["mens-0", "womens-0"]


def test_tables_are_told_apart_and_the_rest_is_named(tmp_path):
    mapping = draft(
        tmp_path,
        produtos="id,titulo,preco,vendedor\n1,Bolsa,5,s1\n",
        vendedores="id,pais\ns1,BR\n",
        avaliacoes="product_id,nota,comentario\n1,5,bom\n",
        scores="id,title,price,why\n1,Bolsa,5,x\n",
        other="x,y\n1,2\n",
    )
    assert {t: r.sources[0] for t, r in mapping.tables.items()} == {
        "listings": "produtos.csv",
        "sellers": "vendedores.csv",
        "reviews": "avaliacoes.csv",
    }
    assert "this one differs" in mapping.unused["scores.csv"]
    assert "fit no canonical table" in mapping.unused["other.csv"]


def test_identities_among_the_sellers_go_to_the_vaults_table(tmp_path):
    mapping = draft(
        tmp_path, sellers="seller_id,country,telefone,email\ns1,BR,55,a@b.c\n"
    )
    assert sources(mapping, "seller_identity") == {
        "seller_id": "seller_id",
        "phone": "telefone",
        "email": "email",
    }
    tables, _ = load_tables(tmp_path, mapping)
    assert list(tables["sellers"]) == ["seller_id", "country"]
    assert list(tables["seller_identity"]) == ["seller_id", "phone", "email"]


def test_the_written_draft_reads_back_and_states_confidence(tmp_path):
    mapping = draft(tmp_path, a="id,title,price\n1,Hat,5\n", b="x\n1\n")
    text = mapping.to_yaml()
    assert "# confidence 0.90: 'id' means it" in text
    assert "# not used: b.csv" in text
    again = ColumnMapping.from_yaml(text)
    assert sources(again) == sources(mapping)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "empty.csv").touch()
    mapping = draft(tmp_path, a="id,title,price\n1,Hat,5\n")
    assert "is empty" in mapping.unused["empty.csv"]


def test_nothing_readable(tmp_path):
    (tmp_path / "empty.csv").touch()
    with pytest.raises(TableError, match=r"'empty.csv' is empty"):
        draft_mapping(tmp_path)
