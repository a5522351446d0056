"""The own account: devices, password, codes at login."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from web_support import PASSWORD, Town, Visitor, town, words_of

from tanggap.errors import ConfigError
from tanggap.web.app import create_app

KEY = "kunci-pengujian-yang-cukup-panjang-0123456789"
NEW = "sepeda-hijau-di-teras"


@pytest.fixture
def keyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A town whose install has a key for codes."""
    monkeypatch.setenv("TANGGAP_TOTP_KEY", KEY)
    with town(tmp_path) as running:
        yield running


def code(made: Town, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(made.clock.real_now() + timedelta(seconds=30 * steps))


def wrong_code(made: Town, secret: str) -> str:
    right = {code(made, secret, steps) for steps in range(-2, 3)}
    return next(typed for typed in ("000000", "111111", "222222") if typed not in right)


def begin(person: Visitor) -> str:
    """Ask for a secret and return it as the page shows it."""
    assert person.post("/akun/kode/mulai").headers["location"] == "/akun/kode"
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', person.get("/akun/kode").text)
    assert found is not None
    return found[1].replace(" ", "")


def switch_on(made: Town, person: Visitor) -> tuple[str, list[str]]:
    secret = begin(person)
    page = person.post("/akun/kode/nyala", sandi=PASSWORD, kode=code(made, secret))
    assert page.status_code == 200, words_of(page.text)
    recovery = re.findall(r"<code>([a-z2-9-]{19})</code>", page.text)
    assert len(set(recovery)) == 10
    made.clock.forward(seconds=30)
    return secret, recovery


def half_in(made: Town, name: str = "ketua") -> Visitor:
    """Return somebody whose password was right and who is asked for a code."""
    person = made.visitor()
    answer = person.post("/masuk", nama=name, sandi=PASSWORD, lanjut="/sumber")
    assert answer.headers["location"] == "/masuk/kode?lanjut=%2Fsumber"
    return person


# --- devices ------------------------------------------------------------------------------------


def test_the_devices_of_an_account_are_listed_and_each_can_be_ended(made: Town) -> None:
    here, there, other = made.person("ketua"), made.visitor(), made.person("dishub")
    there.session.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    there.post("/masuk", nama="ketua", sandi=PASSWORD)
    made.clock.forward(minutes=7)
    page = here.get("/akun")
    said = words_of(page.text)
    assert "Firefox di Linux" in said
    assert said.count("perangkat ini") == 1
    assert said.index("perangkat ini") < said.index("Firefox di Linux")
    [mark] = re.findall(r'name="perangkat" value="(\w+)"', page.text)
    # What names a session on one's own page is of no use to anybody else.
    assert other.post("/akun/perangkat/keluar", perangkat=mark).status_code == 303
    assert there.get("/antrean").status_code == 200
    ended = here.post("/akun/perangkat/keluar", perangkat=mark)
    assert ended.headers["location"] == "/akun?pesan=perangkat"
    assert there.get("/antrean").status_code == 303
    assert here.get("/akun").status_code == 200
    assert other.get("/antrean").status_code == 200
    for person in (here, there, other):
        person.close()


def test_all_other_devices_are_ended_at_once(made: Town) -> None:
    here, there, third = (made.person("analis") for _ in range(3))
    assert here.post("/akun/perangkat/lain").headers["location"] == "/akun?pesan=perangkat_lain"
    assert [person.get("/akun").status_code for person in (here, there, third)] == [200, 303, 303]
    for person in (here, there, third):
        person.close()


def test_a_device_that_was_idle_too_long_is_not_listed_any_more(made: Town) -> None:
    old, here = made.person("ketua"), made.person("ketua")
    assert here.get("/akun").text.count("device-name") == 2
    made.clock.forward(minutes=50)
    here.get("/akun")
    made.clock.forward(minutes=20)
    assert here.get("/akun").text.count("device-name") == 1
    old.close()
    here.close()


# --- password -----------------------------------------------------------------------------------


def change(person: Visitor, old: str = PASSWORD, new: str = NEW, again: str = "") -> int:
    return person.post("/akun/sandi", lama=old, baru=new, ulang=again or new).status_code


def test_a_new_password_ends_the_other_devices_and_the_old_one_is_good_no_more(made: Town) -> None:
    here, there = made.person("dishub"), made.person("dishub")
    assert change(here) == 303
    assert here.get("/akun").status_code == 200
    assert there.get("/akun").status_code == 303
    assert there.post("/masuk", nama="dishub", sandi=PASSWORD).status_code == 401
    assert there.post("/masuk", nama="dishub", sandi=NEW).status_code == 303
    here.close()
    there.close()


@pytest.mark.parametrize(
    ("new", "again", "problem"),
    [
        ("pendek", "", "terlalu pendek"),
        ("password123456", "", "mudah ditebak"),
        ("sukamaju-2026", "", "mudah ditebak"),
        ("dishub-dishub", "", "memuat nama akun"),
        (NEW, NEW + "!", "tidak sama"),
        (PASSWORD, "", "sama dengan yang lama"),
    ],
)
def test_a_new_password_that_will_not_do_changes_nothing(
    made: Town, new: str, again: str, problem: str
) -> None:
    here = made.person("dishub")
    answer = here.post("/akun/sandi", lama=PASSWORD, baru=new, ulang=again or new)
    assert answer.status_code == 422
    assert problem in words_of(answer.text)
    assert f'"{new}"' not in answer.text
    assert made.person("dishub").get("/akun").status_code == 200
    here.close()


def test_a_browser_left_open_is_no_place_to_try_passwords(made: Town) -> None:
    here = made.person("ketua")
    assert [change(here, old="salah") for _ in range(6)] == [422] * 5 + [429]
    assert change(here) == 429
    made.clock.forward(minutes=16)
    assert change(here) == 303
    here.close()


# --- codes --------------------------------------------------------------------------------------


def test_with_codes_a_password_alone_opens_nothing(made: Town) -> None:
    owner = made.person("ketua")
    secret, _ = switch_on(made, owner)
    person = half_in(made)
    assert "tanggap" not in person.session.cookies
    for path in ("/antrean", "/akun", "/sumber"):
        assert person.get(path).headers["location"].startswith("/masuk")
    page = person.get("/masuk/kode?lanjut=/sumber")
    assert "Kode enam angka" in words_of(page.text)
    answer = person.post("/masuk/kode", kode=code(made, secret), lanjut="/sumber")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sumber")
    assert person.get("/sumber").status_code == 200
    # The first step is used up with the second.
    assert person.get("/masuk/kode").headers["location"].startswith("/masuk?")
    owner.close()
    person.close()


def test_a_code_is_good_once_also_for_who_looked_over_a_shoulder(made: Town) -> None:
    owner = made.person("ketua")
    secret, _ = switch_on(made, owner)
    typed = code(made, secret)
    first, second = half_in(made), half_in(made)
    assert first.post("/masuk/kode", kode=typed).status_code == 303
    refused = second.post("/masuk/kode", kode=typed)
    assert refused.status_code == 401
    assert "sudah dipakai" in words_of(refused.text)
    assert second.post("/masuk/kode", kode=code(made, secret, -1)).status_code == 401
    assert second.post("/masuk/kode", kode=code(made, secret, 1)).status_code == 303
    for person in (owner, first, second):
        person.close()


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 303), (0, 303), (1, 303), (2, 401)])
def test_a_phone_may_be_half_a_minute_off(made: Town, steps: int, status: int) -> None:
    owner = made.person("ketua")
    secret, _ = switch_on(made, owner)
    made.clock.forward(minutes=2)
    person = half_in(made)
    assert person.post("/masuk/kode", kode=code(made, secret, steps)).status_code == status
    owner.close()
    person.close()


