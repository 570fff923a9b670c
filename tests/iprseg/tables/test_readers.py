import gzip

import pandas as pd
import pytest

from iprseg.errors import TableError
from iprseg.tables import readers, text_files
from iprseg.tables.checks import ProblemLog
from iprseg.tables.readers import open_source


def read(path, encoding=None):
    """Read the only table at a place; give it and the problems noticed."""
    source, book = open_source(path), ProblemLog("test")
    (name,) = source.readers
    frame = source.read(name, book, encoding)
    return frame, book.report(pd.DataFrame(), pd.DataFrame(), None).problems


def write(folder, content, name="a.csv"):
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(tmp_path, delimiter):
    text = f'id{delimiter}title\n1{delimiter}"a, b; c | d\te"\n'
    frame, problems = read(write(tmp_path, text))
    assert frame.to_dict("list") == {"id": ["1"], "title": ["a, b; c | d\te"]}
    assert problems.empty


def test_decimal_commas_do_not_look_like_delimiters(tmp_path):
    frame, _ = read(write(tmp_path, "PN;price\na;72,90\nb;1.072,90\n"))
    assert frame["price"].tolist() == ["72,90", "1.072,90"]


def test_excel_names_its_delimiter(tmp_path):
    assert list(read(write(tmp_path, "sep=;\nid;title\n1;x\n"))[0]) == ["id", "title"]


def test_quoted_line_breaks_and_leading_zeros_stay(tmp_path):
    frame, problems = read(write(tmp_path, 'gtin,title\n0123,"two\nlines, ""q"""\n'))
    assert frame.iloc[0].tolist() == ["0123", 'two\nlines, "q"']
    assert problems.empty


def test_only_an_empty_cell_is_missing(tmp_path):
    frame, _ = read(write(tmp_path, "id,title\n1,\nNA,null\n"))
    assert frame["title"].isna().tolist() == [True, False]
    assert frame["id"].tolist() == ["1", "NA"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_encodings_that_say_what_they_are(tmp_path, encoding):
    text = "id,título\n" + "1,Preço justo\n" * 30
    frame, problems = read(write(tmp_path, text.encode(encoding)))
    assert list(frame) == ["id", "título"]
    assert frame["título"][0] == "Preço justo"
    assert problems.empty


def test_western_text_is_read_with_a_warning(tmp_path):
    frame, problems = read(write(tmp_path, "id,título\n1,Preço\n".encode("cp1252")))
    assert frame["título"][0] == "Preço"
    assert problems.loc[0, "severity"] == "warning"
    assert "cp1252" in problems.loc[0, "what_was_done"]
    assert "título" in problems.loc[0, "examples"]


@pytest.mark.parametrize("encoding", ["gb18030", "shift_jis", "cp1251"])
def test_unknown_encoding_is_refused_and_can_be_stated(tmp_path, encoding):
    word = "Сумка кожаная" if encoding == "cp1251" else "標題商品"
    file = write(tmp_path, f"id,title\n1,{word}\n".encode(encoding))
    with pytest.raises(TableError, match=r"encoding of 'a.csv' is unknown .*state it"):
        read(file)
    assert read(file, encoding)[0]["title"][0] == word


def test_bytes_no_western_encoding_has(tmp_path):
    with pytest.raises(TableError, match=r"encoding of 'a.csv' is unknown"):
        read(write(tmp_path, b"id,title\n1,a\x81b\n"))


@pytest.mark.parametrize(
    ("encoding", "sentence"),
    [
        ("klingon", "encoding 'klingon' .* is not known"),
        ("ascii", "not in the encoding"),
    ],
)
def test_a_wrong_stated_encoding(tmp_path, encoding, sentence):
    with pytest.raises(TableError, match=sentence):
        read(write(tmp_path, "id,title\n1,é\n"), encoding)


def test_ragged_rows_are_kept_and_reported(tmp_path):
    text = "id,title,price\n1,a\n2,b,3,left over\n\n3,c,4,\n"
    frame, problems = read(write(tmp_path, text))
    assert frame["id"].tolist() == ["1", "2", "3"]
    assert frame["price"].isna().tolist() == [True, False, False]
    assert problems["what"].tolist() == [
        "rows with fewer than 3 values",
        "rows with more than 3 values",
    ]
    assert problems["examples"].tolist() == ["'row 1'", "'row 2'"]


def test_a_quotation_mark_that_is_not_closed(tmp_path):
    frame, problems = read(write(tmp_path, 'id,title,x\n1,a,x\n2,"b,x\n3,c,x\n'))
    assert len(frame) == 2
    assert "error" in problems["severity"].tolist()
    assert problems["what"].str.contains("opened in row 2 and not closed").any()


def test_two_columns_of_one_name_and_one_without(tmp_path):
    frame, problems = read(write(tmp_path, "id,a,a,\n1,2,3,4\n"))
    assert list(frame) == ["id", "a", "a.3", "column_4"]
    assert problems["what"].tolist() == ["two columns have this name"]


def test_a_title_of_ten_million_characters(tmp_path):
    frame, _ = read(write(tmp_path, "id,title\n1," + "x" * 10_000_000 + "\n"))
    assert frame["title"].str.len()[0] == 10_000_000


def test_nul_characters_are_removed_and_reported(tmp_path):
    frame, problems = read(write(tmp_path, "id,title\n1,a\0b\n" + "2,cc\n" * 100))
    assert frame["title"][0] == "ab"
    assert problems["what"].tolist() == ["NUL characters"]


def test_a_binary_file(tmp_path):
    with pytest.raises(TableError, match=r"'a.csv' is not a text file"):
        read(write(tmp_path, b"id,title\n" + b"\1\0\0\0\2\0" * 50))


@pytest.mark.parametrize("content", ["", "  \n \n"])
def test_empty_file(tmp_path, content):
    with pytest.raises(TableError, match=r"'a.csv' is empty"):
        read(write(tmp_path, content))


def test_header_alone(tmp_path):
    assert read(write(tmp_path, "id,title\n"))[0].shape == (0, 2)


def test_gzip(tmp_path):
    file = write(tmp_path, gzip.compress(b"id,title\n1,x\n"), "a.csv.gz")
    assert read(file)[0]["title"].tolist() == ["x"]


def test_broken_gzip(tmp_path):
    file = write(tmp_path, gzip.compress(b"id,title\n1,x\n" * 99)[:30], "a.csv.gz")
    with pytest.raises(TableError, match=r"'a.csv.gz' cannot be unpacked"):
        read(file)


def test_a_gzip_that_unpacks_to_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, "_MAX_BYTES", 100)
    file = write(tmp_path, gzip.compress(b"x" * 101), "a.csv.gz")
    with pytest.raises(TableError, match="holds more than 100 bytes"):
        read(file)


