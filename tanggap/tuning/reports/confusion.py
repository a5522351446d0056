"""Which labels are taken for which: whole matrices, groups that fit a screen, the worst pairs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tanggap.mention import JENIS
from tanggap.sectors import SECTORS
from tanggap.tuning.reports.judgement import Judgement
from tanggap.wording import number, percent

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "prasarana": (
        "Prasarana",
        ("jalan", "drainase_banjir", "perumahan", "perhubungan", "air_bersih", "listrik"),
    ),
    "lingkungan": (
        "Lingkungan & ketertiban",
        ("kebersihan_lingkungan", "bencana_damkar", "ketertiban"),
    ),
    "manusia": (
        "Manusia & keluarga",
        ("kesehatan", "pendidikan", "sosial", "ketenagakerjaan", "perempuan_anak"),
    ),
    "ekonomi": (
        "Ekonomi",
        ("perdagangan_umkm", "perizinan", "pariwisata_olahraga", "pertanian", "pajak_aset"),
    ),
    "layanan": (
        "Layanan kantor",
        ("kependudukan", "desa", "kominfo", "pemerintahan", "lainnya"),
    ),
}
"""Group to (caption, sectors): 24 rows and columns are read by nobody on a phone."""
PAIRS = 20


def confusion(judgements: Sequence[Judgement]) -> dict[str, Any]:
    """Return the report `confusion` (without its head).

    `{"sector": MATRIX, "jenis": MATRIX, "groups": {"labels", "captions", "counts"},
    "group_sectors": {group: [sector]}, "pairs": [{"right", "said", "n", "share"}], "summary"}` with
    `MATRIX = {"labels", "counts", "n", "right"}`: rows are right, columns were said. A text with
    several right labels counts as the one that was said if that is among them, else as its first.
    A text of which the model said nothing is left out.
    """
    sector = matrix(
        tuple(SECTORS), ((j.sector, j.said_sector) for j in judgements if j.sector and j.asks)
    )
    pairs = _pairs(sector)
    group_of = {name: group for group, (_, names) in GROUPS.items() for name in names}
    return {
        "sector": sector,
        "jenis": matrix(JENIS, ((j.jenis, j.said_jenis) for j in judgements if j.jenis)),
        "groups": {
            "labels": list(GROUPS),
            "captions": [caption for caption, _ in GROUPS.values()],
            "counts": _grouped(sector, group_of),
        },
        "group_sectors": {group: list(names) for group, (_, names) in GROUPS.items()},
        "pairs": pairs,
        "summary": _summary(sector, pairs),
    }


def matrix(
    labels: tuple[str, ...], judged: Iterable[tuple[tuple[str, ...], str]]
) -> dict[str, Any]:
    """Return `{"labels", "counts", "n", "right"}` over (right labels, said label)."""
    cells: Counter[tuple[str, str]] = Counter()
    for right, said in judged:
        if said:
            cells[said if said in right else right[0], said] += 1
    return {
        "labels": list(labels),
        "counts": [[cells[row, column] for column in labels] for row in labels],
        "n": sum(cells.values()),
        "right": sum(cells[label, label] for label in labels),
    }


def _grouped(sector: dict[str, Any], group_of: dict[str, str]) -> list[list[int]]:
    cells: Counter[tuple[str, str]] = Counter()
    for right, row in zip(sector["labels"], sector["counts"], strict=True):
        for said, count in zip(sector["labels"], row, strict=True):
            cells[group_of[right], group_of[said]] += count
    return [[cells[right, said] for said in GROUPS] for right in GROUPS]


def _pairs(sector: dict[str, Any]) -> list[dict[str, Any]]:
    pairs = [
        {"right": right, "said": said, "n": count, "share": round(count / sum(row), 4)}
        for right, row in zip(sector["labels"], sector["counts"], strict=True)
        for said, count in zip(sector["labels"], row, strict=True)
        if count and said != right
    ]
    pairs.sort(key=lambda pair: (-pair["n"], -pair["share"], pair["right"], pair["said"]))
    return pairs[:PAIRS]


def _summary(sector: dict[str, Any], pairs: list[dict[str, Any]]) -> str:
    if not sector["n"]:
        return "Belum ada teks bersektor untuk mengukur."
    said = (
        f"Sektor benar pada {percent(100 * sector['right'] / sector['n'])} dari "
        f"{number(sector['n'])} teks."
    )
    if not pairs:
        return said
    worst = pairs[0]
    return (
        f"{said} Paling sering tertukar: {SECTORS[worst['right']][0]} disebut "
        f"{SECTORS[worst['said']][0]} ({number(worst['n'])} teks)."
    )
