"""Items as files: the same rows in every form, typed cells, no formula, nothing personal."""

import csv
import io
import json
import sqlite3
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from store_support import NOW
from web_support import Town, make_decision, make_mention, town, words_of

from tanggap.errors import InputError
from tanggap.export import (
    CELL_AT_MOST,
    COLUMNS,
    NAMES,
    as_csv,
    as_json,
    as_json_lines,
    as_row,
    as_xlsx,
)
from tanggap.mention import Route
from tanggap.store.datasette import LEFT_OUT, write_datasette
from tanggap.store.rows import EVERYTHING, ItemFilter

WIB = ZoneInfo("Asia/Jakarta")
HOSTILE = [
    "=HYPERLINK(\"http://x\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>", "\u202eterbalik", "a\u0301" * 200, "\x00\x07\x1b[31m",
    "\uff1d1+1", "biasa; =1+1", "\ufeff=1", "_x000D_", "x" * 40_000, "https://contoh.id/a?b=c",
]  # fmt: skip


def called(value: str, column: str) -> str:
    """Call every value what it is."""
    return value


def row(text: str = "Lampu mati", **changes: object) -> dict[str, object]:
    plain: dict[str, object] = {column.name: None for column in COLUMNS}
    return (
        plain
        | {
            "id": 7,
            "confidence": 0.5,
            "urgent": True,
            "sensitive": False,
            "posted_at": "2026-11-20T02:00:00.000000Z",
            "seen_at": "2026-11-20T02:05:00.000000Z",
            "text": text,
        }
        | changes
    )


