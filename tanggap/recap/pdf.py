"""A recap as a PDF to sign and hand on: the same bytes for the same recap."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from babel.dates import format_date
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    HRFlowable,
    KeepTogether,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from tanggap.language import locale
from tanggap.recap import pdf_plots
from tanggap.recap.figures import FIGURES, figure
from tanggap.recap.material import Called, Recap
from tanggap.recap.method import coverage, method
from tanggap.recap.narrative import narrative
from tanggap.recap.pdf_pages import (
    FIGURE,
    FONT,
    FRAME_PADDING,
    HEADING,
    LINE,
    MARGIN,
    MUTED,
    OVER,
    PALE,
    SMALL,
    TITLE,
    UNDER,
    WIDTH,
    paragraph,
    shown,
    table,
)
from tanggap.recap.tables import Row, Stretch
from tanggap.recap.workbook import NOT_JUDGED, SHEETS, names_of
from tanggap.wording import day, moment, number

COUNTS = {
    "received": "Diterima", "answered": "Dijawab", "waiting": "Belum dijawab",
    "overdue": "Lewat batas", "unwatched": "Tidak terpantau", "let_go": "Tidak ditunggu",
    "in_time": "Tepat waktu", "late": "Terlambat", "share_in_time": "Bagian tepat waktu",
    "median_minutes": "Median jam kerja",
}  # fmt: skip
TIMES = {
    "open": "Masih terbuka", "elsewhere": "Bukan urusannya", "by_others": "Dijawab akun lain",
    "substantive": "Dijawab substantif", "p90_minutes": "P90 jam kerja",
    "median_elapsed": "Median jam kalender",
    "median_substantive": "Median jam kerja sampai substantif",
}  # fmt: skip
"""Figure to a caption that fits its column: two tables, since a page is too narrow for one."""
_HEADINGS = {
    "sector": "Menurut sektor", "network": "Menurut jaringan", "kecamatan": "Menurut kecamatan",
}  # fmt: skip
_COUNT_WIDTH, _TIME_WIDTH = 37.0, 50.0


def as_pdf(recap: Recap, called: Called) -> bytes:
    """Return the recap on A4 pages, with a block for the signatures."""
    # Built twice: how many pages there are is known when the last one is laid out.
    pages, _ = _built(recap, called, 0)
    return _built(recap, called, pages)[1]


def _built(recap: Recap, called: Called, pages: int) -> tuple[int, bytes]:
    buffer = io.BytesIO()
    title = shown(f"Rekap aduan warga {recap.city}, {recap.period.name}")
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=MARGIN - FRAME_PADDING,
        rightMargin=MARGIN - FRAME_PADDING,
        topMargin=15 * mm,
        bottomMargin=18 * mm,
        title=title,
        author=shown(recap.city),
        subject=shown(f"Keadaan pada {moment(recap.as_of, recap.zone)}"),
        creator="Tanggap",
        lang="id-ID",
        invariant=1,  # no date of making and no random id: equal recaps are equal files
    )

    def foot(canvas: Any, document: Any) -> None:
        canvas.setFont(FONT, 7.5)
        canvas.setFillColor(MUTED)
        canvas.drawString(MARGIN, 10 * mm, title)
        number_of = f"Halaman {document.page} dari {pages}"
        canvas.drawRightString(A4[0] - MARGIN, 10 * mm, number_of)

    document.build(list(_story(recap, called)), onFirstPage=foot, onLaterPages=foot)
    return document.page, buffer.getvalue()


def _story(recap: Recap, called: Called) -> Iterator[Flowable]:
    yield paragraph(f"Pemerintah {recap.city}", OVER)
    yield paragraph("Rekap aduan warga", TITLE)
    running = " (belum selesai)" if recap.is_running else ""
    yield paragraph(f"{recap.period.name}{running}", HEADING)
    yield paragraph(f"Keadaan pada {moment(recap.as_of, recap.zone)}", SMALL)
    yield HRFlowable(width="100%", thickness=0.8, color=LINE, spaceBefore=3, spaceAfter=7)
    yield _headline(recap)
    yield Spacer(1, 6)
    for sentence in narrative(recap, called):
        yield paragraph(sentence)
    if recap.tables.total.score.received:
        yield from _figures(recap, called)
    yield paragraph("Metode", HEADING)
    for line in method(recap):
        yield paragraph(line, SMALL)
    yield CondPageBreak(30 * mm)
    yield paragraph("Cakupan: apa yang dipantau", HEADING)
    for line in coverage(recap.coverage, called):
        yield paragraph(line, SMALL)
    yield _signatures()


def _figures(recap: Recap, called: Called) -> Iterator[Flowable]:
    found = recap.tables
    bars = [(_days(one), one) for one in found.stretches]
    by = "minggu" if any(one.last > one.first for one in found.stretches) else "hari"
    yield KeepTogether(
        [paragraph(f"Aduan yang diterima per {by}", HEADING), pdf_plots.received(bars)]
    )
    yield KeepTogether([paragraph("Angka keseluruhan", HEADING), _totals(recap)])
    rows = [(_name(row, "opd", called), row) for row in found.groups["opd"]]
    yield CondPageBreak(60 * mm)
    yield paragraph("Menurut OPD", HEADING)
    yield _table("opd", rows, found.total, COUNTS, _COUNT_WIDTH)
    yield CondPageBreak(60 * mm)
    yield paragraph("Menurut OPD: yang masih terbuka, mutu, dan lamanya", HEADING)
    yield _table("opd", rows, found.total, TIMES, _TIME_WIDTH)
    decided = [(name, row) for name, row in rows if row.score.share_in_time is not None]
    for first in range(0, len(decided), pdf_plots.ROWS_AT_MOST):
        more = " (lanjutan)" if first else ""
        picture = pdf_plots.in_time(decided[first : first + pdf_plots.ROWS_AT_MOST])
        over = paragraph(f"Bagian yang tepat waktu per OPD{more}", HEADING)
        yield KeepTogether([over, picture])
    for group, heading in _HEADINGS.items():
        those = [(_name(row, group, called), row) for row in found.groups[group]]
        yield CondPageBreak(50 * mm)
        yield paragraph(heading, HEADING)
        yield _table(group, those, found.total, COUNTS, _COUNT_WIDTH)
    if any(count for _, count in found.first_answers):
        kinds = [
            (called(kind, "kind") if kind else NOT_JUDGED, number(count))
            for kind, count in found.first_answers
        ]
        yield KeepTogether(
            [
                paragraph("Isi jawaban pertama", HEADING),
                table(("Isi", "Jumlah"), kinds, (140.0, 60.0)),
            ]
        )
    if found.longest or found.hidden_waits:
        yield KeepTogether(
            [paragraph("Terlama menunggu jawaban", HEADING), *_longest(recap, called)]
        )


def _headline(recap: Recap) -> Table:
    """Return the few figures that are read first, side by side."""
    total, before = recap.tables.total, recap.before
    chosen = (
        ("received", "diterima"),
        ("answered", "dijawab"),
        ("share_in_time", "tepat waktu"),
        ("median_minutes", "median jam kerja"),
        ("waiting", "belum dijawab"),
        ("unwatched", "tidak terpantau"),
    )
    cells: list[list[Any]] = [[], [], []]
    for name, caption in chosen:
        one = figure(name)
        cells[0].append(paragraph(one.said(total), FIGURE))
        cells[1].append(paragraph(caption, UNDER))
        cells[2].append(paragraph(f"sebelumnya {one.said(before.total)}", UNDER))
    return Table(
        cells,
        colWidths=[WIDTH / len(chosen)] * len(chosen),
        style=TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), PALE),
                ("LINEAFTER", (0, 0), (-2, -1), 0.6, LINE),
                ("TOPPADDING", (0, 0), (-1, 0), 6),
                ("TOPPADDING", (0, 1), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, 1), 1),
                ("BOTTOMPADDING", (0, 2), (-1, 2), 6),
            ]
        ),
    )


def _totals(recap: Recap) -> Table:
    """Return all figures beside those of the period before, in two halves side by side."""
    head = ("Angka", "Periode ini", "Sebelumnya")
    rows = [
        (one.caption, one.said(recap.tables.total), one.said(recap.before.total)) for one in FIGURES
    ]
    middle, gap = (len(rows) + 1) // 2, 14.0
    side = (WIDTH - gap) / 2
    halves = [
        table(head, part, (side - 116, 58.0, 58.0)) for part in (rows[:middle], rows[middle:])
    ]
    return Table(
        [[halves[0], "", halves[1]]],
        colWidths=[side, gap, side],
        style=TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ]
        ),
    )


def _table(
    group: str, rows: Sequence[tuple[str, Row]], total: Row, columns: dict[str, str], width: float
) -> Table:
    figures = [figure(name) for name in columns]
    lines = [(name, *(one.said(row) for one in figures)) for name, row in rows]
    lines.append(("Jumlah", *(one.said(total) for one in figures)))
    widths = (WIDTH - width * len(columns), *[width] * len(columns))
    return table((SHEETS[group][1], *columns.values()), lines, widths, total=True)


def _longest(recap: Recap, called: Called) -> Iterator[Flowable]:
    rows = []
    for one in recap.tables.longest:
        opd, sector = names_of(one, called)
        late, age = "ya" if one.overdue else "tidak", f"{one.age.days} hari"
        rows.append((str(one.item_id), opd, sector, day(one.posted_at, recap.zone), age, late))
    if rows:
        head = ("Nomor", "OPD", "Sektor", "Ditulis", "Umur", "Lewat batas")
        yield table(head, rows, (45.0, 120.0, 138.0, 90.0, 50.0, 50.0), texts=3)
    if recap.tables.hidden_waits:
        said = f"{number(recap.tables.hidden_waits)} aduan yang dirahasiakan tidak disebut di sini."
        yield Spacer(1, 3)
        yield paragraph(said, SMALL)


def _signatures() -> KeepTogether:
    dots = "." * 48
    lines = (
        ("", f"{dots[:30]}, {dots[:24]} 20 ...."),
        ("Mengetahui,", "Disusun oleh,"),
        ("Kepala Dinas Kominfo", ""),
        ("", ""),
        (dots, dots),
        (f"NIP {dots[:41]}", f"NIP {dots[:41]}"),
    )
    block = Table(
        [[paragraph(left), paragraph(right)] for left, right in lines],
        colWidths=[WIDTH / 2] * 2,
        rowHeights=[22, 14, 14, 46, 14, 16],
        style=TableStyle(
            [("TOPPADDING", (0, 0), (-1, -1), 0), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
        ),
    )
    return KeepTogether([Spacer(1, 22), block])


def _name(row: Row, group: str, called: Called) -> str:
    return called(row.key, group) if row.key else SHEETS[group][2]


def _days(one: Stretch) -> str:
    first, last = (str(format_date(on, "d MMM", locale=locale())) for on in (one.first, one.last))
    if one.first == one.last:
        return first
    return f"{one.first.day}-{last}" if one.first.month == one.last.month else f"{first}-{last}"
