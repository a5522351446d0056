"""Login, throttle, sessions: who is let in, for how long, and what a stranger can learn."""

import hashlib
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from web_support import PASSWORD, HandClock, Town, town, words_of

from tanggap.config import WebSettings
from tanggap.store.base import Store
from tanggap.web.auth import LoginRefused, Passwords, Sessions, local_path


def test_a_right_password_opens_a_session_and_leads_to_the_queue(made: Town) -> None:
    visitor = made.visitor()
    answer = visitor.post("/masuk", nama="Ketua", sandi=PASSWORD)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert visitor.get("/").headers["location"] == "/antrean"
    page = visitor.get("/antrean")
    assert page.status_code == 200
    assert "ketua" in words_of(page.text)
    visitor.close()


def test_the_cookie_is_opaque_httponly_lax_and_only_its_digest_is_kept(made: Town) -> None:
    visitor = made.visitor()
    cookie = visitor.post("/masuk", nama="ketua", sandi=PASSWORD).headers["set-cookie"]
    lower = cookie.lower()
    assert "httponly" in lower
    assert "samesite=lax" in lower
    assert "path=/" in lower
    assert "domain" not in lower
    assert "secure" not in lower
    token = re.fullmatch(r"tanggap=([\w-]{43});.*", cookie, re.DOTALL)
    assert token is not None
    kept = made.config.database_path.read_bytes()
    wal = made.config.database_path.with_name(made.config.database_path.name + "-wal")
    kept += wal.read_bytes() if wal.exists() else b""
    assert token[1].encode() not in kept
    assert hashlib.sha256(token[1].encode()).hexdigest().encode() in kept
    assert PASSWORD.encode() not in kept
    visitor.close()


def test_behind_tls_the_cookie_is_host_bound_and_secure(tmp_path: Path) -> None:
    with town(tmp_path, public_url="https://tanggap.sukamaju.example") as made:
        visitor = made.visitor()
        answer = visitor.post(
            "/masuk", {"Origin": "https://tanggap.sukamaju.example"}, nama="ketua", sandi=PASSWORD
        )
        assert answer.status_code == 303
        assert answer.headers["set-cookie"].startswith("__Host-tanggap=")
        assert "secure" in answer.headers["set-cookie"].lower()
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        visitor.close()


@pytest.mark.parametrize("name", ["ketua", "tidak.ada", "nonaktif"])
def test_wrong_password_unknown_name_and_disabled_account_look_the_same(
    made: Town, name: str
) -> None:
    made.store.add_user("nonaktif", "supervisor", (), Passwords().hash(PASSWORD), made.clock.now())
    made.store.set_active("nonaktif", False)
    visitor = made.visitor()
    answer = visitor.post("/masuk", nama=name, sandi=PASSWORD if name == "nonaktif" else "salah")
    assert answer.status_code == 401
    assert "Nama atau kata sandi salah." in words_of(answer.text)
    assert f'value="{name}"' in answer.text
    assert "set-cookie" not in answer.headers
    visitor.close()


def test_an_unknown_name_costs_the_same_hashing_as_a_known_one(made: Town) -> None:
    passwords = Passwords()
    looked: list[str] = []
    real = passwords._hasher.verify

    class Watched:
        def verify(self, kept: str, password: str) -> bool:
            looked.append(kept.rsplit("$", 2)[0])
            return real(kept, password)

    passwords._hasher = Watched()  # type: ignore[assignment]
    assert not passwords.fits("apa saja", None)
    assert not passwords.fits("apa saja", Passwords().hash(PASSWORD))
    assert len(looked) == 2
    assert looked[0] == looked[1]  # same algorithm and same cost


def test_five_failures_close_the_name_for_a_quarter_of_an_hour(made: Town) -> None:
    visitor = made.visitor()
    for _ in range(5):
        assert visitor.post("/masuk", nama="ketua", sandi="salah").status_code == 401
    throttled = visitor.post("/masuk", nama="KETUA ", sandi=PASSWORD)
    assert throttled.status_code == 429
    assert "Tunggu 15 menit" in words_of(throttled.text)
    assert visitor.post("/masuk", nama="dishub", sandi=PASSWORD).status_code == 303
    made.clock.forward(minutes=16)
    assert visitor.post("/masuk", nama="ketua", sandi=PASSWORD).status_code == 303
    visitor.close()


def test_many_tries_at_once_do_not_slip_under_the_limit(made: Town) -> None:
    codes: list[int] = []

    def attempt() -> None:
        visitor = made.visitor()
        codes.append(visitor.post("/masuk", nama="ketua", sandi="salah").status_code)
        visitor.close()

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(codes) == [401] * 5 + [429] * 7
    assert made.store.failed_logins("ketua", made.clock.now()) == 5


def test_a_good_login_clears_the_count(made: Town) -> None:
    visitor = made.visitor()
    for _ in range(4):
        visitor.post("/masuk", nama="ketua", sandi="salah")
    assert visitor.post("/masuk", nama="ketua", sandi=PASSWORD).status_code == 303
    assert made.store.failed_logins("ketua", made.clock.now()) == 0
    visitor.close()


def test_an_idle_session_ends_and_leads_back_after_login(made: Town) -> None:
    visitor = made.person("ketua")
    made.clock.forward(minutes=59)
    assert visitor.get("/antrean").status_code == 200
    made.clock.forward(minutes=61)
    answer = visitor.get("/antrean?tab=triage&cari=lampu")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/masuk?lanjut=%2Fantrean%3Ftab%3Dtriage%26cari%3Dlampu"
    again = visitor.post(
        "/masuk", nama="ketua", sandi=PASSWORD, lanjut="/antrean?tab=triage&cari=lampu"
    )
    assert again.headers["location"] == "/antrean?tab=triage&cari=lampu"
    visitor.close()


