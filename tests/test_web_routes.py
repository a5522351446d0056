"""Every route, whoever asks for whatever: rules, scope, headers, origin. Made from app.routes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from web_support import Town, Visitor, add_sources, make_decision, make_mention, town, words_of

from tanggap.mention import Review, Route
from tanggap.store.rows import EVERYTHING
from tanggap.web.auth import Access
from tanggap.web.lists import LISTS

FORMS: dict[str, dict[str, str]] = {
    "/masuk": {"nama": "x", "sandi": "y"},
    "/masuk/kode": {"kode": "000000"},
    "/keluar": {},
    "/akun/sandi": {"lama": "x", "baru": "y", "ulang": "y"},
    "/akun/perangkat/keluar": {"perangkat": "x"},
    "/akun/perangkat/lain": {},
    "/akun/kode/mulai": {},
    "/akun/kode/nyala": {"sandi": "x", "kode": "000000"},
    "/akun/kode/mati": {"sandi": "x", "kode": "000000"},
    "/akun/kode/cadangan": {"sandi": "x", "kode": "000000"},
    "/sumber/ambil": {},
    "/pemberitahuan/coba": {},
    "/pemberitahuan/hapus": {},
    "/antrean/ekspor": {"bentuk": "csv", "daftar": "tab=queue"},
    "/aduan/{number}/benar": {},
    "/aduan/{number}/perbaiki": {"kecamatan": "karangsari"},
    "/aduan/{number}/limpahkan": {"opd": "bapenda", "why": "uji"},
    "/aduan/{number}/status": {"status": "proses"},
    "/aduan/{number}/catatan": {"why": "uji"},
    "/aduan/{number}/jawaban": {
        "opd": "dishub",
        "answered_at": "2026-11-20T09:59",
        "link": "https://contoh.example/1",
    },
    "/aduan/{number}/jawaban/ralat": {
        "catatan": "999999",
        "opd": "dishub",
        "answered_at": "2026-11-20T09:59",
        "link": "https://contoh.example/1",
        "why": "uji",
    },
    "/aduan/{number}/jawaban/tarik": {"catatan": "999999", "why": "uji"},
    "/aduan/{number}/mutu": {"answer": "999999", "mutu": "template"},
    "/aduan/{number}/mutu/kembali": {"answer": "999999"},
    "/aduan/{number}/rahasia": {"why": "uji"},
    "/aduan/{number}/terbuka": {"why": "uji"},
    "/aduan/{number}/data-pribadi": {"why": "uji"},
    "/antrean/tampilan": {"nama": "uji", "kueri": "tab=queue"},
    "/antrean/tampilan/ubah": {"nomor": "1", "nama": "uji"},
    "/antrean/tampilan/hapus": {"nomor": "1"},
    "/aduan/{number}/sektor": {"sector": "perhubungan"},
    "/aduan/{number}/opd": {"opd": "dishub"},
    "/aduan/{number}/sisihkan": {},
    "/aduan/{number}/batal": {},
    "/aduan/{number}/pegang": {},
    "/aduan/{number}/lepas": {},
    "/antrean/borongan": {"tindakan": "setujui", "pilih": "1:1"},
    "/antrean/batal": {"tindakan": "x"},
    "/antrean/lanjut": {},
    "/aduan/{number}/insiden": {"dengan": "999999"},
    "/aduan/{number}/bukan-insiden": {"dengan": "999999"},
    "/insiden/{incident}/nama": {"judul": "uji"},
    "/insiden/{incident}/gabung": {"lain": "999999"},
    "/insiden/{incident}/pisah": {"aduan": "999999"},
    "/insiden/{incident}/keadaan": {"keadaan": "closed"},
    "/insiden/{incident}/duplikat": {},
    "/analis/latih": {},
    "/analis/laporan": {},
    "/analis/pakai": {"version": "lokal-0123456789ab"},
    "/analis/kembali": {},
    "/bahasa": {"bahasa": "en"},
    "/antrean/satukan": {"pilih": "1:1"},
    "/analis/label": {"nomor": "1", "pilihan": "jalan"},
}
"""What each writing route is sent; a new one without a line here fails the build."""


@dataclass(frozen=True)
class Known:
    path: str
    method: str
    access: tuple[Access, ...]

    @property
    def on_item(self) -> bool:
        return "{number}" in self.path

    def at(self, number: int) -> str:
        path = self.path.replace("{number}", str(number)).replace("{name}", "desk.css")
        return path.replace("{incident}", "1")


def routes_of(app: FastAPI) -> list[Known]:
    found = []
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        assert isinstance(route, APIRoute), f"{context.path}: not a route with a rule"
        access = tuple(
            dependency.call
            for dependency in route.dependant.dependencies
            if isinstance(dependency.call, Access)
        )
        found.extend(Known(str(context.path), method, access) for method in route.methods)
    return sorted(found, key=lambda known: (known.path, known.method))


@dataclass
class Matrix:
    made: Town
    people: dict[str, Visitor]
    items: dict[str, int]

    def version(self, kind: str) -> int:
        if kind == "missing":
            return 1
        detail = self.made.store.item(EVERYTHING, self.items[kind])
        assert detail is not None
        return detail.item.version


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    with town(tmp_path_factory.mktemp("matrix")) as made:
        add_sources(made)
        own = make_decision("perhubungan", "dishub")
        items = {
            "own": made.put(make_mention(1), own),
            "supporting": made.put(
                make_mention(2),
                make_decision("jalan", "dpupr"),
                Route("queue", "sector", opd="dpupr", supporting=("dishub",)),
            ),
            "foreign": made.put(
                make_mention(3),
                make_decision("kesehatan", "dinkes"),
                Route("queue", "sector", opd="dinkes"),
            ),
            "confidential": made.put(
                make_mention(4),
                make_decision("jalan", "dpupr"),
                Route("queue", "sector", opd="dpupr", supporting=("dishub",)),
            ),
        }
        _hide(made, items["confidential"].id)
        people = {
            "anonymous": made.visitor(),
            "dishub": made.person("dishub"),
            "kosong": made.person("kosong"),
            "ketua": made.person("ketua"),
        }
        yield Matrix(
            made, people, {kind: item.id for kind, item in items.items()} | {"missing": 999_999}
        )
        for person in people.values():
            person.close()


def test_every_route_declares_exactly_one_rule(matrix: Matrix) -> None:
    for known in routes_of(matrix.made.app):
        assert len(known.access) == 1, f"{known.method} {known.path} declares no role rule"


def test_only_these_routes_are_open_to_strangers(matrix: Matrix) -> None:
    open_routes = {
        f"{known.method} {known.path}"
        for known in routes_of(matrix.made.app)
        if not known.access[0].roles
    }
    assert open_routes == {
        "GET /masuk",
        "POST /masuk",
        "GET /masuk/kode",
        "POST /masuk/kode",
        "GET /masuk/sso",
        "GET /masuk/sso/kembali",
        "POST /bahasa",
        "GET /static/{name}",
        "GET /healthz",
        "HEAD /healthz",
        "GET /metrics",
    }


def test_a_stranger_gets_nowhere(matrix: Matrix) -> None:
    stranger = matrix.people["anonymous"]
    for known in routes_of(matrix.made.app):
        if not known.access[0].roles:
            continue
        path = known.at(matrix.items["own"])
        if known.method == "POST":
            answer = stranger.post(path, expected_version=1, **FORMS[known.path])
            assert answer.status_code == 401, known
        else:
            answer = stranger.get(path)
            if known.path in ("/antrean/hitung", "/analis/pekerjaan"):
                assert answer.status_code == 401
            else:
                assert (answer.status_code, answer.headers["location"][:6]) == (303, "/masuk")


@pytest.mark.parametrize(
    ("who", "kind", "allowed"),
    [
        ("dishub", "own", True),
        ("dishub", "supporting", True),
        ("dishub", "foreign", False),
        ("dishub", "missing", False),
        ("dishub", "confidential", False),
        ("kosong", "confidential", False),
        ("ketua", "confidential", True),
        ("kosong", "own", False),
        ("kosong", "supporting", False),
        ("kosong", "foreign", False),
        ("kosong", "missing", False),
        ("ketua", "own", True),
        ("ketua", "supporting", True),
        ("ketua", "foreign", True),
        ("ketua", "missing", False),
    ],
)
def test_the_scope_holds_on_every_route_of_an_item(
    matrix: Matrix, who: str, kind: str, allowed: bool
) -> None:
    person, number = matrix.people[who], matrix.items[kind]
    routes = [known for known in routes_of(matrix.made.app) if known.on_item]
    # An item that is sent on leaves the scope, so that route comes last.
    for known in sorted(routes, key=lambda known: "limpahkan" in known.path):
        version = matrix.version(kind)
        if known.method == "POST":
            fields = dict(FORMS[known.path])
            answer = person.post(known.at(number), expected_version=version, **fields)
        else:
            answer = person.get(known.at(number))
        if not allowed:
            assert answer.status_code == 404, (who, kind, known)
            assert matrix.version(kind) == version
        elif known.method == "GET" or known.path.endswith("/data-pribadi"):
            assert answer.status_code == 200
        else:
            assert answer.status_code in (200, 204, 303, 422), (who, kind, known)
            if answer.status_code == 200:
                assert answer.json() == {"lain": ""}
    if allowed:
        _take_back(matrix, kind)


def _take_back(matrix: Matrix, kind: str) -> None:
    """Give a sent-on item back to its OPD and clear what the forms changed."""
    home = {"own": "dishub", "foreign": "dinkes"}.get(kind, "dpupr")
    review = Review(matrix.items[kind], "uji", "forward", matrix.version(kind), "kembali", opd=home)
    matrix.made.store.review(EVERYTHING, review, matrix.made.clock.now())
    if kind == "confidential":
        _hide(matrix.made, matrix.items[kind])


def _hide(made: Town, number: int) -> None:
    detail = made.store.item(EVERYTHING, number)
    assert detail is not None
    review = Review(number, "uji", "confidential", detail.item.version, "pelapor terancam")
    made.store.review(EVERYTHING, review, made.clock.now())


def test_foreign_and_missing_items_cannot_be_told_apart(matrix: Matrix) -> None:
    person = matrix.people["dishub"]
    for known in routes_of(matrix.made.app):
        if not known.on_item:
            continue
        answers = []
        for kind in ("foreign", "confidential", "missing"):
            path = known.at(matrix.items[kind])
            if known.method == "POST":
                answers.append(person.post(path, expected_version=1, **FORMS[known.path]))
            else:
                answers.append(person.get(path))
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.text for answer in answers}) == 1
        first, *others = ({k: v for k, v in a.headers.items() if k != "date"} for a in answers)
        assert others == [first, first]


@pytest.mark.parametrize("number", ["0", "-1", "abc", "9" * 30, "1.5", "%00"])
def test_an_id_that_cannot_be_one_is_not_found(matrix: Matrix, number: str) -> None:
    assert matrix.people["ketua"].get(f"/aduan/{number}").status_code == 404


def test_supervisor_routes_refuse_an_opd_admin(matrix: Matrix) -> None:
    for known in routes_of(matrix.made.app):
        if known.access[0].roles == frozenset({"supervisor"}):
            admin = matrix.people["dishub"]
            if known.method == "POST":
                answer = admin.post(known.path, **FORMS[known.path])
            else:
                answer = admin.get(known.path)
            assert answer.status_code == 403
            assert "Tidak diizinkan" in words_of(answer.text)


def test_lists_counts_and_filters_never_show_another_opds_items(matrix: Matrix) -> None:
    secret = matrix.made.put(
        make_mention(50, "rahasia sumur bor"),
        make_decision("kesehatan", "dinkes"),
        Route("queue", "sector", opd="dinkes"),
    )
    person = matrix.people["dishub"]
    for query in ("", "?opd=dinkes", "?cari=rahasia", "?sektor=kesehatan", "?status=baru"):
        page = person.get(f"/antrean{query}")
        assert "sumur bor" not in page.text
        assert f"/aduan/{secret.id}" not in page.text
    for query in ("?opd=dinkes", "?cari=rahasia", "?sektor=kesehatan"):
        counts = person.get(f"/antrean/hitung{query}").json()
        assert counts == {
            "tabs": dict.fromkeys(LISTS, "0"),
            "baru": "0",
        }
    assert "dinkes" not in person.get("/sumber").text
    assert "sumur bor" in matrix.people["ketua"].get("/antrean?cari=rahasia").text


EXPECTED_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
}


def _assert_headers(headers: dict[str, str], what: object) -> None:
    for name, value in EXPECTED_HEADERS.items():
        assert headers.get(name) == value, (what, name)
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "geolocation=()" in headers["permissions-policy"]


def test_every_route_carries_the_security_headers(matrix: Matrix) -> None:
    for who in ("anonymous", "ketua"):
        for known in routes_of(matrix.made.app):
            if known.path in ("/keluar", "/masuk") and known.method == "POST":
                continue
            path = known.at(matrix.items["own"])
            person = matrix.people[who]
            answer = person.post(path) if known.method == "POST" else person.get(path)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            _assert_headers(headers, (who, known, answer.status_code))
            if known.path not in ("/static/{name}", "/antrean/hitung", "/analis/pekerjaan"):
                assert headers["cache-control"] == "no-store", known


def test_failures_carry_the_headers_too(matrix: Matrix) -> None:
    person = matrix.people["ketua"]
    big = {"Origin": person.url}
    for answer, code in (
        (person.get("/tidak/ada"), 404),
        (person.session.delete(f"{person.url}/antrean"), 405),
        (person.post("/sumber/ambil", {"Origin": "https://jahat.example"}), 403),
        (person.post("/sumber/ambil", big, sumber="x" * 70_000), 413),
        (person.post(f"/aduan/{matrix.items['own']}/benar", expected_version="x"), 400),
    ):
        assert answer.status_code == code
        _assert_headers({k.lower(): v for k, v in answer.headers.items()}, code)


def test_a_body_without_a_length_is_capped(matrix: Matrix) -> None:
    person = matrix.people["ketua"]
    chunks = (b"why=" + b"x" * 20_000 for _ in range(10))
    answer = person.session.post(
        f"{person.url}/aduan/{matrix.items['own']}/catatan",
        data=chunks,
        headers={"Origin": person.url, "Content-Type": "application/x-www-form-urlencoded"},
        timeout=20,
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Origin": "https://jahat.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://127.0.0.1:99999999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "OWN"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://jahat.example"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_no_writing_route_takes_a_form_from_elsewhere(matrix: Matrix, sent: dict[str, str]) -> None:
    person = matrix.people["ketua"]
    headers = {k: person.url if v == "OWN" else v for k, v in sent.items()}
    before = matrix.version("own")
    for known in routes_of(matrix.made.app):
        if known.method != "POST":
            continue
        fields = {"expected_version": str(before), **FORMS[known.path]}
        answer = person.post(known.at(matrix.items["own"]), headers, **fields)
        assert answer.status_code == 403, known
        assert "Kiriman ditolak" in words_of(answer.text)
    assert matrix.version("own") == before
    assert person.get("/antrean").status_code == 200  # not logged out either


@pytest.mark.parametrize(
    "sent",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Origin": "OWN"},
    ],
)
def test_our_own_forms_are_taken(matrix: Matrix, sent: dict[str, str]) -> None:
    person = matrix.people["ketua"]
    headers = {k: person.url if v == "OWN" else v for k, v in sent.items()}
    assert person.post("/sumber/ambil", headers).status_code == 303


def test_behind_a_proxy_only_the_public_address_may_write(tmp_path: Path) -> None:
    with town(tmp_path, public_url="https://tanggap.sukamaju.example") as made:
        visitor = made.visitor()
        fields = {"nama": "ketua", "sandi": "salah"}
        assert visitor.post("/masuk", {"Origin": made.url}, **fields).status_code == 403
        right = {"Origin": "https://tanggap.sukamaju.example:443"}
        assert visitor.post("/masuk", right, **fields).status_code == 401
        visitor.close()


def test_on_plain_http_beyond_loopback_forms_still_tell_where_they_come_from(
    matrix: Matrix,
) -> None:
    answer = matrix.people["ketua"].get("/antrean", Host="192.168.1.5:8600")
    assert answer.headers["referrer-policy"] == "same-origin"
    assert matrix.people["ketua"].get("/", Host="[::1]:80").headers["referrer-policy"] == (
        "no-referrer"
    )


def test_static_files_are_cached_by_digest(matrix: Matrix) -> None:
    stranger = matrix.people["anonymous"]
    page = stranger.get("/masuk").text
    address = re.search(r'href="(/static/desk\.css\?v=\w+)"', page)
    assert address is not None
    answer = stranger.get(address[1])
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")
    again = stranger.get("/static/desk.css", If_None_Match=answer.headers["etag"])
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")
    assert stranger.get("/static/..%2fapp.py").status_code == 404
    assert stranger.get("/static/app.py").status_code == 404


def test_our_own_fault_is_a_quiet_page_with_headers(tmp_path: Path) -> None:
    with town(tmp_path) as made:
        item = made.put(make_mention(1))
        person = made.person("ketua")
        desk = made.app.state.desk
        object.__setattr__(desk, "templates", _Exploding(desk.templates))
        answer = person.get(f"/aduan/{item.id}")
        assert answer.status_code == 500
        assert "Ada kesalahan di dalam Tanggap" in words_of(answer.text)
        assert "meledak" not in answer.text
        assert "Traceback" not in answer.text
        _assert_headers({k.lower(): v for k, v in answer.headers.items()}, 500)
        person.close()


class _Exploding:
    """Templates of which the item page raises."""

    def __init__(self, real: object) -> None:
        self.real = real

    def get_template(self, name: str) -> object:
        if name == "item.html":
            raise RuntimeError("meledak")
        return self.real.get_template(name)  # type: ignore[attr-defined]


def test_a_database_that_fails_is_said_in_words(tmp_path: Path) -> None:
    with town(tmp_path) as made:
        person = made.person("ketua")
        made.store.close()
        made.config.database_path.write_bytes(b"bukan basis data sama sekali" * 200)
        for path, code in (("/antrean", 503), ("/healthz", 503)):
            answer = person.get(path)
            assert answer.status_code == code
        assert "Basis data sedang tidak dapat dipakai" in words_of(person.get("/antrean").text)
        assert person.get("/healthz").json()["status"] == "error"
        person.close()
