"""The analyst's pages in a real browser: keys, the threshold, jobs, phone and PC, no script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from analysis_support import CANDIDATE, IN_USE, REFUSED, Bench, next_labels
from playwright.sync_api import Browser, expect
from test_web_browser import CONTRAST, SMALL_TARGETS, overflow, visit
from web_support import CHROMIUM, NOW, town

from tanggap.store.rows import EVERYTHING

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium; set CHROMIUM"),
]

PATHS = (
    "/analis", "/analis/label", "/analis/dicurigai", "/analis/kebingungan", "/analis/risiko",
    "/analis/risiko?sektor=jalan", "/analis/keandalan", "/analis/sektor", "/analis/versi",
    f"/analis/versi/{CANDIDATE}", f"/analis/label?model={CANDIDATE}", "/analis/label?mulai=9",
)  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with town(tmp_path) as made:
        full = Bench(made)
        full.put_all()
        full.put_models()
        yield full


def decided(bench: Bench, number: int) -> tuple[str | None, str | None, str]:
    detail = bench.town.store.item(EVERYTHING, bench.items[number].id)
    assert detail is not None
    return detail.item.jenis, detail.item.sector, detail.item.decided_by


def test_the_analysts_tour_fits_phone_and_pc_in_light_and_dark(
    bench: Bench, browser: Browser
) -> None:
    bench.town.store.ask_job("report", {"model": IN_USE}, "analis", NOW)
    for width, height, scheme in ((360, 740, "light"), (1440, 900, "dark")):
        with visit(
            browser, bench.town, "analis", viewport={"width": width, "height": height},
            color_scheme=scheme,
        ) as (page, complained):  # fmt: skip
            for path in PATHS:
                page.goto(bench.town.url + path)
                for summary in page.locator("main summary").all():
                    summary.click()
                assert overflow(page) <= 0, (width, path)
                assert page.locator("h1").count() == 1, path
                low = page.evaluate(CONTRAST)
                assert low == [], (scheme, path, low)
                if width == 360:
                    assert page.evaluate(SMALL_TARGETS) == [], path
                for picture in page.locator("main img").all():
                    picture.scroll_into_view_if_needed()
                    expect(picture).to_have_js_property("complete", value=True)
                    assert picture.evaluate("e => e.naturalWidth") > 0, path
                    assert str(picture.get_attribute("alt")).startswith("Grafik"), path
            assert complained == []


def test_one_key_labels_skips_and_says_no_complaint(bench: Bench, browser: Browser) -> None:
    with visit(browser, bench.town, "analis") as (page, complained):
        page.goto(f"{bench.town.url}/analis/label")
        expect(page.locator("h2#teks")).to_have_text("Teks 1 dari 3")
        page.keyboard.press("2")
        page.wait_for_url("**pesan=label**")
        expect(page.locator("h2#teks")).to_have_text("Teks 2 dari 3")
        assert decided(bench, 0) == ("pengaduan", "jalan", "analis")
        page.keyboard.press("s")
        expect(page.locator("h2#teks")).to_have_text("Teks 3 dari 3")
        page.keyboard.press("x")
        expect(page.locator("main h2")).to_have_text("Tidak ada lagi di daftar ini")
        assert decided(bench, 2) == ("bukan_aduan", "perhubungan", "analis")
        assert decided(bench, 1) == ("pengaduan", "perhubungan", "mesin")
        page.get_by_text("Lihat yang dilewati").click()
        expect(page.locator("h2#teks")).to_have_text("Teks 2 dari 3")
        assert complained == []


def test_fast_typing_labels_one_text_once(bench: Bench, browser: Browser) -> None:
    with visit(browser, bench.town, "analis") as (page, complained):
        page.goto(f"{bench.town.url}/analis/label")
        sent: list[str] = []
        page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
        page.evaluate(
            """() => { for (const key of ["2", "3", "x"])
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })); }"""
        )
        expect(page.locator("h2#teks")).to_have_text("Teks 2 dari 3")
        assert len(sent) == 1
        assert decided(bench, 0) == ("pengaduan", "jalan", "analis")
        page.keyboard.press("s")  # on the next page keys count again
        expect(page.locator("h2#teks")).to_have_text("Teks 3 dari 3")
        assert complained == []


def test_keys_label_nothing_while_one_writes_or_has_them_off(
    bench: Bench, browser: Browser
) -> None:
    with visit(browser, bench.town, "analis") as (page, complained):
        page.goto(f"{bench.town.url}/analis/label")
        page.locator("#lainnya").focus()
        page.keyboard.press("1")
        page.keyboard.press("Escape")
        page.keyboard.press("Control+1")
        page.keyboard.press("0")
        page.keyboard.press("?")
        expect(page.locator("#bantuan")).to_contain_text("beri label sektor")
        page.keyboard.press("1")
        page.locator("#pintasan-aktif").uncheck()
        page.keyboard.press("Escape")
        page.locator("#isi").focus()
        page.keyboard.press("1")
        page.keyboard.press("x")
        assert [decided(bench, number)[2] for number in range(3)] == ["mesin"] * 3
        expect(page.locator("h2#teks")).to_have_text("Teks 1 dari 3")
        assert complained == []


def test_the_threshold_answers_at_once_and_as_a_plain_form_alike(
    bench: Bench, browser: Browser
) -> None:
    def shown(page: object) -> list[str]:
        return [
            page.locator(f"#akibat [data-out={name}]").inner_text()  # type: ignore[attr-defined]
            for name in ("routed", "share", "wrong", "accuracy", "left")
        ]

    wanted: dict[int, list[str]] = {}
    with visit(browser, bench.town, "ketua", java_script_enabled=False) as (page, _):
        for hundredths in (0, 37, 72, 100):
            page.goto(f"{bench.town.url}/analis/risiko")
            expect(page.locator("#geser")).to_be_hidden()
            page.fill("#ambang", str(hundredths))
            page.get_by_role("button", name="Hitung").click()
            page.wait_for_url(f"**ambang={hundredths}")
            wanted[hundredths] = shown(page)
    assert wanted[37][4] == "128"  # neither routed nor put aside
    assert wanted[100][3] == "–"
    with visit(browser, bench.town, "ketua") as (page, complained):
        page.goto(f"{bench.town.url}/analis/risiko?sektor=jalan")
        page.select_option("#sektor", "")
        page.wait_for_url("**sektor=")
        page.wait_for_load_state("networkidle")  # a picture comes after the page has loaded
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for hundredths, said in wanted.items():
            page.fill("#ambang", str(hundredths))
            assert shown(page) == said, hundredths
            expect(page.locator("#geser")).to_have_value(str(hundredths))
        page.locator("#geser").fill("37")
        assert shown(page) == wanted[37]
        expect(page.locator("#ambang")).to_have_value("37")
        page.fill("#ambang", "400")  # no threshold: what was shown stays
        assert shown(page) == wanted[37]
        assert [url for url in asked if "/analis" in url] == []
        page.select_option("#sektor", "jalan")
        page.wait_for_url("**sektor=jalan")
        expect(page.locator("#ambang")).to_have_value("72")
        page.fill("#ambang", "80")
        expect(page.locator("main")).to_contain_text("tanggap tune threshold jalan 0.80")
        assert complained == []


def test_a_job_is_followed_to_its_end_without_a_reload_by_hand(
    bench: Bench, browser: Browser
) -> None:
    store = bench.town.store
    with visit(browser, bench.town, "analis") as (page, complained):
        page.clock.install()
        page.goto(f"{bench.town.url}/analis")
        page.wait_for_load_state("networkidle")  # pictures near by are loaded after the page
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.clock.run_for(60_000)
        # nothing under way, nothing to ask for
        assert [url for url in asked if "/analis" in url] == []
        page.get_by_role("button", name="Latih calon baru").click()
        page.wait_for_url("**pesan=latih")
        page.goto(f"{bench.town.url}/analis#pekerjaan-judul")  # as other pages link to it
        expect(page.locator("#pekerjaan")).to_contain_text("Menunggu giliran")
        job = store.claim_job("uji", NOW, NOW.replace(hour=6))
        assert job is not None
        page.clock.run_for(6_000)
        expect(page.locator("#pekerjaan")).to_contain_text("Sedang dikerjakan")
        store.end_job(job.id, "done", "kandidat lokal-1", NOW)
        page.clock.run_for(6_000)
        expect(page.locator("#pekerjaan")).to_contain_text("kandidat lokal-1")
        expect(page.get_by_role("button", name="Latih calon baru")).to_be_enabled()
        assert complained == []


def test_without_javascript_versions_change_and_labels_are_given(
    bench: Bench, browser: Browser
) -> None:
    store = bench.town.store
    with visit(browser, bench.town, "analis", java_script_enabled=False) as (page, _):
        page.goto(f"{bench.town.url}/analis")
        page.get_by_role("link", name="Periksa dan pakai").click()
        page.get_by_role("button", name=f"Pakai {CANDIDATE}").click()
        page.wait_for_url("**pesan=pakai")
        assert store.current_model() == CANDIDATE
        page.get_by_role("button", name=f"Pakai {REFUSED}").click()
        expect(page.locator(".problem")).to_contain_text("Versi ini tidak lolos pemeriksaan mutu")
        page.get_by_label("Pakai juga, walau tidak lolos pemeriksaan mutu").check()
        page.locator(f"#versi-{REFUSED} input[name=why]").fill("set uji sudah usang")
        page.get_by_role("button", name=f"Pakai {REFUSED}").click()
        page.wait_for_url("**pesan=pakai")
        assert store.current_model() == REFUSED
        page.get_by_role("button", name=f"Kembali ke {CANDIDATE}").click()
        page.wait_for_url("**pesan=kembali")
        assert store.current_model() == CANDIDATE
        page.goto(f"{bench.town.url}/analis/label?model={IN_USE}")
        # its reports are of the version before: the page says what to do
        expect(page.locator("main")).to_contain_text("Belum ada laporan")
    bench.put_report("next_labels", next_labels(bench.items), CANDIDATE)
    with visit(browser, bench.town, "analis", java_script_enabled=False) as (page, _):
        page.goto(f"{bench.town.url}/analis/label")
        page.get_by_role("button", name="Listrik (PLN)").click()
        page.wait_for_url("**pesan=label**")
        assert decided(bench, 0) == ("pengaduan", "listrik", "analis")
        page.get_by_role("link", name="Lewati").click()
        page.select_option("#lainnya", "pajak_aset")
        page.get_by_role("button", name="Simpan").click()
        page.wait_for_url("**pesan=label**")
        assert decided(bench, 2) == ("pengaduan", "pajak_aset", "analis")
