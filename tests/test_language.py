"""The desk in English: a whole catalogue, chosen by a browser, and nothing else changed."""

import ast
import importlib.util
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from gettext import NullTranslations
from html import unescape
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
from analysis_support import Bench
from playwright.sync_api import Browser, expect
from test_web_browser import visit
from web_pages_support import full_desk, paths_of
from web_support import CHROMIUM, Town, Visitor, words_of

from tanggap import language, wording
from tanggap.language import LANGUAGES, SOURCE, gettext, present, read_in
from tanggap.reach import token_end

ROOT = Path(__file__).parent.parent
OTHERS = sorted(set(LANGUAGES) - {SOURCE})
WIB = ZoneInfo("Asia/Jakarta")
AT = datetime(2026, 11, 12, 3, 40, tzinfo=UTC)
PLACEHOLDERS = re.compile(r"%\([a-z_]+\)s|%|\{[a-z_]*\}|</?[a-z]+>|`[^`]*`")
READ_ALOUD = re.compile(r'(?:title|aria-label|placeholder|alt)="([^"]*)"')
MARKED = re.compile("\u27e6[^\u27e6\u27e7]*\u27e7")
INDONESIAN = re.compile(
    r"\b(?:ada|aduan|akan|akun|atau|belum|berapa|bila|bukan|dari|dengan|di|hari|ini|itu|jam|"
    r"jawaban|juga|kali|kata|kirim|lagi|lalu|lain|masuk|menit|oleh|pada|perlu|sampai|satu|"
    r"sebagai|sebelum|sejak|sekarang|semua|setelah|sudah|tanpa|teks|terakhir|tidak|untuk|warga|"
    r"yang)\b",
    re.IGNORECASE,
)
"""Words that stand in most Indonesian sentences and in no English one."""
WRITTEN_BY_OTHERS = re.compile(
    r'<(div|bdi|p|li|dd|label|pre|summary|textarea|figcaption)\b[^>]*\blang="id".*?</\1>'
    r'|<img\b[^>]*\blang="id"[^>]*>',
    re.DOTALL,
)
"""What citizens, the city's policy or an earlier run of the daemon wrote, and is said to be so."""


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Give a desk on which every page has something to show."""
    with full_desk(tmp_path_factory.mktemp("bahasa")) as bench:
        yield bench


@cache
def catalogue() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogue", ROOT / "tools" / "catalogue.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- The catalogues --------------------------------------------------------------------------


def test_every_language_has_a_catalogue_and_every_catalogue_is_offered() -> None:
    assert sorted(path.stem for path in catalogue().FOLDER.glob("*.po")) == OTHERS


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_holds_what_the_desk_says_and_nothing_else(code: str) -> None:
    tool = catalogue()
    renewed = tool.renewed(code)
    assert tool.missing(renewed) == []
    assert tool.written(renewed) == (tool.FOLDER / f"{code}.po").read_bytes()
    assert len(renewed) > 1000


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_filled_in_and_marked_up_is_the_same_in_every_language(code: str) -> None:
    for entry in list(catalogue().renewed(code))[1:]:  # the first is the file's header
        sources = (entry.id,) if isinstance(entry.id, str) else entry.id
        others = (entry.string,) if isinstance(entry.string, str) else entry.string
        for source, other in zip(sources, others, strict=True):
            found = Counter(PLACEHOLDERS.findall(source))
            assert Counter(PLACEHOLDERS.findall(other)) == found, source
            assert source[:1].isspace() == other[:1].isspace(), source
            assert source[-1:].isspace() == other[-1:].isspace(), source


def test_where_the_store_translates_a_refusal_it_translates_all_of_them() -> None:
    """Those that pages show; what only commands show stays in the one language that they have."""
    left = []
    for path in sorted((ROOT / "tanggap" / "store").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "gettext as _" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            said = node.args[0] if node.func.id == "InputError" else None
            if isinstance(said, ast.JoinedStr) or (
                isinstance(said, ast.Constant) and isinstance(said.value, str)
            ):
                left.append(f"{path.name}:{node.lineno}")
    assert left == []


def test_a_message_that_a_catalogue_lacks_stays_indonesian() -> None:
    with read_in("en"):
        assert gettext("Simpan catatan") == "Save note"
        assert gettext("Kalimat yang tidak ada di katalog") == "Kalimat yang tidak ada di katalog"
        assert gettext("") == ""  # never the header of the file
    assert gettext("Simpan catatan") == "Simpan catatan"


def test_a_language_ends_with_its_block_and_an_unknown_one_is_indonesian() -> None:
    with read_in("en"):
        with read_in("xx"):
            assert present() == SOURCE
        assert present() == "en"
    assert present() == SOURCE


# --- Numbers, moments, lengths ---------------------------------------------------------------


def test_moments_numbers_and_lists_are_written_as_each_language_writes_them() -> None:
    def said() -> list[str]:
        return [
            wording.moment(AT, WIB),
            wording.moments(AT, AT + timedelta(hours=1), WIB),
            wording.weekday(AT.date()),
            wording.number(1234.5, 1),
            wording.number(-0.001, 2),
            wording.length(timedelta(days=1, hours=3)),
            wording.length(timedelta(seconds=3)),
            wording.ago(timedelta(minutes=2)),
            token_end(AT + timedelta(days=1, hours=1), AT).words,
            token_end(AT + timedelta(days=9), AT).words,
            *(wording.listed(list("ABC"[:count])) for count in range(4)),
        ]

    assert said() == [
        "12 Nov 2026 10.40 WIB",
        "12 Nov 2026 10.40 sampai 12 Nov 2026 11.40 WIB",
        "Kamis 12 November 2026",
        "1.234,5",
        "0,00",
        "1 hari 3 jam",
        "kurang dari semenit",
        "2 menit lalu",
        "berakhir 1 hari lagi",
        "berakhir 9 hari lagi",
        *("", "A", "A dan B", "A, B, dan C"),
    ]
    with read_in("en"):
        assert said() == [
            "12 Nov 2026 10:40 WIB",
            "12 Nov 2026 10:40 to 12 Nov 2026 11:40 WIB",
            "Thursday 12 November 2026",
            "1,234.5",
            "0.00",
            "1 day 3 hours",
            "less than a minute",
            "2 minutes ago",
            "ends in 1 day",
            "ends in 9 days",
            *("", "A", "A and B", "A, B and C"),
        ]


# --- The desk --------------------------------------------------------------------------------


def test_a_browser_reads_indonesian_until_it_asks_for_english(made: Town) -> None:
    visitor = made.visitor()
    page = visitor.get("/masuk", Accept_Language="en-GB,en").text
    assert '<html lang="id">' in page
    assert "Kata sandi" in page
    answer = visitor.post("/bahasa", bahasa="en", kembali="/masuk?lanjut=/sumber")
    assert (answer.status_code, answer.headers["location"]) == (303, "/masuk?lanjut=/sumber")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    page = visitor.get("/masuk").text
    assert '<html lang="en">' in page
    assert "Password" in page
    assert "Kata sandi" not in page
    refused = visitor.post("/masuk", nama="ketua", sandi="salah sekali ini")
    assert "Wrong name or password" in words_of(refused.text)
    visitor.post("/bahasa", bahasa="id")
    assert "Kata sandi" in visitor.get("/masuk").text


@pytest.mark.parametrize(
    ("sent", "goal"),
    [
        ({"bahasa": "xx", "kembali": "/masuk"}, "/masuk"),
        ({"bahasa": "", "kembali": ""}, "/"),
        ({"bahasa": "id", "kembali": "//jahat.example/"}, "/"),
        ({"bahasa": "id", "kembali": "https://jahat.example/"}, "/"),
        ({}, "/"),
    ],
)
def test_an_unknown_language_changes_nothing_and_a_foreign_goal_is_not_followed(
    made: Town, sent: dict[str, object], goal: str
) -> None:
    visitor = made.visitor()
    answer = visitor.post("/bahasa", **sent)
    assert (answer.status_code, answer.headers["location"]) == (303, goal)
    assert ("set-cookie" in answer.headers) == (sent.get("bahasa") == "id")
    visitor.session.cookies.set("tanggap-bahasa", "../../etc/passwd")
    assert '<html lang="id">' in visitor.get("/masuk").text


def test_two_people_at_once_each_read_their_own_language(made: Town, ketua: Visitor) -> None:
    other = made.person("dishub")
    other.post("/bahasa", bahasa="en")

    def look(person: Visitor) -> set[str]:
        return {
            re.findall(r'<html lang="(\w+)">', person.get("/antrean").text)[0] for _ in range(15)
        }

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(look, [ketua, other, ketua, other]))
    assert seen == [{"id"}, {"en"}, {"id"}, {"en"}]


def test_what_a_page_fetches_again_is_not_taken_for_the_same_in_another_language(
    ketua: Visitor,
) -> None:
    tags = [ketua.get(path).headers["etag"] for path in ("/antrean/hitung", "/analis/pekerjaan")]
    ketua.post("/bahasa", bahasa="en")
    for path, tag in zip(("/antrean/hitung", "/analis/pekerjaan"), tags, strict=True):
        assert ketua.get(path, If_None_Match=tag).status_code == 200


def test_refusals_and_failures_are_read_in_the_browsers_language(made: Town) -> None:
    visitor = made.person("dishub")
    visitor.post("/bahasa", bahasa="en")
    missing = words_of(visitor.get("/aduan/99999").text)
    assert "Not found" in missing
    assert "Tidak ditemukan" not in missing
    foreign = visitor.post("/aduan/1/benar", {"Origin": "https://jahat.example"})
    assert "Form refused" in words_of(foreign.text)
    large = visitor.post("/masuk", nama="x" * 70_000)
    assert large.text == gettext_in("en", "Kiriman terlalu besar.")


def gettext_in(code: str, message: str) -> str:
    with read_in(code):
        return gettext(message)


class Marking(NullTranslations):
    """Puts every message between marks: what a page says without them went by no catalogue."""

    def gettext(self, message: str) -> str:
        """Return the message between marks."""
        return f"\u27e6{message}\u27e7"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the message between marks."""
        return self.gettext(msgid1)


