"""The recap as files: the figures of the tables, typed cells, pages to sign, the same bytes."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recap_support import WIB, City, a_usual_month, city, wib
from reportlab.graphics.shapes import String
from reportlab.pdfbase.pdfmetrics import stringWidth

from tanggap.commands import coverage_statement
from tanggap.recap.figures import FIGURES, figure
from tanggap.recap.material import Recap
from tanggap.recap.narrative import narrative
from tanggap.recap.pdf import as_pdf
from tanggap.recap.pdf_pages import paragraph, shown
from tanggap.recap.pdf_plots import received
from tanggap.recap.period import Period
from tanggap.recap.workbook import as_xlsx
from tanggap.store.rows import EVERYTHING

SHEETS = [
    "Ringkasan", "Per OPD", "Per sektor", "Per jaringan", "Per kecamatan", "Terlama menunggu",
    "Metode dan cakupan",
]  # fmt: skip


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with city(tmp_path_factory.mktemp("usual")) as running:
        a_usual_month(running)
        yield running


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[City]:
    with city(tmp_path) as running:
        yield running


def called(value: str, field: str) -> str:
    return value


def workbook(made: City, recap: Recap | None = None, **options: Any) -> bytes:
    found = recap or made.recap()
    lines = coverage_statement.lines(found.coverage, WIB)
    return as_xlsx(found, options.get("called", made.captions.of), lines)


def sheet(body: bytes, name: str) -> list[list[Any]]:
    found = openpyxl.load_workbook(io.BytesIO(body))[name]
    return [[cell.value for cell in line] for line in found.iter_rows()]


def text_of(body: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(body)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


# --- the workbook -------------------------------------------------------------------------------


def test_a_workbook_has_its_sheets_with_a_frozen_head_and_a_filter(usual: City) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(usual)))
    assert book.sheetnames == SHEETS
    for name in SHEETS[1:6]:
        assert book[name].freeze_panes == "B2"
        assert book[name].auto_filter.ref.startswith("A1:")
    for one in book:
        assert (one.page_setup.orientation, one.page_setup.paperSize) == ("landscape", 9)
        assert one.page_setup.fitToHeight == 0


def test_the_rows_of_a_sheet_are_those_of_the_tables(usual: City) -> None:
    found, body = usual.recap(), workbook(usual)
    for group, name in zip(("opd", "sector", "network", "kecamatan"), SHEETS[1:5], strict=True):
        head, *lines = sheet(body, name)
        assert [caption.removesuffix(" (jam)") for caption in head[1:]] == [
            one.caption for one in FIGURES
        ]
        rows = [*found.tables.groups[group], found.tables.total]
        assert len(lines) == len(rows)
        for line, row in zip(lines, rows, strict=True):
            for value, one in zip(line[1:], FIGURES, strict=True):
                wanted = one.of(row)
                if wanted is not None and one.kind == "hours":
                    wanted /= 60
                elif wanted is not None and one.kind == "share":
                    wanted = wanted * 1000 // 1 / 1000  # as the PDF prints it, never rounded up
                assert value == (wanted if wanted is None else pytest.approx(wanted))
    names = [line[0] for line in sheet(body, "Per kecamatan")]
    assert names == ["Kecamatan", "Cibeureum", "(tidak disebut)", "Jumlah"]


def test_the_summary_tells_the_sentences_and_the_totals(usual: City) -> None:
    found, body = usual.recap(), workbook(usual)
    column = [line[0] for line in sheet(body, "Ringkasan")]
    assert [one for one in column if one in set(narrative(found, usual.captions.of))] == list(
        narrative(found, usual.captions.of)
    )
    cells = {line[0]: line[1:] for line in sheet(body, "Ringkasan")}
    assert cells["Angka"] == ["Oktober 2025", "September 2025", "Selisih"]
    assert cells["Diterima"] == [11, 0, 11]
    assert cells["Median jam kerja (jam)"] == [1.75, None, None]
    assert cells["Substantif"][0] == 2
    assert cells["6 Oktober 2025 sampai 12 Oktober 2025"][:2] == [4, 1]


def test_who_waits_longest_stands_with_number_and_date_but_no_name(usual: City) -> None:
    _, *lines = sheet(workbook(usual), "Terlama menunggu")
    assert [line[1:3] for line in lines[:3]] == [
        ["DPUPR", "Jalan & jembatan"],
        ["DLH", "Kebersihan & lingkungan hidup"],
        ["(aduan peka)", "(aduan peka)"],
    ]
    assert lines[0][3] == datetime(2025, 10, 7, 9)  # noqa: DTZ001 - a cell has no zone
    assert lines[0][4:] == [38, "ya"]
    assert lines[-1][0] == "1 aduan yang dirahasiakan tidak disebut di sini."


def test_the_last_sheet_tells_the_method_and_what_was_watched(usual: City) -> None:
    column = [line[0] for line in sheet(workbook(usual), "Metode dan cakupan")]
    assert column[0] == "Metode"
    assert "Cakupan" in column
    assert usual.recap().coverage.sentence in column


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "-2", "https://contoh.id", "\u202eabc"])
def test_no_cell_is_a_formula_or_a_link(usual: City, text: str) -> None:
    found = replace(usual.recap(), city=text)
    body = workbook(usual, found, called=lambda value, field: text)
    parts = zipfile.ZipFile(io.BytesIO(body))
    for name in parts.namelist():
        assert b"<f>" not in parts.read(name), name
        assert "worksheets/_rels" not in name, "a link"
    for one in openpyxl.load_workbook(io.BytesIO(body)):
        for line in one.iter_rows():
            assert "f" not in {cell.data_type for cell in line}


# --- the PDF ------------------------------------------------------------------------------------


def test_a_pdf_holds_the_sentences_and_the_figures(usual: City) -> None:
    found, told = usual.recap(), text_of(as_pdf(usual.recap(), usual.captions.of))
    for sentence in narrative(found, usual.captions.of):
        assert sentence in told
    for row in (*found.tables.groups["opd"], found.tables.total):
        name = usual.captions.opd(row.key) if row.key else "Jumlah"
        columns = (
            "received", "answered", "waiting", "overdue", "unwatched", "let_go", "in_time", "late",
            "share_in_time", "median_minutes",
        )  # fmt: skip
        assert " ".join([name, *(figure(one).said(row) for one in columns)]) in told
    for words in ("Mengetahui,", "Kepala Dinas Kominfo", "Disusun oleh,", "NIP ..."):
        assert words in told


def test_each_page_has_its_number_and_the_city(usual: City) -> None:
    reader = pypdf.PdfReader(io.BytesIO(as_pdf(usual.recap(), usual.captions.of)))
    count = len(reader.pages)
    assert count > 1
    for number, page in enumerate(reader.pages, start=1):
        assert f"Halaman {number} dari {count}" in page.extract_text()
        assert "Kota Sukamaju, Oktober 2025" in page.extract_text()
    assert reader.metadata is not None
    assert reader.metadata.title == "Rekap aduan warga Kota Sukamaju, Oktober 2025"


def test_a_table_over_several_pages_has_its_head_on_each(empty: City) -> None:
    for number in range(90):
        empty.hears(wib(1, 9), opd="dpupr" if number % 2 else "dlh", network=f"kanal{number:02}")
    reader = pypdf.PdfReader(io.BytesIO(as_pdf(empty.recap(), empty.captions.of)))
    heads = [page for page in reader.pages if "Jaringan Diterima" in _flat(page.extract_text())]
    assert len(heads) >= 2


def test_more_opd_than_a_page_is_long_break_nothing(usual: City) -> None:
    found = usual.recap()
    [row, *_] = found.tables.groups["opd"]
    many = tuple(replace(row, key=f"opd{number}") for number in range(130))
    tables = replace(found.tables, groups={**found.tables.groups, "opd": many})
    told = text_of(as_pdf(replace(found, tables=tables), called))
    assert "opd129 42,8% (3 dari 7)" in told


@pytest.mark.parametrize(
    ("first", "last"), [(wib(1), wib(14)), (wib(1, month=1), wib(31, month=12))]
)
def test_captions_below_the_bars_do_not_overlap(
    usual: City, first: datetime, last: datetime
) -> None:
    period = Period("days", first.date(), last.date(), WIB)
    stretches = usual.recap(period).tables.stretches
    found = [(f"{one.first:%d %b}-{one.last:%d %b}", one) for one in stretches]
    words = [one for one in received(found).contents if isinstance(one, String)]
    words = [one for one in words if "-" in one.text]
    captions = sorted(one.x for one in words)
    assert 5 <= len(captions) <= len(stretches)
    widest = max(stringWidth(one.text, one.fontName, one.fontSize) for one in words)
    assert all(right - left > widest for left, right in pairwise(captions))


def _flat(text: str) -> str:
    return " ".join(text.split())


def test_an_empty_month_is_a_page_to_sign_too(empty: City) -> None:
    found = empty.recap()
    told = text_of(as_pdf(found, empty.captions.of))
    assert "tidak ada aduan warga" in told
    assert "Menurut OPD" not in told
    assert "Mengetahui," in told
    assert sheet(workbook(empty), "Per OPD")[-1][:2] == ["Jumlah", 0]


def test_of_a_sensitive_or_confidential_one_no_page_names_more_than_the_number(
    usual: City,
) -> None:
    secret = next(one.item_id for one in usual.store.answer_facts(EVERYTHING) if one.confidential)
    told = text_of(as_pdf(usual.recap(), usual.captions.of))
    assert "(aduan peka) (aduan peka) 17 Oktober 2025" in told
    assert f"{secret} DPUPR" not in told
    assert "1 aduan yang dirahasiakan tidak disebut di sini." in told


def test_names_that_the_fonts_cannot_show_break_nothing(usual: City) -> None:
    found = replace(usual.recap(), city="Kota Łódź <b>&amp; 水</b>")
    told = text_of(as_pdf(found, lambda value, field: "Dinas 水 Ştefan <para>" * 3))
    assert "Kota ?ódz <b>&amp; ?</b>" in told
    assert "Dinas ? Stefan <para>" in told


@given(st.text(max_size=40))
def test_every_text_becomes_a_paragraph(text: str) -> None:
    found = shown(text)
    assert found.encode("cp1252").decode("cp1252") == found
    paragraph(text).wrap(200, 200)


# --- both ---------------------------------------------------------------------------------------


def test_the_same_recap_gives_the_same_bytes(usual: City) -> None:
    first = usual.recap(), usual.recap()
    assert as_pdf(first[0], usual.captions.of) == as_pdf(first[1], usual.captions.of)
    assert workbook(usual, first[0]) == workbook(usual, first[1])
