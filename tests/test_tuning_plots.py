"""The plots: every letter inside the picture, large enough on a phone, in Indonesian."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from matplotlib.image import imread
from matplotlib.text import Text
from scipy.sparse import csr_matrix, identity

from tanggap.mention import JENIS
from tanggap.sectors import SECTORS
from tanggap.tuning.reports import canvas
from tanggap.tuning.reports.confusion import GROUPS, confusion
from tanggap.tuning.reports.drift import Seen, drift
from tanggap.tuning.reports.judgement import Judgement
from tanggap.tuning.reports.learning_curve import Fitted, learning_curve
from tanggap.tuning.reports.names import SHORT
from tanggap.tuning.reports.next_labels import Candidate, next_labels
from tanggap.tuning.reports.per_sector import per_sector
from tanggap.tuning.reports.plots import draw
from tanggap.tuning.reports.reliability import reliability
from tanggap.tuning.reports.risk_coverage import LEAST_ROUTED, risk_coverage
from tanggap.tuning.reports.suspects import Given, Part, suspects

NAMES = tuple(SECTORS)
STORED = dict.fromkeys(NAMES, 0.6)
PHONE = 320
"""CSS pixels that a phone of 360 leaves for a picture."""


def texts(n, seed=1):
    """Texts of all sectors and jenis, right in about three of four; counts of up to four digits."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        jenis = JENIS[rng.choice(6, p=[0.6, 0.1, 0.05, 0.05, 0.15, 0.05])]
        asks = jenis in JENIS[:3]
        sector = NAMES[min(23, int(rng.exponential(6)))]
        said = sector if rng.random() < 0.75 else NAMES[rng.integers(24)]
        made.append(
            Judgement(
                jenis=(jenis,),
                sector=(sector,) if asks else (),
                said_jenis=jenis if rng.random() < 0.8 else JENIS[rng.integers(6)],
                said_sector=said,
                confidence=float(rng.beta(4, 2)),
                asked=float(rng.beta(8, 2) if asks else rng.beta(2, 6)),
            )
        )
    return made


def earlier(later):
    """What a version before said of the same texts: other sectors wrong."""
    return [replace(one, said_sector="jalan") if i % 9 == 0 else one for i, one in enumerate(later)]


def drifting():
    rng = np.random.default_rng(1)
    start = datetime(2026, 8, 3, tzinfo=UTC)
    seen = [
        Seen(
            start + timedelta(weeks=week, hours=hour),
            NAMES[1 if week == 15 else rng.integers(24)],
            0.8,
            20,
            2,
        )
        for week in range(16)
        for hour in range(20 if week == 12 else 90)
    ]
    return drift(seen, start + timedelta(weeks=4), start + timedelta(weeks=16))


def every_report():
    many = texts(5000)
    curves = risk_coverage(many, 0.5, STORED)
    longest = sorted(SECTORS, key=lambda sector: -len(SECTORS[sector][0]))[:4]
    curves["sectors"] = {sector: curves["sectors"][sector] for sector in ("jalan", *longest)}
    rank = (np.arange(300) + 0.5) / 300
    rng = np.random.default_rng(3)
    shares = rng.dirichlet(np.ones(24) * 0.2, 300)
    doubted = Part(
        "sector",
        NAMES,
        shares,
        rng.integers(0, 24, 300),
        [Given(f"x:{i}", "ani", "2026-11-01", i) for i in range(300)],
    )
    waiting = [
        Candidate(f"x:{i}", i, ((NAMES[i % 24], 0.5), ("jalan", 0.4)), 0.9, "pengaduan")
        for i in range(120)
    ]
    return {
        "confusion": confusion(many),
        "risk_coverage": curves,
        "reliability": reliability(many),
        "per_sector": per_sector(many, earlier(many), "v0", STORED),
        "suspects": suspects([doubted]),
        "next_labels": next_labels(waiting, csr_matrix(identity(120))),
        "learning_curve": learning_curve(
            [Fitted(n, rank < a, rank < a) for n, a in ((0, 0.7), (600, 0.8), (1200, 0.83))],
            1200,
            True,
        ),
        "drift": drifting(),
    }


@pytest.fixture(scope="module")
def drawn():
    """Every plot with the figure that it was drawn from."""
    figures = {}
    finish = canvas.Sheet.plot

    def remembering(sheet, alt):
        figures[sheet.name] = sheet.figure
        return finish(sheet, alt)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(canvas.Sheet, "plot", remembering)
        plots = [plot for kind, report in every_report().items() for plot in draw(kind, report)]
    assert len({plot.name for plot in plots}) == len(plots)
    return [(plot, figures[plot.name]) for plot in plots]