def test_nothing_that_a_page_says_goes_by_no_catalogue(
    full: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "_translations", lambda code: Marking())
    person = full.town.person("ketua")
    person.post("/bahasa", bahasa="en")
    left: dict[str, set[str]] = {}
    for path in paths_of(full):
        answer = person.get(path)
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        html = WRITTEN_BY_OTHERS.sub(" ", answer.text)
        said = f"{words_of(html)} {' '.join(map(unescape, READ_ALOUD.findall(html)))}"
        while MARKED.search(said):
            said = MARKED.sub(" ", said)
        hits = INDONESIAN.finditer(said)
        found = {said[max(0, hit.start() - 30) : hit.end() + 30] for hit in hits}
        if found:
            left[path] = found
    assert left == {}, "\n".join(f"{path} {sorted(found)}" for path, found in left.items())
    person.close()


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium; set CHROMIUM")
def test_english_is_chosen_in_the_menu_and_the_queue_is_worked_in_it(
    full: Bench, browser: Browser
) -> None:
    with visit(browser, full.town, viewport={"width": 360, "height": 800}) as (page, complained):
        page.goto(f"{full.town.url}/antrean?tab=queue&usia=30")
        page.locator("details.account summary").click()
        page.get_by_role("button", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        assert page.url.endswith("/antrean?tab=queue&usia=30")  # where one was
        expect(page.get_by_role("heading", level=1)).to_have_text("Complaint queue")
        page.locator(".item-link").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Complaint")
        # What citizens wrote is still said to be Indonesian, for those who hear the page.
        expect(page.locator("main .text").first).to_have_attribute("lang", "id")
        page.locator("details.account summary").click()
        page.get_by_role("button", name="Bahasa Indonesia").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Aduan")
    assert complained == []


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium; set CHROMIUM")
def test_what_the_slider_answers_is_written_as_the_page_writes_numbers(
    full: Bench, browser: Browser
) -> None:
    with visit(browser, full.town, viewport={"width": 1440, "height": 900}) as (page, complained):
        page.goto(f"{full.town.url}/analis/risiko")
        for name, sign in (("English", "."), ("Bahasa Indonesia", ",")):
            page.locator("details.account summary").click()
            page.get_by_role("button", name=name).click()
            page.wait_for_load_state()
            share = page.locator('[data-out="share"]')
            before = share.inner_text()
            page.locator("input[type=range]").fill("97" if sign == "." else "30")
            expect(share).not_to_have_text(before)
            assert re.fullmatch(rf"\d+\{sign}\d%", share.inner_text()), name
    assert complained == []
