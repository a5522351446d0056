"""The reports as pictures: each with a title and a description; the table is the report itself.

The only modules of Tanggap that import matplotlib are this one and `canvas`; neither the desk nor
the daemon's own process does.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from tanggap.sectors import SECTORS
from tanggap.tuning.reports.canvas import (
    BLUE,
    GREY,
    LINE,
    MUTED,
    ORANGE,
    Plot,
    Sheet,
    bars,
    heights,
)
from tanggap.tuning.reports.names import SHORT
from tanggap.tuning.reports.plots_confusion import draw_confusion
from tanggap.tuning.reports.risk_coverage import LEAST_ROUTED
from tanggap.wording import number, percent

LEAST_CURVE = 20
"""A curve over fewer texts is noise."""
BARS = 12

Report = Mapping[str, Any]


def draw(kind: str, report: Report) -> list[Plot]:
    """Return the pictures of a report, in the order to show; none where there is nothing to see."""
    return _DRAWN[kind](report) if kind in _DRAWN else []


def _risk_coverage(report: Report) -> list[Plot]:
    if not report["all"]["n"]:
        return []
    plots = [_curve("risk_coverage", "Semua sektor", report["all"], report["now"])]
    for sector, curve in report["sectors"].items():
        if curve["n"] >= LEAST_CURVE:
            row = curve["row"]
            now = {"share": curve["share"][row], "accuracy": curve["accuracy"][row]}
            plots.append(_curve(f"risk_coverage_{sector}", SECTORS[sector][0], curve, now))
    return plots


def _curve(name: str, caption: str, curve: Report, now: Report) -> Plot:
    # What a handful of texts says of a share would set the scale for all others.
    least = min(LEAST_ROUTED, max(curve["routed"]))
    points = [
        (share, 1.0 - accuracy)
        for routed, share, accuracy in zip(
            curve["routed"], curve["share"], curve["accuracy"], strict=True
        )
        if routed >= least and accuracy is not None
    ]
    highest = max(
        [risk for _, risk in points]
        + [1.0 - now["accuracy"] if now["accuracy"] is not None else 0.0, 0.06]
    )
    with Sheet(name, f"Risiko dan cakupan: {caption}", 3.4) as sheet:
        axes = sheet.axes
        axes.plot(*zip(*points, strict=True), color=BLUE, linewidth=2.2)
        axes.axhline(0.05, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
        axes.grid(axis="y")
        sheet.shares("x", "langsung ke OPD tanpa diperiksa orang (cakupan)")
        axes.set_ylim(0, 1.12 * highest)
        axes.yaxis.set_major_locator(_few_ticks())
        axes.yaxis.set_major_formatter(lambda value, _: percent(100 * value))
        axes.set_ylabel("salah (risiko)")
        marks: list[Any] = [
            Line2D(
                [], [], color=BLUE, linewidth=2.2, label="ambang tinggi (kiri) sampai 0 (kanan)"
            ),
            Line2D([], [], color=MUTED, linestyle=(0, (4, 3)), label="batas 5% salah"),
        ]
        said = "dengan ambang versi ini tidak ada yang langsung ke OPD"
        if now["accuracy"] is not None:
            wrong = 1.0 - now["accuracy"]
            said = (
                f"ambang versi ini: {percent(100 * now['share'])} langsung ke OPD, "
                f"{percent(100 * wrong, 1)} salah"
            )
            axes.plot(
                [now["share"]], [wrong], "o", color=ORANGE, markersize=8, clip_on=False, zorder=3
            )
            marks.append(
                Line2D([], [], color=ORANGE, marker="o", markersize=7, linewidth=0, label=said)
            )
        sheet.below(*marks)
        return sheet.plot(f"Kurva risiko terhadap cakupan, {number(curve['n'])} teks; {said}.")


def _reliability(report: Report) -> list[Plot]:
    titles = {
        "sector": "Keandalan: keyakinan sektor",
        "asked": "Keandalan: apakah ada yang diminta",
    }
    plots: list[Plot] = []
    for part, title in titles.items():
        figures = report[part]
        if not figures["n"]:
            continue
        with Sheet(f"reliability_{part}", title, 4.3) as sheet:
            axes = sheet.axes
            axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
            sure = [one["confidence"] for one in figures["bins"]]
            true = [one["accuracy"] for one in figures["bins"]]
            axes.vlines(sure, sure, true, color=ORANGE, linewidth=1.6)
            axes.plot(sure, true, "o-", color=BLUE, markersize=5, linewidth=1.4, clip_on=False)
            axes.grid()
            axes.set_aspect("equal")
            sheet.shares("x", "keyakinan model")
            sheet.shares("y", "benar" if part == "sector" else "memang meminta")
            sheet.below(
                Line2D([], [], color=BLUE, marker="o", markersize=5, label="kelompok teks"),
                Line2D([], [], color=MUTED, linestyle=(0, (4, 3)), label="keyakinan yang tepat"),
                Line2D(
                    [], [], color=ORANGE,
                    label=f"selisih, rata-rata {number(100 * figures['ece'], 1)} poin",
                ),
            )  # fmt: skip
            plots.append(
                sheet.plot(
                    f"Keyakinan dan kenyataan dalam {len(sure)} kelompok, {number(figures['n'])} "
                    f"teks; selisih rata-rata {number(100 * figures['ece'], 1)} poin."
                )
            )
    return plots


def _per_sector(report: Report) -> list[Plot]:
    rows = sorted(report["rows"], key=lambda row: -row["f1"])
    if not rows:
        return []
    with Sheet("per_sector", "F1 per sektor", heights(len(rows), each=0.25) + 0.3) as sheet:
        axes = sheet.axes
        for place, row in enumerate(rows):
            axes.plot([0, 1], [place, place], color=LINE, linewidth=0.7, zorder=0)
            if row["before"] is not None:
                was = row["before"]["f1"]
                colour = ORANGE if row["f1"] < was else BLUE
                axes.plot([was, row["f1"]], [place, place], color=colour, linewidth=2)
                axes.plot([was], [place], "o", markerfacecolor="white", color=GREY, markersize=6)
            axes.plot([row["f1"]], [place], "o", color=BLUE, markersize=6, clip_on=False)
        names = [f"{SHORT[row['sector']]} ({number(row['n'])})" for row in rows]
        axes.set_yticks(range(len(rows)), names)
        axes.tick_params(axis="y", length=0)
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.set_xticks([0, 0.5, 1], [percent(0), percent(50), percent(100)])
        axes.set_xlabel("F1; dalam kurung jumlah teks")
        if report["before"] is not None:
            sheet.below(
                Line2D([], [], color=BLUE, marker="o", linewidth=0, label="versi ini"),
                Line2D([], [], color=GREY, marker="o", markerfacecolor="white", linewidth=0,
                       label="versi sebelumnya"),
                Line2D([], [], color=ORANGE, label="turun"),
            )  # fmt: skip
        return [sheet.plot(f"F1 dari {len(rows)} sektor, terbaik di atas. {report['summary']}")]


def _suspects(report: Report) -> list[Plot]:
    pairs = [pair for pair in report["pairs"] if pair["part"] == "sector"][:BARS]
    if not pairs:
        return []
    title = "Label yang dicurigai salah"
    with Sheet("suspects", title, heights(len(pairs))) as sheet:
        names = [f"{SHORT[pair['label']]} → {SHORT[pair['suggested']]}" for pair in pairs]
        bars(sheet, names, [pair["n"] for pair in pairs], "Jumlah teks: label orang → usul model.")
        return [sheet.plot(f"Pasangan label dan usul model yang tersering. {report['summary']}")]


def _next_labels(report: Report) -> list[Plot]:
    sectors = report["by_sector"][:BARS]
    if not sectors:
        return []
    title = "Aduan yang sebaiknya diberi label, menurut dugaan sektor"
    with Sheet("next_labels", title, heights(len(sectors)) + 0.2) as sheet:
        names = [SHORT[one["sector"]] for one in sectors]
        bars(sheet, names, [one["n"] for one in sectors], "Jumlah aduan.")
        return [sheet.plot(report["summary"])]


def _learning_curve(report: Report) -> list[Plot]:
    points, forecast = report["points"], report["forecast"]
    if not points:
        return []
    with Sheet("learning_curve", "Kurva belajar", 3.6) as sheet:
        axes = sheet.axes
        sizes = [point["n"] for point in points]
        axes.fill_between(
            sizes, [p["low"] for p in points], [p["high"] for p in points], color=BLUE, alpha=0.16,
            linewidth=0,
        )  # fmt: skip
        axes.plot(sizes, [p["sector_accuracy"] for p in points], "o-", color=BLUE, markersize=5)
        last = points[-1]["sector_accuracy"]
        ahead = [{"n": sizes[-1], "sector_accuracy": last, "low": 0.0, "high": 0.0}, *forecast]
        later = [row["n"] for row in ahead]
        axes.fill_between(
            later, [last + r["low"] for r in ahead], [min(1.0, last + r["high"]) for r in ahead],
            color=ORANGE, alpha=0.16, linewidth=0,
        )  # fmt: skip
        axes.plot(later, [r["sector_accuracy"] for r in ahead], "s--", color=ORANGE, markersize=5)
        axes.grid(axis="y")
        axes.xaxis.set_major_locator(_few_ticks())
        axes.xaxis.set_major_formatter(lambda value, _: number(value))
        axes.yaxis.set_major_locator(_few_ticks())
        axes.yaxis.set_major_formatter(lambda value, _: percent(100 * value))
        axes.set_xlabel("label kota ini yang dipelajari")
        axes.set_ylabel("sektor benar")
        sheet.below(
            Line2D([], [], color=BLUE, marker="o", label="terukur"),
            Line2D([], [], color=ORANGE, marker="s", linestyle="--", label="perkiraan"),
            Patch(color=GREY, alpha=0.3, label="rentang pengambilan ulang teks uji (80%)"),
        )
        return [sheet.plot(f"Ketepatan sektor menurut jumlah label. {report['advice']}")]


def _drift(report: Report) -> list[Plot]:
    weeks = report["weeks"]
    if not weeks:
        return []
    with Sheet("drift", "Pergeseran sektor per minggu", 3.6) as sheet:
        axes = sheet.axes
        places = range(len(weeks))
        axes.bar(
            places, [week["psi_sector"] for week in weeks],
            color=[
                LINE if week["state"] == "few"
                else ORANGE if week["psi_sector"] > week["limit_sector"] else BLUE
                for week in weeks
            ],
            width=0.66,
        )  # fmt: skip
        limit = [week["limit_sector"] for week in weeks]
        for place, value in zip(places, limit, strict=True):
            axes.plot([place - 0.45, place + 0.45], [value, value], color=MUTED, linewidth=1.6)
        step = max(1, -(-len(weeks) // 5))
        axes.set_xticks(list(places)[::step], [_short_day(week["start"]) for week in weeks][::step])
        axes.yaxis.set_major_locator(_few_ticks())
        axes.yaxis.set_major_formatter(lambda value, _: number(value, 2))
        axes.set_ylabel("PSI terhadap masa latih")
        axes.set_xlabel("minggu yang dimulai (tanggal/bulan)")
        marks: list[Any] = [
            Patch(color=BLUE, label="dalam batas"),
            Patch(color=ORANGE, label="sektor lain dari masa latih"),
            Line2D([], [], color=MUTED, label="batas alarm minggu itu"),
        ]
        if any(week["state"] == "few" for week in weeks):
            marks.insert(2, Patch(color=LINE, label="aduan terlalu sedikit"))
        sheet.below(*marks)
        return [sheet.plot(f"PSI sektor dalam {len(weeks)} minggu. {report['summary']}")]


def _short_day(moment: str) -> str:
    when = datetime.fromisoformat(moment)
    return f"{when.day}/{when.month}"


def _few_ticks() -> MaxNLocator:
    return MaxNLocator(nbins=5)


_DRAWN: dict[str, Callable[[Report], list[Plot]]] = {
    "confusion": draw_confusion,
    "risk_coverage": _risk_coverage,
    "reliability": _reliability,
    "per_sector": _per_sector,
    "suspects": _suspects,
    "next_labels": _next_labels,
    "learning_curve": _learning_curve,
    "drift": _drift,
}