def test_wrong_codes_are_throttled_and_a_right_password_clears_nothing(made: Town) -> None:
    owner = made.person("ketua")
    secret, _ = switch_on(made, owner)
    person = half_in(made)
    for _ in range(4):
        assert person.post("/masuk/kode", kode=wrong_code(made, secret)).status_code == 401
    again = half_in(made)
    assert again.post("/masuk/kode", kode=wrong_code(made, secret)).status_code == 401
    throttled = again.post("/masuk/kode", kode=code(made, secret))
    assert throttled.status_code == 429
    assert "Tunggu 15 menit" in words_of(throttled.text)
    made.clock.forward(minutes=16)
    late = half_in(made)
    assert late.post("/masuk/kode", kode=code(made, secret)).status_code == 303
    assert made.store.failed_logins("ketua", made.clock.now() - timedelta(1), "code") == 0
    for visitor in (owner, person, again, late):
        visitor.close()


def test_after_twenty_wrong_codes_a_day_the_account_waits_for_the_next(made: Town) -> None:
    owner = made.person("ketua")
    secret, recovery = switch_on(made, owner)
    for _ in range(20):
        made.store.note_login("ketua", False, made.clock.now(), "code")
    made.clock.forward(minutes=16)
    person = half_in(made)
    for typed in ({"kode": code(made, secret)}, {"cadangan": recovery[0]}):
        refused = person.post("/masuk/kode", **typed)
        assert refused.status_code == 429
        assert "hari ini" in words_of(refused.text)
    made.clock.forward(hours=24)
    person = half_in(made)
    assert person.post("/masuk/kode", kode=code(made, secret)).status_code == 303
    owner.close()
    person.close()


