"""From a browser's cookies to the session file, and what of it is accepted."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from instagram_web_support import COOKIES, NOW, looks_secret, make_config

from collectors.instagram_session import (
    Session,
    import_session,
    load_session,
    save_session,
    session_path,
)
from tanggap.cli import cli, main
from tanggap.commands import init
from tanggap.config import load_config
from tanggap.errors import InputError, NotAuthorised

LATER = 1_990_000_000
GONE = 1_500_000_000


def netscape(cookies: dict[str, str] = COOKIES, ends: int = LATER, domain: str = "") -> str:
    domain = domain or ".instagram.com"
    lines = ["# Netscape HTTP Cookie File", "", ".example.com\tTRUE\t/\tTRUE\t0\tsid\tforeign"]
    for name, value in cookies.items():
        start = "#HttpOnly_" if name == "sessionid" else ""
        lines.append(f"{start}{domain}\tTRUE\t/\tTRUE\t{ends}\t{name}\t{value}")
    return "\r\n".join(lines)


def listed(cookies: dict[str, str] = COOKIES, **more: Any) -> list[dict[str, Any]]:
    rest = {"domain": ".instagram.com", "path": "/", "expirationDate": LATER + 0.5} | more
    foreign = [{"name": "sid", "value": "foreign", "domain": "instagram.com.evil.example"}]
    return foreign + [{"name": name, "value": value} | rest for name, value in cookies.items()]


def taken(export: object, username: str = "") -> Session:
    text = export if isinstance(export, str) else json.dumps(export)
    return import_session(text.encode(), username, NOW)


@pytest.mark.parametrize(
    "export",
    [
        netscape(),
        "\ufeff" + netscape(),
        listed(),
        {"cookies": listed()},
        {"url": "https://www.instagram.com", "cookies": listed(expirationDate=LATER * 1000)},
        {"cookies": listed(domain="www.instagram.com", expires=LATER), "origins": []},
        [{"host": ".instagram.com"} | one for one in listed()],
    ],
)
def test_exports_of_browsers_and_extensions_are_understood(export: object) -> None:
    session = taken(export, "pembaca")
    assert session.username == "pembaca"
    assert session.cookies == COOKIES
    assert session.ends_at is not None
    assert session.ends_at.replace(microsecond=0) == datetime.fromtimestamp(LATER, UTC)


def test_without_a_name_the_accounts_number_stands_for_it() -> None:
    assert taken(netscape()).username == "4321"


@pytest.mark.parametrize("ends", [0, -1, None, "", "Session", float("nan")])
def test_a_cookie_that_ends_with_the_browser_is_taken_without_an_end(ends: object) -> None:
    assert taken(listed(expirationDate=ends)).ends_at is None


def test_of_two_cookies_of_one_name_the_longer_lasting_one_is_taken() -> None:
    old = [{"name": "sessionid", "value": "old", "domain": "instagram.com", "expiry": GONE}]
    assert taken(listed() + old).cookies["sessionid"] == COOKIES["sessionid"]
    assert taken(old + listed()).cookies["sessionid"] == COOKIES["sessionid"]


def test_cookies_that_no_header_could_carry_and_the_routing_hint_are_left_out() -> None:
    odd = {"rur": "x", "bad": "a\r\nHost: evil", "sp ace": "x", "semi": "a;b", "quoted": '"a"'}
    assert taken(listed(COOKIES | odd)).cookies == COOKIES
    assert taken([*listed(), {"name": 5, "value": None, "domain": ".instagram.com"}, "x", None])


def test_a_flood_of_cookies_is_bounded_and_the_needed_ones_stay() -> None:
    flood = {f"c{number}": "x" for number in range(200)}
    kept = taken(listed(flood | COOKIES)).cookies
    assert len(kept) == 40
    assert kept["sessionid"] == COOKIES["sessionid"]


@pytest.mark.parametrize(
    ("export", "said"),
    [
        ("", "tidak ada cookie instagram.com"),
        ("hello\nworld", "tidak ada cookie instagram.com"),
        (netscape(domain=".instagram.com.evil.example"), "tidak ada cookie instagram.com"),
        (netscape(domain="notinstagram.com"), "tidak ada cookie instagram.com"),
        ('{"cookies": 5}', "tidak ada cookie instagram.com"),
        (".instagram.com TRUE / TRUE 1799999999 sessionid CANARY", "jangan disalin-tempel"),
        ('[{"name": ', "JSON ini rusak"),
        ("[" * 100_000, "JSON ini rusak"),
        (listed({"sessionid": "CANARY", "mid": "m"}), "cookie csrftoken, ds_user_id tidak ada"),
        (netscape(COOKIES, GONE), "cookie sessionid, csrftoken, ds_user_id sudah kedaluwarsa"),
        (listed(COOKIES | {"ds_user_id": "CANARY"}), "bukan nomor akun"),
        (" " * 1_100_000, "terlalu besar"),
    ],
)
def test_an_export_that_cannot_be_used_is_refused_in_one_line(export: object, said: str) -> None:
    with pytest.raises(InputError) as caught:
        taken(export)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not looks_secret(str(caught.value))


def test_a_picture_is_no_export() -> None:
    with pytest.raises(InputError, match="UTF-8"):
        import_session(b"\x89PNG\r\n\xff\xfe", "", NOW)


@pytest.mark.parametrize("name", ["@a b", "x" * 31, "a/b"])
def test_a_name_that_no_account_can_have_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="--username"):
        taken(netscape(), name)


@given(st.binary(max_size=300))
def test_whatever_the_file_holds_the_answer_is_a_session_or_one_message(content: bytes) -> None:
    said = "one line"
    try:
        import_session(content, "", NOW)
    except InputError as error:
        said = str(error)
    assert "\n" not in said


# --- the file -----------------------------------------------------------------------------------


def test_a_session_comes_back_from_the_file_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    path.write_text("old")
    path.chmod(0o666)
    session = Session("pembaca", COOKIES, NOW)
    save_session(path, session)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_session(path) == session
    assert [file.name for file in tmp_path.iterdir()] == ["session.json"]
    assert not looks_secret(repr(session))


def refusal(path: Path) -> str:
    with pytest.raises(NotAuthorised) as caught:
        load_session(path)
    assert caught.value.scope == "instagram_web"
    assert not looks_secret(str(caught.value))
    return caught.value.code


@pytest.mark.fault(19)
def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "session.json"
    save_session(path, Session("pembaca", COOKIES))
    for mode in (0o640, 0o604, 0o660, 0o610):
        path.chmod(mode)
        assert refusal(path) == "instagram_session_open"


def test_a_missing_file_and_a_folder_in_its_place_are_told_apart(tmp_path: Path) -> None:
    assert refusal(tmp_path / "session.json") == "instagram_session_missing"
    (tmp_path / "folder").mkdir(mode=0o700)
    assert refusal(tmp_path / "folder") == "instagram_session_broken"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04\x95pickle",
        b"[]",
        b'{"username": "a"}',
        b'{"username": "a", "cookies": {"sessionid": "x"}}',
        b'{"username": "", "cookies": {"sessionid": "x", "csrftoken": "y", "ds_user_id": "1"}}',
        b'{"username": 1, "cookies": {"sessionid": "x", "csrftoken": "y", "ds_user_id": "1"}}',
        b'{"username": "a", "cookies": {"sessionid": 5, "csrftoken": "y", "ds_user_id": "1"}}',
        b'{"username": "a", "cookies": {"sessionid": "x", "csrftoken": "y", "ds_user_id": "z"}}',
        b'{"username": "a", "cookies": {"sessionid": "a b", "csrftoken": "y", "ds_user_id": "1"}}',
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "session.json"
    path.write_bytes(content)
    path.chmod(0o600)
    assert refusal(path) == "instagram_session_broken"


@pytest.mark.parametrize("ends_at", ["kemarin", 5, None])
def test_an_end_that_cannot_be_read_costs_only_itself(tmp_path: Path, ends_at: object) -> None:
    path = tmp_path / "session.json"
    path.write_text(json.dumps({"username": "a", "cookies": COOKIES, "ends_at": ends_at}))
    path.chmod(0o600)
    assert load_session(path).ends_at is None


def test_a_folder_that_cannot_be_written_is_one_clear_message(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="tidak dapat ditulis"):
        save_session(tmp_path / "missing" / "session.json", Session("a", COOKIES))
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match="tidak dapat ditulis"):
        save_session(tmp_path / "taken", Session("a", COOKIES))
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_config(tmp_path, "http://127.0.0.1:9", session=False, enabled=False, accept_risk=False)
    (tmp_path / "cookies.txt").write_text(netscape())
    return tmp_path


def run(folder: Path, *more: str) -> Any:
    arguments = ["--config", str(folder / "tanggap.toml"), "instagram", "import-session"]
    return CliRunner().invoke(cli, [*arguments, *more])


def test_the_command_writes_the_session_next_to_the_config_and_warns(folder: Path) -> None:
    done = run(folder, str(folder / "cookies.txt"), "--username", "@pembaca")
    assert done.exit_code == 0, done.output
    config = load_config(folder / "tanggap.toml")
    session = load_session(session_path(config))
    assert (session.username, dict(session.cookies)) == ("pembaca", COOKIES)
    assert "ditulis:" in done.stdout
    assert "melanggar ketentuan Instagram" in done.stderr
    assert "accept_risk = true" in done.stderr
    assert "hapus berkas ekspor" in done.stderr
    assert not looks_secret(done.output)


def test_an_install_that_is_on_is_told_to_reload_only(folder: Path) -> None:
    make_config(folder, "http://127.0.0.1:9", session=False)
    done = run(folder, str(folder / "cookies.txt"))
    assert "accept_risk" not in done.stderr
    assert "muat ulang" in done.stderr


def test_a_bad_file_is_exit_2_and_leaves_the_old_session(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(folder, str(folder / "cookies.txt"))
    before = (folder / "instagram-session.json").read_bytes()
    (folder / "bad.txt").write_text(netscape({"sessionid": "CANARY"}))
    for name in ("bad.txt", "missing.txt"):
        with pytest.raises(SystemExit) as caught:
            main(
                [
                    *("--config", str(folder / "tanggap.toml"), "instagram", "import-session"),
                    str(folder / name),
                ]
            )
        assert caught.value.code == 2
    said = capsys.readouterr()
    assert not looks_secret(said.out + said.err)
    assert (folder / "instagram-session.json").read_bytes() == before


def test_the_session_file_itself_is_no_export(tmp_path: Path) -> None:
    init.init.main([str(tmp_path), "--city", "Kota"], standalone_mode=False)
    session = tmp_path / "instagram-session.json"
    session.write_text(json.dumps({"username": "a", "cookies": COOKIES}), encoding="utf-8")
    before = session.read_bytes()
    config = str(tmp_path / "tanggap.toml")
    command = ["--config", config, "instagram", "import-session", str(session)]
    done = CliRunner().invoke(cli, command)
    assert isinstance(done.exception, InputError)
    assert "berkas sesi itu sendiri" in str(done.exception)
    assert session.read_bytes() == before
