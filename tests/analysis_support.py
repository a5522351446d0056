"""Reports of the documented shape (docs/tuning.md), put into a real store: for the desk's tests."""

import json
import struct
import zlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from web_support import NOW, TRIAGE, Town, make_decision, make_mention

from tanggap.mention import JENIS, Review, Verdict
from tanggap.sectors import SECTORS
from tanggap.store.rows import EVERYTHING, Item
from tanggap.store.rows_tuning import Label, ModelVersion

SAID_AT = "2026-11-19T03:00:00.000Z"
"""When the labels were given that a report suspects."""
IN_USE = "baseline-0123456789ab"
"""What the daemon of the test town says that it runs."""
CANDIDATE = "lokal-aaaaaaaaaaaa"
REFUSED = "lokal-bbbbbbbbbbbb"


def head(kind: str, summary: str, plots: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "kind": kind,
        "model": IN_USE,
        "made_at": "2026-11-20T02:00:00.000Z",
        "summary": summary,
        "data": {
            "source": "test_set",
            "n": 400,
            "first_posted_at": None,
            "last_posted_at": None,
            "caption": "set uji kota ini, 400 teks",
        },
        "plots": [
            {"name": name, "title": f"Gambar {name}", "alt": f"Grafik: {name}"} for name in plots
        ],
    }