def test_a_recovery_code_lets_in_once(made: Town) -> None:
    owner = made.person("ketua")
    _, recovery = switch_on(made, owner)
    for typed, status in ((recovery[3].upper(), 303), (recovery[3], 401), ("x" * 40, 401)):
        person = half_in(made)
        assert person.post("/masuk/kode", cadangan=typed).status_code == status
        person.close()
    assert "Kode cadangan yang tersisa: 9." in words_of(owner.get("/akun").text)
    kept = made.config.database_path.read_bytes()
    assert recovery[0].encode() not in kept
    owner.close()


def test_a_login_waits_five_minutes_for_its_code(made: Town) -> None:
    owner = made.person("ketua")
    secret, _ = switch_on(made, owner)
    person = half_in(made)
    made.clock.forward(minutes=5)
    refused = person.post("/masuk/kode", kode=code(made, secret))
    assert refused.status_code == 401
    assert "Waktunya habis" in words_of(refused.text)
    assert 'name="sandi"' in refused.text
    owner.close()
    person.close()


def test_who_is_disabled_between_password_and_code_stays_out(made: Town) -> None:
    owner = made.person("ketua")
    secret, _ = switch_on(made, owner)
    person = half_in(made)
    made.store.set_active("ketua", False)
    assert person.post("/masuk/kode", kode=code(made, secret)).status_code == 401
    assert owner.get("/akun").status_code == 303
    owner.close()
    person.close()


def test_codes_go_by_real_time_when_the_clock_is_compressed(tmp_path: Path) -> None:
    real_start = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    with town(tmp_path) as made:
        clock = made.clock
        for name, value in (
            *(("speed", 600.0), ("real_start", real_start)),
            ("simulated_start", clock.now()),
        ):
            object.__setattr__(clock, name, value)
        owner = made.person("ketua")
        secret = begin(owner)
        clock.forward(hours=5)  # half a minute of real time
        assert code(made, secret) == pyotp.TOTP(secret).at(real_start + timedelta(seconds=30))
        typed = pyotp.TOTP(secret).at(real_start + timedelta(seconds=30))
        answer = owner.post("/akun/kode/nyala", sandi=PASSWORD, kode=typed)
        assert answer.status_code == 200
        person = half_in(made)
        clock.forward(hours=5)
        typed = pyotp.TOTP(secret).at(real_start + timedelta(seconds=60))
        assert person.post("/masuk/kode", kode=typed).status_code == 303
        owner.close()
        person.close()