def test_parquet_keeps_whole_numbers_beside_missing_ones(tmp_path):
    file = tmp_path / "a.parquet"
    pd.DataFrame({"gtin": pd.array([4006381333931, None], dtype="Int64")}).to_parquet(
        file
    )
    assert read(file)[0]["gtin"][0] == 4006381333931


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a.parquet", "cannot be read as Parquet"),
        ("a.xlsx", "cannot be read as Excel"),
        ("a.xls", "save it as .xlsx"),
        ("a.duckdb", "cannot be opened as a DuckDB file"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path, name, sentence):
    with pytest.raises(TableError, match=sentence):
        read(write(tmp_path, "this is nothing of the kind " * 50, name))


def test_excel_sheets_are_tables(tmp_path):
    file = tmp_path / "book.xlsx"
    with pd.ExcelWriter(file) as book:
        pd.DataFrame({" id ": ["0123"], "note": ["N/A"]}).to_excel(
            book, sheet_name="listings", index=False
        )
        pd.DataFrame({"seller_id": [7]}).to_excel(
            book, sheet_name="sellers", index=False
        )
    source = open_source(file)
    assert list(source.readers) == ["book.xlsx#listings", "book.xlsx#sellers"]
    frame = source.read(source.find("listings"), ProblemLog(""), None)
    assert frame.to_dict("list") == {"id": ["0123"], "note": ["N/A"]}


def test_an_excel_file_that_unpacks_to_too_much(tmp_path, monkeypatch):
    file = tmp_path / "book.xlsx"
    pd.DataFrame({"a": [1]}).to_excel(file)
    monkeypatch.setattr(readers, "_MAX_UNPACKED_BYTES", 10)
    with pytest.raises(TableError, match="more than is read from an Excel file"):
        open_source(file)


def test_wrong_path():
    with pytest.raises(
        TableError, match="no file or folder 'no/where': check the path"
    ):
        open_source("no/where")


def test_a_folder_gives_its_tables_alone(tmp_path):
    write(tmp_path, "id,title\n1,x\n")
    write(tmp_path, "hello", "README.txt")
    write(tmp_path, "x", "~$open.xlsx")
    (tmp_path / "truth").mkdir()
    write(tmp_path / "truth", "id\n1\n")
    assert list(open_source(tmp_path).readers) == ["a.csv"]


def test_a_folder_without_tables(tmp_path):
    with pytest.raises(TableError, match="holds no table"):
        open_source(tmp_path)


def test_names_that_fit_none_or_several(tmp_path):
    write(tmp_path, "id\n1\n", "a.csv")
    write(tmp_path, "id\n1\n", "a.tsv")
    source = open_source(tmp_path)
    assert source.find("A.CSV") == "a.csv"
    with pytest.raises(TableError, match="'a' names several tables in"):
        source.find("a")
    with pytest.raises(TableError, match=r"'b' is not in .*it holds 'a.csv', 'a.tsv'"):
        source.find("b")


@pytest.mark.parametrize(
    ("name", "head", "match"),
    [
        ("a.sqlite", b"SQLite format 3\0", "give it as 'sqlite:///.*a.sqlite'"),
        ("a.png", b"\x89PNG\r\n", "'a.png' is an image, not a table: CSV, Parquet"),
        ("a.zip", b"PK\x03\x04", "is a zip archive"),
    ],
)
def test_files_that_are_no_tables_say_what_to_do(tmp_path, name, head, match):
    (tmp_path / name).write_bytes(head + b"\xff\xfe\xfd" * 9)
    with pytest.raises(TableError, match=match):
        open_source(tmp_path / name)