def sheet_of(body: bytes) -> list[list[object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(body)).active
    return [[cell.value for cell in line] for line in sheet.iter_rows()]


def test_a_workbook_has_numbers_and_dates_not_texts_of_them() -> None:
    head, line = sheet_of(as_xlsx([row()], WIB, NOW, called))
    cells = dict(zip(head, line, strict=True))
    assert head == [column.caption for column in COLUMNS]
    assert cells["Nomor"] == 7
    assert cells["Keyakinan"] == 0.5
    assert (cells["Mendesak"], cells["Sensitif"]) == ("ya", "tidak")
    assert cells["Ditulis"] == datetime(2026, 11, 20, 9, 0), "in the city's zone"  # noqa: DTZ001
    assert cells["Dijawab"] is None


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_workbook_is_a_formula_or_a_link(text: str) -> None:
    body = as_xlsx([row(text, author=text, permalink=text)], WIB, NOW, called)
    parts = zipfile.ZipFile(io.BytesIO(body))
    assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    assert not [name for name in parts.namelist() if "rels" in name and "sheet1" in name], "a link"
    sheet = openpyxl.load_workbook(io.BytesIO(body)).active
    for column, cell in zip(COLUMNS, sheet[2], strict=True):
        if column.kind == "text" and cell.value is not None:
            assert cell.data_type in ("s", "inlineStr")
            assert len(str(cell.value)) <= CELL_AT_MOST


@settings(deadline=None)
@given(st.lists(st.text(max_size=80), max_size=5))
@example(["\ud800"[:0] + "=1", "\n-1"])
def test_every_form_holds_the_same_rows(texts: list[str]) -> None:
    rows = [row(text, id=number) for number, text in enumerate(texts)]
    listed = json.loads(as_json(rows))
    assert listed == rows
    assert [json.loads(line) for line in as_json_lines(rows).decode().split("\n") if line] == rows
    read = list(csv.DictReader(io.StringIO(as_csv(rows).decode("utf-8-sig"), newline="")))
    assert [int(one["id"]) for one in read] == [one["id"] for one in rows]
    assert len(sheet_of(as_xlsx(rows, WIB, NOW, called))) == len(rows) + 1


def test_the_same_rows_give_the_same_workbook() -> None:
    assert as_xlsx([row()], WIB, NOW, called) == as_xlsx([row()], WIB, NOW, called)


def test_a_copy_for_datasette_has_no_accounts_and_is_searched_by_words(tmp_path: Path) -> None:
    path = tmp_path / "aduan.db"
    link = "https://x.com/seseorang/1"
    rows = [row("Lampu jalan mati", author="@seseorang", permalink=link, decided_by="seseorang")]
    assert write_datasette(path, rows) == 1
    with sqlite3.connect(path) as db:
        columns = [name for _, name, *_ in db.execute("PRAGMA table_info(aduan)")]
        assert set(columns) == set(NAMES) - set(LEFT_OUT)
        found = db.execute("SELECT rowid FROM aduan_fts WHERE aduan_fts MATCH 'lampu'").fetchall()
        assert found == [(7,)]
    db.close()
    assert b"seseorang" not in path.read_bytes()
    assert [one.name for one in tmp_path.iterdir()] == ["aduan.db"]


def test_the_reason_of_an_item_is_masked_like_its_text(made: Town) -> None:
    [item, *_] = made.store.export(EVERYTHING, ItemFilter(tab="queue"))
    learnt = replace(item, rule="koreksi:wa 081234567890")
    assert as_row(learnt)["rule"] == "koreksi:wa 0812••••890"
    assert as_row(learnt, str)["rule"] == "koreksi:wa 081234567890"


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "aduan.db"
    path.write_bytes(b"berharga")
    with pytest.raises(InputError, match="sudah ada"):
        write_datasette(path, [row()])
    assert path.read_bytes() == b"berharga"
    with pytest.raises(InputError, match="tidak dapat ditulis"):
        write_datasette(tmp_path / "tidak" / "ada.db", [row()])


# --- From the desk ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    with town(tmp_path_factory.mktemp("ekspor")) as running:
        for number in range(30):
            running.put(
                make_mention(number, f"Lampu mati nomor {number}, hubungi 0812-3456-7890"),
                make_decision(),
                Route("queue", "sector", opd="dishub" if number % 3 else "dlh"),
            )
        yield running


def test_what_is_downloaded_is_the_list_on_the_screen_all_pages_of_it(made: Town) -> None:
    person = made.person("dishub")
    answer = person.post("/antrean/ekspor", bentuk="json", daftar="tab=queue&cari=lampu")
    assert answer.headers["Content-Type"] == "application/json"
    assert "attachment" in answer.headers["Content-Disposition"]
    scope = replace(EVERYTHING, everything=False, opds=frozenset({"dishub"}))
    expected = [as_row(one) for one in made.store.export(scope, ItemFilter(tab="queue"))]
    assert answer.json() == expected
    assert len(expected) == 20
    assert {one["opd"] for one in answer.json()} == {"dishub"}
    assert "0812-3456-7890" not in answer.text
    workbook = person.post("/antrean/ekspor", bentuk="xlsx", daftar="tab=queue").content
    head, line, *_ = sheet_of(workbook)
    cells = dict(zip(head, line, strict=True))
    # People read it: what stands in it is called as on the screen.
    said = words_of(person.get("/antrean?tab=queue").text)
    for column in ("OPD", "Sektor", "Jenis", "Status", "Jaringan"):
        assert cells[column] in said
    assert (cells["OPD"], cells["Jaringan"]) == ("Dishub", "X")
    assert [line[0] for line in sheet_of(workbook)[1:]] == [one["id"] for one in expected]
    listed = person.post("/antrean/ekspor", bentuk="csv", daftar="tab=queue").content
    read = csv.DictReader(io.StringIO(listed.decode("utf-8-sig"), newline=""))
    assert [int(one["id"]) for one in read] == [one["id"] for one in expected]
    person.close()


def test_every_download_is_written_down_for_those_who_oversee(made: Town) -> None:
    person, ketua = made.person("dlh"), made.person("ketua")
    person.post("/antrean/ekspor", bentuk="csv", daftar="tab=queue&sektor=jalan")
    [newest, *_] = made.store.exports()
    assert (newest.by, newest.form, newest.items) == ("dlh", "csv", 0)
    assert newest.query == "tab=queue&sektor=jalan"
    said = words_of(ketua.get("/ekspor").text)
    assert "dlh CSV 0" in said
    assert person.get("/ekspor").status_code == 403
    for one in (person, ketua):
        one.close()


@pytest.mark.parametrize("form", ["", "exe", "XLSX"])
def test_an_unknown_form_is_refused_with_what_there_is_and_not_written_down(
    made: Town, form: str
) -> None:
    person = made.person("ketua")
    before = len(made.store.exports())
    answer = person.post("/antrean/ekspor", bentuk=form, daftar="tab=queue")
    assert answer.status_code == 422
    assert "CSV, XLSX, atau JSON" in words_of(answer.text)
    assert len(made.store.exports()) == before
    person.close()


def test_a_list_that_is_too_long_is_refused_with_the_remedy(
    made: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tanggap.web.export_page.ITEMS_AT_MOST", 5)
    person = made.person("ketua")
    answer = person.post("/antrean/ekspor", bentuk="csv", daftar="tab=queue")
    assert answer.status_code == 422
    assert "Persempit saringannya" in words_of(answer.text)
    person.close()


def test_a_download_with_confidential_items_says_so_in_the_log(made: Town) -> None:
    person = made.person("ketua")
    person.post("/antrean/ekspor", bentuk="csv", daftar="tab=queue", rahasia="1")
    assert "termasuk rahasia" in words_of(person.get("/ekspor").text)
    person.close()


def test_who_may_not_ask_for_confidential_items_is_not_said_to_have_had_them(made: Town) -> None:
    person = made.person("dlh")
    person.post("/antrean/ekspor", bentuk="csv", daftar="tab=queue", rahasia="1")
    [newest, *_] = made.store.exports()
    assert (newest.by, newest.query) == ("dlh", "tab=queue")
    person.close()