def test_codes_are_switched_on_only_with_password_and_a_first_code(made: Town) -> None:
    owner, other = made.person("ketua"), made.person("ketua")
    assert owner.get("/akun/kode.svg").status_code == 404
    secret = begin(owner)
    right = code(made, secret)
    for sent, said in (
        ({"sandi": "salah", "kode": right}, "Kata sandi sekarang salah"),
        ({"sandi": PASSWORD, "kode": wrong_code(made, secret)}, "Kode salah"),
        ({"sandi": PASSWORD}, "Kode salah"),
    ):
        refused = owner.post("/akun/kode/nyala", **sent)
        assert refused.status_code == 422
        assert said in words_of(refused.text)
    picture = owner.get("/akun/kode.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.headers["cache-control"] == "no-store"
    assert picture.content.startswith(b"<svg")
    # Begun anew, the first secret is good for nothing.
    fresh = begin(owner)
    assert fresh != secret
    assert owner.post("/akun/kode/nyala", sandi=PASSWORD, kode=right).status_code == 422
    assert other.get("/akun").status_code == 200
    done = owner.post("/akun/kode/nyala", sandi=PASSWORD, kode=code(made, fresh))
    assert done.status_code == 200
    assert owner.get("/akun").status_code == 200
    assert other.get("/akun").status_code == 303  # it came in without a code
    assert owner.get("/akun/kode.svg").status_code == 404
    assert fresh not in owner.get("/akun/kode").text.replace(" ", "")
    owner.close()
    other.close()


def test_codes_are_switched_off_only_with_password_and_code(made: Town) -> None:
    owner = made.person("ketua")
    secret, recovery = switch_on(made, owner)
    for sent in (
        {"sandi": PASSWORD, "kode": wrong_code(made, secret)},
        {"sandi": "salah", "kode": code(made, secret)},
        {"sandi": PASSWORD},
    ):
        assert owner.post("/akun/kode/mati", **sent).status_code == 422
    done = owner.post("/akun/kode/mati", sandi=PASSWORD, cadangan=recovery[0])
    assert done.headers["location"] == "/akun?pesan=kode_mati"
    plain = made.person("ketua")
    assert plain.get("/antrean").status_code == 200
    plain.close()
    owner.close()


def test_new_recovery_codes_take_the_place_of_the_old_ones(made: Town) -> None:
    owner = made.person("ketua")
    secret, old = switch_on(made, owner)
    page = owner.post("/akun/kode/cadangan", sandi=PASSWORD, kode=code(made, secret))
    fresh = re.findall(r"<code>([a-z2-9-]{19})</code>", page.text)
    assert len(set(fresh) | set(old)) == 20
    person = half_in(made)
    assert person.post("/masuk/kode", cadangan=old[0]).status_code == 401
    assert person.post("/masuk/kode", cadangan=fresh[0]).status_code == 303
    owner.close()
    person.close()


# --- roles that must ----------------------------------------------------------------------------


def test_a_role_that_must_use_codes_sees_nothing_before_it_does(tmp_path: Path) -> None:
    with town(tmp_path, require_totp=["supervisor", "analyst"]) as made:
        free, bound = made.person("dishub"), made.person("ketua")
        assert free.get("/antrean").status_code == 200
        for path in ("/antrean", "/sumber", "/analis", "/"):
            assert bound.get(path).headers["location"] == "/akun/kode"
        assert bound.get("/antrean/hitung").status_code == 403
        assert bound.post("/sumber/ambil").status_code == 403
        assert "wajib" in words_of(bound.get("/akun/kode").text)
        assert bound.get("/akun").status_code == 200
        switch_on(made, bound)
        assert bound.get("/antrean").status_code == 200
        assert bound.post("/keluar").status_code == 303
        free.close()
        bound.close()


# --- the install's key --------------------------------------------------------------------------


def test_with_a_key_of_the_install_a_copy_of_the_database_makes_no_code(keyed: Town) -> None:
    owner = keyed.person("ketua")
    secret, _ = switch_on(keyed, owner)
    kept = keyed.store.totp("ketua")
    assert kept is not None
    assert pyotp.TOTP(secret).byte_secret() != bytes.fromhex(kept.seed)
    files = keyed.config.database_path.parent.glob("*.db*")
    assert KEY.encode() not in b"".join(path.read_bytes() for path in files)
    person = half_in(keyed)
    assert person.post("/masuk/kode", kode=code(keyed, secret)).status_code == 303
    owner.close()
    person.close()


def test_another_key_is_said_and_a_recovery_code_still_lets_in(keyed: Town) -> None:
    owner = keyed.person("ketua")
    secret, recovery = switch_on(keyed, owner)
    keyed.app.state.desk.sessions.second._key = KEY[::-1]
    person = half_in(keyed)
    refused = person.post("/masuk/kode", kode=code(keyed, secret))
    assert refused.status_code == 401
    assert "kunci server berubah" in words_of(refused.text)
    assert person.post("/masuk/kode", cadangan=recovery[0]).status_code == 303
    owner.close()
    person.close()


def test_a_key_that_is_too_short_is_refused_at_the_start(
    made: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANGGAP_TOTP_KEY", "pendek")
    with pytest.raises(ConfigError, match="terlalu pendek"):
        create_app(made.store, made.config)