def test_counting_by_an_open_page_keeps_no_session_alive(made: Town) -> None:
    visitor = made.person("ketua")
    for _ in range(2):
        made.clock.forward(minutes=29)
        assert visitor.get("/antrean/hitung").status_code == 200
    made.clock.forward(minutes=3)
    assert visitor.get("/antrean/hitung").status_code == 401
    visitor.close()


def test_a_used_session_ends_after_its_lifetime(made: Town) -> None:
    visitor = made.person("ketua")
    for _ in range(14):
        made.clock.forward(minutes=50)
        assert visitor.get("/antrean").status_code == 200
    made.clock.forward(minutes=50)
    assert visitor.get("/antrean").status_code == 303
    visitor.close()


def test_logout_ends_the_session_on_the_server(made: Town) -> None:
    visitor = made.person("ketua")
    token = visitor.session.cookies["tanggap"]
    assert visitor.post("/keluar").headers["location"] == "/masuk?pesan=keluar"
    visitor.session.cookies.set("tanggap", token)
    assert visitor.get("/antrean").status_code == 303
    visitor.close()


def test_a_new_login_gives_a_new_session_and_ends_the_old_one(made: Town) -> None:
    visitor = made.person("ketua")
    old = visitor.session.cookies["tanggap"]
    visitor.post("/masuk", nama="dishub", sandi=PASSWORD)
    assert visitor.session.cookies["tanggap"] != old
    other = made.visitor()
    other.session.cookies.set("tanggap", old)
    assert other.get("/antrean").status_code == 303
    visitor.close()
    other.close()


def test_disabling_or_a_new_password_ends_sessions_at_once(made: Town) -> None:
    first, second = made.person("ketua"), made.person("dishub")
    made.store.set_password("ketua", Passwords().hash("kata-sandi-baru"))
    made.store.set_active("dishub", False)
    assert first.get("/antrean").status_code == 303
    assert second.get("/antrean").status_code == 303
    first.close()
    second.close()


def test_somebody_logged_in_is_sent_on_from_the_login_page(made: Town) -> None:
    visitor = made.person("ketua")
    answer = visitor.get("/masuk?lanjut=/sumber")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sumber")
    visitor.close()


@pytest.mark.parametrize(
    "wanted",
    [
        "https://jahat.example/",
        "//jahat.example",
        "/\\jahat.example",
        "jahat",
        "",
        "/a\nb",
        "/a\\b",
    ],
)
def test_login_never_leads_to_another_site(wanted: str) -> None:
    assert local_path(wanted, "/") == "/"


def test_a_forged_cookie_is_nobody(made: Town) -> None:
    visitor = made.visitor()
    for forged in ("x", "a" * 5000, "%00"):
        visitor.session.cookies.set("tanggap", forged)
        assert visitor.get("/antrean").status_code == 303
    visitor.close()


def test_too_many_hashes_at_once_are_refused_not_queued_for_ever(
    made: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tanggap.web.auth.HASH_WAIT_SECONDS", 0.01)
    sessions: Sessions = made.app.state.desk.sessions
    turns = sessions._passwords._turns
    assert turns.acquire(timeout=1)
    assert turns.acquire(timeout=1)
    visitor = made.visitor()
    made.store.note_login("ketua", False, made.clock.now())
    for _ in range(6):
        answer = visitor.post("/masuk", nama="ketua", sandi=PASSWORD)
        assert answer.status_code == 503
        assert "sibuk" in words_of(answer.text)
    # Nobody is shut out by the server's own load, and nobody clears a count with it.
    assert made.store.failed_logins("ketua", made.clock.now()) == 1
    turns.release(2)
    assert visitor.post("/masuk", nama="ketua", sandi=PASSWORD).status_code == 303
    visitor.close()


def test_people_live_in_real_time_on_a_compressed_clock(made: Town) -> None:
    fast = HandClock(speed=600.0)
    sessions = Sessions(made.store, fast, WebSettings())
    response = Response()
    sessions.log_in(_request(), response, "ketua", PASSWORD)
    cookie = response.headers["set-cookie"].split(";")[0]
    assert "Max-Age=43200" in response.headers["set-cookie"]
    fast.forward(minutes=59 * 600)
    assert sessions.user_of(_request(cookie)) is not None
    fast.forward(minutes=61 * 600)
    assert sessions.user_of(_request(cookie)) is None


def _request(cookie: str = "") -> Request:
    headers = [(b"cookie", cookie.encode())] if cookie else []
    return Request({"type": "http", "headers": headers, "method": "POST", "path": "/masuk"})


@pytest.mark.parametrize(
    "change",
    [
        lambda store: store.set_active("ketua", False),
        lambda store: store.set_password("ketua", Passwords().hash("kata-sandi-baru")),
    ],
    ids=["disabled", "new-password"],
)
def test_an_account_changed_during_login_is_refused(
    made: Town, change: Callable[[Store], object]
) -> None:
    class Late:
        """A store where the account is changed between the look and the session."""

        def __getattr__(self, name: str) -> object:
            if name == "open_session":
                change(made.store)
            return getattr(made.store, name)

    sessions = Sessions(Late(), made.clock, made.config.web)  # type: ignore[arg-type]
    with pytest.raises(LoginRefused, match="wrong"):
        sessions.log_in(_request(), Response(), "ketua", PASSWORD)
