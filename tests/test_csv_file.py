import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tanggap.csv_file import read_csv, safe_csv
from tanggap.errors import InputError


def write(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "aduan.csv"
    path.write_bytes(content)
    return path


def test_rows_come_as_stripped_texts_with_unknown_columns_kept(tmp_path: Path) -> None:
    path = write(tmp_path, b"text, lain\n jalan rusak ,x\n")
    assert read_csv(path, required=["text"]) == [{"text": "jalan rusak", "lain": "x"}]


def test_semicolons_bom_and_line_breaks_inside_quotes_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, b'\xef\xbb\xbftext;id\r\n"satu\r\ndua, tiga";7\r\n')
    assert read_csv(path, required=["text"]) == [{"text": "satu\r\ndua, tiga", "id": "7"}]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "kosong"),
        (b"text\n", "tidak ada baris"),
        (b"teks\nhalo\n", "mungkin `teks` maksudnya `text`"),
        (b"text\n\xff\xfe\n", "baris 2 bukan UTF-8"),
        (b"text\na,b\n", "lebih banyak sel"),
        (b'text\n"tak ditutup\n', "periksa tanda kutip"),
        (b"text,text\na,b\n", "dua kali"),
        (b"\x00\x00\x00text\n", "kolom `text` tidak ada"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_file_and_remedy(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = write(tmp_path, content)
    with pytest.raises(InputError) as caught:
        read_csv(path, required=["text"])
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "tidak-ada.csv", tmp_path):
        with pytest.raises(InputError, match="tidak dapat dibaca"):
            read_csv(path, required=["text"])


def test_columns_that_the_caller_does_not_know_are_left_out_and_named(tmp_path: Path) -> None:
    path = write(tmp_path, b"text,nik,id,hp\nhalo,32,7,08\n")
    said: list[str] = []
    rows = read_csv(path, required=["text"], known=["id"], warn=said.append)
    assert rows == [{"text": "halo", "id": "7"}]
    assert said == [f"{path}: kolom yang diabaikan: nik, hp (yang dikenal: text, id)"]
    assert read_csv(path, required=["text"], known=["id", "nik", "hp"], warn=said.append)
    assert len(said) == 1


SIGNS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
HOSTILE = st.text(st.sampled_from("=+-@;,\t\n\r \"'ax1\v\0\xa0\uff1d"), max_size=30)


@given(st.lists(st.tuples(HOSTILE | st.text(max_size=30), HOSTILE), min_size=1, max_size=3))
@example([("=1+1", ';"=1')])
@example([('a;"', '";"\n=x'), ("\t=x", "\r\n-2")])
def test_no_cell_is_a_formula_however_a_spreadsheet_splits_the_file(
    texts: list[tuple[str, str]],
) -> None:
    rows = [
        {"id": number, "text": text, "share": 0.5, "author": author}
        for number, (text, author) in enumerate(texts)
    ]
    written = safe_csv(("id", "text", "share", "author"), rows)
    assert written.startswith("\ufeffid,text,share,author\r\n")
    for separator in (",", ";", "\t"):
        parsed = csv.reader(io.StringIO(written.removeprefix("\ufeff"), ""), delimiter=separator)
        for cell in (cell for row in parsed for cell in row):
            assert not cell.lstrip().startswith(SIGNS), (separator, cell)
    read = csv.DictReader(io.StringIO(written.removeprefix("\ufeff"), newline=""))
    for row, back in zip(rows, read, strict=True):
        assert (back["id"], back["share"]) == (str(row["id"]), "0.5")
        assert back["text"].replace("'", "") == str(row["text"]).replace("'", "")


def test_ordinary_texts_and_our_own_numbers_are_written_as_they_are() -> None:
    text = "pak, jalan - yang itu - rusak @dpupr; 3+4 lubang\nkapan?"
    written = safe_csv(("n", "text"), [{"n": -0.25, "text": text}, {"n": None, "text": "-3"}])
    rows = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline="")))
    assert rows == [["n", "text"], ["-0.25", text], ["", "'-3"]]
    assert "a;'=x" in safe_csv(("text",), [{"text": "a;=x"}])


def test_a_huge_hostile_text_is_written_in_time() -> None:
    text = "\n" * 200_000 + "a" + ";" * 200_000 + "="
    assert safe_csv(("text",), [{"text": text}]).endswith(";'=\"\r\n")


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_one_input_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = write(tmp_path_factory.mktemp("csv"), content)
    try:
        rows = read_csv(path, required=["text"])
    except InputError:
        return
    assert all("text" in row for row in rows)
