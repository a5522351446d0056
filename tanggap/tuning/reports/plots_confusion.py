"""The confusion matrices in parts that a phone can show: groups, each group, jenis, worst pairs."""

from collections.abc import Mapping, Sequence
from typing import Any

from tanggap.tuning.reports.canvas import GREY, INK, MUTED, SHADES, Plot, Sheet, bars, heights
from tanggap.tuning.reports.names import SHORT
from tanggap.wording import number, percent

PAIRS = 12
_JENIS = {
    "pengaduan": "Pengaduan",
    "permintaan_informasi": "Tanya",
    "aspirasi": "Aspirasi",
    "apresiasi": "Apresiasi",
    "bukan_aduan": "Bukan aduan",
    "spam": "Spam",
}

Report = Mapping[str, Any]


def draw_confusion(report: Report) -> list[Plot]:
    """Return the pictures of the report `confusion`, in the order to show."""
    plots: list[Plot] = []
    if report["sector"]["n"]:
        if report["pairs"]:
            plots.append(_pairs(report))
        groups = report["groups"]
        plots.append(
            _matrix(
                "confusion_groups",
                "Kebingungan antarkelompok sektor",
                groups["captions"],
                groups["captions"],
                groups["counts"],
            )
        )
        captions = zip(groups["labels"], groups["captions"], strict=True)
        plots += [_group(report, group, caption) for group, caption in captions]
    if report["jenis"]["n"]:
        names = [_JENIS.get(label, label) for label in report["jenis"]["labels"]]
        counts = report["jenis"]["counts"]
        plots.append(_matrix("confusion_jenis", "Kebingungan jenis", names, names, counts))
    return plots


def _pairs(report: Report) -> Plot:
    pairs = report["pairs"][:PAIRS]
    with Sheet(
        "confusion_pairs", "Sektor yang paling sering tertukar", heights(len(pairs))
    ) as sheet:
        names = [f"{SHORT[pair['right']]} → {SHORT[pair['said']]}" for pair in pairs]
        bars(
            sheet,
            names,
            [pair["n"] for pair in pairs],
            "Jumlah teks: yang benar → yang disebut model.",
        )
        return sheet.plot(f"Pasangan sektor yang tertukar, tersering di atas. {report['summary']}")


def _group(report: Report, group: str, caption: str) -> Plot:
    """Show one group's rows: its own sectors as columns, all others in one more."""
    labels = report["sector"]["labels"]
    mine = [labels.index(sector) for sector in report["group_sectors"][group]]
    counts: list[list[int]] = []
    for right in mine:
        row = report["sector"]["counts"][right]
        inside = [row[said] for said in mine]
        counts.append([*inside, sum(row) - sum(inside)])
    names = [SHORT[labels[i]] for i in mine]
    return _matrix(
        f"confusion_{group}", f"Kebingungan: {caption}", names, [*names, "di luar"], counts
    )


def _matrix(
    name: str,
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    counts: Sequence[Sequence[int]],
) -> Plot:
    """Draw shares of each row as shades, with the numbers of texts in the cells."""
    totals = [sum(row) for row in counts]
    shares = [
        [count / total if total else 0.0 for count in row]
        for row, total in zip(counts, totals, strict=True)
    ]
    with Sheet(name, title, 1.5 + 0.42 * len(rows)) as sheet:
        axes = sheet.axes
        axes.imshow(shares, cmap=SHADES, vmin=0.0, vmax=1.0, aspect="auto")
        for row, line in enumerate(counts):
            for column, count in enumerate(line):
                dark = shares[row][column] > 0.62
                colour = "white" if dark else INK if count else GREY
                axes.text(
                    column, row, number(count), ha="center", va="center", fontsize=9.5,
                    color=colour, fontweight="bold" if row == column else "normal",
                )  # fmt: skip
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xticks(
            range(len(columns)), columns, rotation=40, ha="right", rotation_mode="anchor"
        )
        axes.tick_params(length=0)
        axes.tick_params(axis="x", colors=INK)
        axes.set_ylabel("yang benar", color=MUTED)
        axes.tick_params(axis="y", pad=2)
        sheet.note("Kolom: yang disebut model. Makin gelap, makin besar bagian dari barisnya.")
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        hits = sum(
            counts[i][i] for i in range(min(len(rows), len(columns))) if rows[i] == columns[i]
        )
        said = f"{percent(100 * hits / sum(totals))} benar" if sum(totals) else "belum ada teks"
        return sheet.plot(
            f"{title}: baris yang benar, kolom yang disebut model; {number(sum(totals))} teks, "
            f"{said}."
        )