def test_every_report_has_its_plots(drawn):
    names = {plot.name for plot, _ in drawn}
    assert names >= {
        "confusion_pairs", "confusion_groups", "confusion_jenis", "risk_coverage",
        "reliability_sector", "reliability_asked", "per_sector", "suspects", "next_labels",
        "learning_curve", "drift",
    }  # fmt: skip
    assert names >= {f"confusion_{group}" for group in GROUPS}
    assert "risk_coverage_jalan" in names


def test_a_plot_is_a_png_of_1200_pixels_and_not_heavy(drawn):
    for plot, _ in drawn:
        image = imread(io.BytesIO(plot.png))
        assert image.shape[1] == 1200, plot.name
        assert image.shape[0] <= 3000, plot.name
        assert len(plot.png) < 300_000, plot.name


def test_nothing_runs_out_of_the_picture(drawn):
    for plot, _ in drawn:
        image = imread(io.BytesIO(plot.png))[..., :3]
        rim = [image[:8], image[-8:], image[:, :8], image[:, -8:]]
        assert all((side == 1.0).all() for side in rim), plot.name


def words_of(figure):
    return [
        one
        for one in figure.findobj(Text)
        if one.get_visible() and one.get_text().strip() and one.get_window_extent().width > 1
    ]


def test_every_letter_can_be_read_on_a_phone(drawn):
    for plot, figure in drawn:
        scale = PHONE / (figure.get_figwidth() * 72)
        for one in words_of(figure):
            assert one.get_fontsize() * scale >= 9.9, f"{plot.name}: {one.get_text()}"


def test_no_words_lie_on_each_other(drawn):
    for plot, figure in drawn:
        upright = [one for one in words_of(figure) if one.get_rotation() % 90 == 0]
        # Of a tick outside the axes nothing is drawn.
        ticks = {
            id(one)
            for axes in figure.axes
            for axis, low, high in (
                (axes.xaxis, *sorted(axes.get_xlim())),
                (axes.yaxis, *sorted(axes.get_ylim())),
            )
            for tick in [*axis.get_major_ticks()]
            for one in [tick.label1]
            if not low - 1e-9 <= tick.get_loc() <= high + 1e-9
        }
        boxes = [
            (one.get_text(), one.get_window_extent()) for one in upright if id(one) not in ticks
        ]
        for i, (said, box) in enumerate(boxes):
            for other, beside in boxes[i + 1 :]:
                apart = (
                    box.x1 <= beside.x0 + 1
                    or beside.x1 <= box.x0 + 1
                    or box.y1 <= beside.y0 + 1
                    or beside.y1 <= box.y0 + 1
                )
                assert apart, f"{plot.name}: {said!r} on {other!r}"


def test_a_title_and_a_description_say_what_is_to_be_seen(drawn):
    for plot, _ in drawn:
        assert plot.title, plot.name
        assert len(plot.alt) > 30, plot.name
        assert plot.alt.endswith("."), plot.name


def test_numbers_are_written_as_in_indonesian(drawn):
    figures = {plot.name: figure for plot, figure in drawn}
    ticks = {one.get_text() for one in words_of(figures["learning_curve"])}
    assert any(word.replace(".", "").isdigit() and "." in word for word in ticks)  # 1.000
    assert "50%" in {one.get_text() for one in words_of(figures["per_sector"])}


def test_a_curve_begins_where_more_than_a_handful_is_routed(drawn):
    figures = {plot.name: figure for plot, figure in drawn}
    shares = figures["risk_coverage"].axes[0].lines[0].get_xdata()
    assert min(shares) >= LEAST_ROUTED / 5000
    assert max(shares) > 0.7


def test_a_report_over_nothing_has_no_plot():
    nothing = {
        "confusion": confusion([]),
        "risk_coverage": risk_coverage([], 0.5, STORED),
        "reliability": reliability([]),
        "per_sector": per_sector([], None, None, STORED),
        "suspects": suspects([]),
        "next_labels": next_labels([], csr_matrix((0, 0))),
        "learning_curve": learning_curve([], 0, True),
        "drift": drift([], datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
    }
    for kind, report in nothing.items():
        assert draw(kind, report) == []
        assert report["summary"].endswith(".")


def test_a_handful_of_texts_is_drawn_all_the_same():
    few = texts(6)
    for kind, report in (
        ("confusion", confusion(few)),
        ("risk_coverage", risk_coverage(few, 0.5, STORED)),
        ("reliability", reliability(few)),
        ("per_sector", per_sector(few, None, None, STORED)),
    ):
        assert draw(kind, report)
    nobody = risk_coverage(few, 1.0, STORED)  # nothing asks surely enough
    assert draw("risk_coverage", nobody)


def test_the_same_report_gives_the_same_picture():
    report = reliability(texts(50))
    assert draw("reliability", report) == draw("reliability", report)


def test_every_sector_has_a_short_name():
    assert set(SHORT) == set(SECTORS)
    assert max(map(len, SHORT.values())) <= 13
    assert len(set(SHORT.values())) == len(SHORT)