def png(width: int = 720, height: int = 480) -> bytes:
    """Return a picture that a browser shows: white with a grey frame."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data)
        )  # fmt: skip

    edge, inner = b"\x80" * width, b"\x80" + b"\xff" * (width - 2) + b"\x80"
    rows = [edge, *[inner] * (height - 2), edge]
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def confusion() -> dict[str, Any]:
    names = list(SECTORS)
    counts = [[0] * len(names) for _ in names]
    for number in range(len(names)):
        counts[number][number] = 12
    counts[names.index("jalan")][names.index("drainase_banjir")] = 5
    counts[names.index("perhubungan")][names.index("jalan")] = 3
    total = sum(map(sum, counts))
    return head("confusion", "Jalan paling sering disangka drainase.", ("confusion",)) | {
        "sector": {"labels": names, "counts": counts, "n": total, "right": 12 * len(names)},
        "jenis": {
            "labels": list(JENIS),
            "counts": [[40 if a == b else 2 for b in JENIS] for a in JENIS],
            "n": 300,
            "right": 240,
        },
        "groups": {
            "labels": ["prasarana", "layanan"],
            "captions": ["Prasarana", "Layanan kantor"],
            "counts": [[90, 4], [6, 70]],
        },
        "group_sectors": {"prasarana": ["jalan", "drainase_banjir"], "layanan": ["kependudukan"]},
        "pairs": [
            {"right": "jalan", "said": "drainase_banjir", "n": 5, "share": 5 / 17},
            {"right": "perhubungan", "said": "jalan", "n": 3, "share": 0.2},
        ],
    }


def curve(n: int, threshold: float | None) -> dict[str, Any]:
    """A curve on which every step of a hundredth routes one text less per hundred."""
    routed = [round(n * (100 - step) / 100) for step in range(101)]
    wrong = [round(count * (100 - step) / 400) for step, count in enumerate(routed)]
    return {
        "n": n,
        "routed": routed,
        "wrong": wrong,
        "share": [count / n for count in routed],
        "accuracy": [
            1 - bad / count if count else None for bad, count in zip(wrong, routed, strict=True)
        ],
        "aside": n // 20,
        "aside_wrong": n // 80,
        "threshold": threshold,
        "row": None if threshold is None else round(100 * threshold),
        "lowest_for": {"0.90": 0.6, "0.95": 0.8, "0.98": None},
    }


def risk_coverage() -> dict[str, Any]:
    plots = ("risk_coverage", "risk_coverage_jalan")
    return head("risk_coverage", "Tujuh dari sepuluh langsung ke OPD.", plots) | {
        "thresholds": [step / 100 for step in range(101)],
        "asked_from": 0.6,
        "all": curve(400, None),
        "sectors": {"jalan": curve(80, 0.72), "desa": curve(12, 0.9)},
        "now": {"n": 400, "routed": 280, "wrong": 14, "share": 0.7, "accuracy": 0.95}
        | {"aside": 20, "aside_wrong": 5},
    }


def reliability() -> dict[str, Any]:
    def part(gap: float) -> dict[str, Any]:
        bins = [
            {
                "low": step / 15,
                "high": (step + 1) / 15,
                "n": 26,
                "confidence": (step + 0.5) / 15,
                "accuracy": max((step + 0.5) / 15 - gap, 0.0),
            }
            for step in range(15)
        ]
        return {
            "n": 390,
            "ece": gap,
            "limit": 0.05,
            "confidence": 0.8,
            "accuracy": 0.8 - gap,
            "bins": bins,
        }

    plots = ("reliability_sector", "reliability_asked")
    return head("reliability", "Keyakinan sektor dapat dipercaya.", plots) | {
        "sector": part(0.03),
        "asked": part(0.09),
    }


def per_sector() -> dict[str, Any]:
    rows = [
        {
            "sector": sector,
            "n": 40 if number % 3 else 8,
            "precision": 0.9,
            "recall": 0.8,
            "f1": 0.847,
            "threshold": 0.7,
            "before": {"precision": 0.85, "recall": 0.8, "f1": 0.824},
            "change": 0.023 if number % 2 else -0.05,
            "won": 4 if number % 2 else 0,
            "lost": 1 if number % 2 else 6,
            "gone": 2,
            "new": 3,
            "p": 0.38 if number % 2 else 0.03,
        }
        for number, sector in enumerate(SECTORS)
    ]
    return head("per_sector", "Naik dua angka dari versi sebelumnya.", ("per_sector",)) | {
        "before": "baseline-ffffffffffff",
        "rows": rows,
        "all": {
            "n": 400,
            "accuracy": 0.861,
            "macro_f1": 0.75,
            "before": {"accuracy": 0.84, "macro_f1": 0.73},
            "change": 0.021,
            "won": 20,
            "lost": 12,
            "p": 0.2,
        },
    }


def next_labels(items: list[Item]) -> dict[str, Any]:
    rows = [
        {
            "key": f"x:{item.mention.network_id}",
            "item_id": item.id,
            "usefulness": 0.9,
            "uncertainty": 0.8,
            "asked": 0.7,
            "jenis": "pengaduan",
            "sectors": [["perhubungan", 0.41], ["jalan", 0.32], ["listrik", 0.1]],
        }
        for item in items
    ]
    return head("next_labels", f"{len(rows)} teks paling berguna bila diberi label.") | {
        "looked_at": 120,
        "rows": rows,
        "by_sector": [{"sector": "jalan", "n": 9}, {"sector": "kesehatan", "n": 2}],
    }


def suspects(items: list[Item], imported: str = "import:uji:7") -> dict[str, Any]:
    rows = [
        {
            "key": f"x:{item.mention.network_id}",
            "item_id": item.id,
            "by": "dishub",
            "at": SAID_AT,
            "test": False,
            "part": "sector",
            "label": "perhubungan",
            "suggested": "jalan",
            "confidence": 0.93,
            "label_confidence": 0.02,
        }
        for item in items
    ]
    rows.append(
        {
            "key": imported, "item_id": None, "by": "impor", "at": SAID_AT, "test": False,
            "part": "jenis", "label": "pengaduan", "suggested": "bukan_aduan",
            "confidence": 0.88, "label_confidence": 0.07,
        }
    )  # fmt: skip
    return head("suspects", f"{len(rows)} label dicurigai salah.") | {
        "checked": 200,
        "found": len(rows),
        "rows": rows,
        "pairs": [{"part": "sector", "label": "perhubungan", "suggested": "jalan", "n": 3}],
        "by": [{"by": "dishub", "checked": 150, "found": len(rows) - 1}],
    }


def learning_curve() -> dict[str, Any]:
    said = "300 label lagi diperkirakan menambah 1,5 angka."
    return head("learning_curve", said, ("learning_curve",)) | {
        "enough": True,
        "needed": 200,
        "n_labels": 640,
        "n_test": 200,
        "points": [
            {"n": n, "sector_accuracy": a, "low": a - 0.03, "high": a + 0.03, "jenis_accuracy": 0.9}
            for n, a in ((0, 0.74), (160, 0.79), (320, 0.82), (640, 0.84))
        ],
        "forecast": [
            {
                "more": 300, "n": 940, "sector_accuracy": 0.855, "gain": 0.015, "low": 0.011,
                "high": 0.03,
            }
        ],
        "complete": True,
        "advice": said,
    }  # fmt: skip


def drift(*, alarm: bool = False) -> dict[str, Any]:
    weeks = [
        {
            "start": f"2026-11-{day:02}T00:00:00.000Z",
            "n": 30 if day == 16 else 210,
            "psi_sector": 0.31 if alarm and day == 9 else 0.04,
            "psi_confidence": None if day == 2 else 0.02,
            "limit_sector": 0.45 if day == 16 else 0.25,
            "limit_confidence": None if day == 2 else 0.25,
            "confidence": 0.81,
            "unknown_share": 0.06,
            "state": "few" if day == 16 else "alarm" if alarm and day == 9 else "steady",
            "causes": ["sector"] if alarm and day == 9 else [],
        }
        for day in (2, 9, 16)
    ]
    return head("drift", "Yang masuk masih serupa dengan masa pelatihan.", ("drift",)) | {
        "reference": {
            "first": "2026-08-01T00:00:00.000Z", "last": "2026-10-31T00:00:00.000Z", "n": 2000,
            "sectors": {"jalan": 400},
        },
        "unseen": {
            "first": "2026-10-31T00:00:00.000Z", "last": "2026-11-07T00:00:00.000Z", "n": 210,
            "confidence": 0.82, "unknown_share": 0.05,
        },
        "weeks": weeks,
        "movers": [{"sector": "drainase_banjir", "before": 0.06, "now": 0.24}],
        "alarm": alarm,
        "alarm_text": "Sejak minggu 9 November isi aduan bergeser." if alarm else "",
    }  # fmt: skip


def overview() -> dict[str, Any]:
    return head("overview", "Semua laporan.") | {
        "reports": [
            {"kind": "confusion", "summary": "Jalan paling sering disangka drainase."},
            {"kind": "next_labels", "summary": "Tiga teks menunggu."},
            {"kind": "from_the_future", "summary": "tidak dikenal"},
        ],
        "missing": [{"kind": "learning_curve", "why": "Labelnya belum cukup."}],
    }


def model(version: str, **changes: Any) -> ModelVersion:
    values: dict[str, Any] = {
        "version": version,
        "created_at": NOW - timedelta(hours=2),
        "created_by": "analis",
        "parent": IN_USE,
        "state": "candidate",
        "n_texts": 6500,
        "n_local": 640,
        "figures": {
            "sector": {"accuracy": 0.861, "macro_f1": 0.75, "routed_share": 0.78},
            "verdict": {"accepted": True, "reasons": ["Set uji: +2,1 angka."]},
        },
        "card": "# Kartu model\n\nDilatih dari 6.500 teks.",
    }
    return ModelVersion(**values | changes)


@dataclass
class Bench:
    """A town with reports on the version in use, and the items they speak of."""

    town: Town
    items: list[Item] = field(default_factory=list)

    def put_report(self, kind: str, body: dict[str, Any], version: str = IN_USE) -> None:
        self.town.store.save_report(version, kind, json.dumps(body), NOW)

    def label(self, item: Item, verdict: Verdict, by: str = "dishub", **said: str) -> Item:
        """Let a person say something of an item before any report was made; return it after."""
        review = Review(item.id, by, verdict, item.version, **said)
        assert self.town.store.review(EVERYTHING, review, NOW - timedelta(days=1)) is not None
        detail = self.town.store.item(EVERYTHING, item.id)
        assert detail is not None
        return detail.item

    def put_all(self) -> None:
        texts = (
            "Lampu di pertigaan mati, kemarin ada yang jatuh kena lubang",
            "min ini gimana sih kok gelap terus jalannya",
            "Tiang miring depan sekolah, takut roboh",
        )
        self.items = [
            self.town.put(
                make_mention(500 + number, text),
                make_decision(sector="perhubungan", because=("kata:lampu",)),
                TRIAGE,
            )
            for number, text in enumerate(texts)
        ]
        suspect = self.label(
            self.town.put(
                make_mention(600, "Aspal di tikungan bolong semua"),
                make_decision(sector="perhubungan"),
            ),
            "agree",
        )
        spoken = Label(
            key="", text="info jadwal senam dong", parent_text=None, addressed=(), posted_at=None,
            jenis="pengaduan", sector=None, opd=None, kecamatan=None, urgent=None, sensitive=None,
            by="impor", at=NOW, item_id=None,
        )  # fmt: skip
        self.town.store.import_labels("uji", [spoken], "impor", NOW)
        (imported,) = (label.key for label in self.town.store.labels() if label.item_id is None)
        for body in (
            overview(), confusion(), risk_coverage(), reliability(), per_sector(),
            next_labels(self.items), suspects([suspect], imported), learning_curve(), drift(),
        ):  # fmt: skip
            self.put_report(body["kind"], body)
            for plot in body["plots"]:
                self.town.store.save_plot(IN_USE, plot["name"], png(), NOW)
        self.suspect = suspect

    def put_models(self) -> None:
        refused = {"verdict": {"accepted": False, "reasons": ["Kalah 3 dari 100 teks uji dasar."]}}
        self.town.store.save_model(
            model(REFUSED, state="refused", figures=refused, created_at=NOW - timedelta(hours=3)),
            b"ditolak",
        )
        self.town.store.save_model(model(CANDIDATE), b"calon")
