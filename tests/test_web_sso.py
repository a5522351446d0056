"""Login by the provider of the city's accounts: who is let in, and what it may answer."""

import logging
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyotp
import pytest
import requests
from joserfc import jwt
from joserfc.jwk import Key, RSAKey
from oidc_support import (
    CLIENT,
    PUBLIC,
    REALM,
    REDIRECT,
    SECRET,
    Provider,
    at_provider,
    city_with_provider,
    compact,
    ec_key,
    log_in,
    press,
    rsa_key,
)
from web_support import PASSWORD, Town, Visitor, town, words_of
from x_support import Reply, drip

from tanggap.cli import main
from tanggap.desk_settings import OidcSettings
from tanggap.errors import ConfigError
from tanggap.web import oidc_wire, sso_words
from tanggap.web.app import create_app
from tanggap.web.oidc_wire import Wire
from tanggap.web.sso import Attempt, OidcRefused


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with city_with_provider(tmp_path, monkeypatch) as running:
        yield running


@pytest.fixture
def made(provider: Provider) -> Town:
    assert provider.made is not None
    return provider.made


@pytest.fixture
def visitor(made: Town) -> Iterator[Visitor]:
    person = made.visitor()
    yield person
    person.close()


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/antrean").status_code == 200


def reasons(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return why logins were refused, as the log says."""
    return re.findall(r"event=oidc_refused reason=(\S+)", caplog.text)


# --- the way there and back -----------------------------------------------------------------------


def test_the_citys_account_opens_a_session_and_leads_to_what_was_wanted(
    provider: Provider, visitor: Visitor
) -> None:
    answer = log_in(visitor, "%2Fantrean%3Ftab%3Dtriage%26cari%3Dlampu.mati")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/antrean?tab=triage&cari=lampu.mati"
    page = visitor.get("/antrean")
    assert page.status_code == 200
    assert "ketua" in words_of(page.text)
    assert [one.agent for one in provider.made.store.sessions_of(  # type: ignore[union-attr]
        "ketua", provider.made.clock.now(), 3600  # type: ignore[union-attr]
    )] == [visitor.session.headers["User-Agent"]]  # fmt: skip


def test_the_provider_is_asked_by_code_with_pkce_state_and_nonce(
    provider: Provider, visitor: Visitor
) -> None:
    first, second = (dict(parse_qsl(urlsplit(press(visitor)).query)) for _ in range(2))
    assert first["response_type"] == "code"
    assert first["client_id"] == CLIENT
    assert first["redirect_uri"] == REDIRECT
    assert first["scope"] == "openid profile"
    assert first["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) == 43
        assert first[name] != second[name]
    assert len({first["state"], first["nonce"], first["code_challenge"]}) == 3
    assert log_in(visitor).status_code == 303
    [asked] = provider.asked("/token")  # which it grants to client, secret and verifier alone
    assert asked.headers["authorization"].startswith("Basic ")
    assert SECRET not in asked.body.decode()


def test_the_provider_refuses_a_code_without_the_browsers_verifier(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    back = at_provider(press(visitor))
    kept = Attempt.read(visitor.session.cookies["tanggap-sso"])
    assert kept is not None
    changed = Attempt(kept.state, kept.nonce, "x" * 43, kept.begun_at, kept.goal)
    visitor.session.cookies.clear()
    visitor.session.cookies.set("tanggap-sso", changed.written())
    assert visitor.get(back).status_code == 403
    assert reasons(caplog) == ["code"]
    assert not is_in(visitor)


def test_capitals_of_a_name_do_not_matter(provider: Provider, visitor: Visitor) -> None:
    provider.name = "Ketua"
    assert log_in(visitor).status_code == 303
    assert is_in(visitor)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(rsa_key("satu"), "PS256"), (ec_key("dua"), "ES256")],
    ids=["PS256", "ES256"],
)
def test_other_asymmetric_signatures_do_as_well(
    provider: Provider, visitor: Visitor, key: Key, algorithm: str
) -> None:
    provider.key, provider.algorithm = key, algorithm
    assert log_in(visitor).status_code == 303
    assert is_in(visitor)


@pytest.mark.parametrize(
    "goal", ["https://jahat.example", "//jahat.example", "%2F%5Cjahat.example", "/" + "a" * 5000]
)
def test_a_goal_elsewhere_or_too_long_becomes_the_start_page(visitor: Visitor, goal: str) -> None:
    assert log_in(visitor, goal).headers["location"] == "/"


def test_a_new_login_ends_the_session_that_the_browser_had(made: Town, visitor: Visitor) -> None:
    log_in(visitor)
    old = visitor.session.cookies["tanggap"]
    visitor.session.cookies.clear()
    back = at_provider(press(visitor))
    visitor.session.cookies.set("tanggap", old)
    assert visitor.get(back).status_code == 303
    other = made.visitor()
    other.session.cookies.set("tanggap", old)
    assert not is_in(other)
    other.close()


def test_somebody_logged_in_is_sent_on_without_asking_the_provider(
    provider: Provider, visitor: Visitor
) -> None:
    log_in(visitor)
    provider.codes.clear()
    answer = visitor.get("/masuk/sso?lanjut=/sumber")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sumber")


# --- the page and the cookie ----------------------------------------------------------------------


def test_the_button_stands_above_the_password_form_and_keeps_the_goal(visitor: Visitor) -> None:
    page = visitor.get("/masuk?lanjut=/sumber").text
    button = re.search(r'<a class="button wide" href="([^"]+)">Masuk dengan akun kota</a>', page)
    assert button is not None
    assert button[1] == "/masuk/sso?lanjut=/sumber"
    assert button.start() < page.index('<form method="post" action="/masuk">')
    refused = visitor.post("/masuk", {"Origin": PUBLIC}, nama="ketua", sandi="salah")
    assert "Masuk dengan akun kota" in refused.text


def test_the_button_says_what_the_city_wants_and_says_it_in_no_markup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with city_with_provider(tmp_path, monkeypatch, caption="Akun <b>ASN</b>") as provider:
        assert provider.made is not None
        visitor = provider.made.visitor()
        assert ">Akun &lt;b&gt;ASN&lt;/b&gt;</a>" in visitor.get("/masuk").text
        visitor.close()


def test_the_words_of_the_button_are_the_configs_default() -> None:
    assert OidcSettings(issuer="https://a.example", client_id="a").caption == sso_words.CAPTION


def test_without_a_provider_there_is_no_button_and_nothing_at_its_addresses(
    tmp_path: Path,
) -> None:
    with town(tmp_path) as made:
        visitor = made.visitor()
        assert "/masuk/sso" not in visitor.get("/masuk").text
        for path in ("/masuk/sso", "/masuk/sso/kembali?state=a&code=b"):
            assert visitor.get(path).status_code == 404
        visitor.close()


def test_the_cookie_of_a_login_under_way_is_httponly_lax_short_and_taken_back(
    visitor: Visitor,
) -> None:
    answer = visitor.get("/masuk/sso")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("tanggap-sso=")
    for part in ("httponly", "samesite=lax", "path=/", "max-age=3600"):
        assert part in cookie
    assert "domain" not in cookie
    assert "secure" not in cookie
    visitor.get(at_provider(answer.headers["location"]))
    assert "tanggap-sso" not in visitor.session.cookies
    assert "tanggap" in visitor.session.cookies


def test_behind_tls_the_cookie_is_host_bound_and_secure(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = {"issuer": provider.issuer, "client_id": CLIENT}
    folder, address = tmp_path_factory.mktemp("tls"), "https://tanggap.sukamaju.example"
    with town(folder, public_url=address, oidc=settings) as made:
        visitor = made.visitor()
        answer = visitor.get("/masuk/sso")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-tanggap-sso=")
        assert "secure" in cookie.lower()
        assert "redirect_uri=https%3A%2F%2Ftanggap.sukamaju" in answer.headers["location"]
        visitor.close()


def test_every_answer_on_the_way_carries_the_security_headers(visitor: Visitor) -> None:
    there = visitor.get("/masuk/sso")
    back = at_provider(there.headers["location"])
    for answer in (there, visitor.get("/masuk/sso/kembali"), visitor.get(back)):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"


# --- answers that are not ours --------------------------------------------------------------------


def says(answer: requests.Response, word: str) -> None:
    """Check that a page says what is the matter and leads back to the login."""
    assert sso_words.PROBLEMS.get(word, sso_words.ANSWER).meaning in words_of(answer.text)
    assert '<a class="button" href="/masuk">' in answer.text
    assert "tanggap=" not in answer.headers.get("set-cookie", "")


def test_a_foreign_answer_is_refused_and_ends_no_login_under_way(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    back = at_provider(press(visitor))
    code = dict(parse_qsl(urlsplit(back).query))["code"]
    for query in (f"code={code}&state=lain", f"code={code}", "", "state=%00&code=%ff", "state="):
        answer = visitor.get(f"/masuk/sso/kembali?{query}")
        assert answer.status_code == 400
        says(answer, "state")
    assert reasons(caplog) == ["state"] * 5
    assert visitor.get(back).status_code == 303
    assert is_in(visitor)


def test_an_answer_in_another_browser_opens_nothing(made: Town, visitor: Visitor) -> None:
    back = at_provider(press(visitor))
    other = made.visitor()
    says(other.get(back), "state")
    press(other)
    says(other.get(back), "state")
    assert not is_in(other)
    other.close()


@pytest.mark.parametrize("cookie", ["x", "a.b.c.d", "a.b.c.1e9./", "...1./", f"a.b.c.{10**30}./"])
def test_a_forged_cookie_is_no_login_under_way(visitor: Visitor, cookie: str) -> None:
    visitor.session.cookies.set("tanggap-sso", cookie)
    says(visitor.get("/masuk/sso/kembali?state=&code=x"), "state")
    says(visitor.get("/masuk/sso/kembali?state=a&code=x"), "state")


def test_an_answer_is_good_once(
    made: Town, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    back = at_provider(press(visitor))
    kept = visitor.session.cookies["tanggap-sso"]
    assert visitor.get(back).status_code == 303
    again = visitor.get(back)
    assert again.status_code == 400
    says(again, "state")
    assert is_in(visitor)
    other = made.visitor()
    other.session.cookies.set("tanggap-sso", kept)  # also for who has kept the cookie
    assert other.get(back).status_code == 403
    assert reasons(caplog) == ["state", "code"]
    assert not is_in(other)
    other.close()


def test_who_takes_longer_than_ten_minutes_is_told_so(made: Town, visitor: Visitor) -> None:
    back = at_provider(press(visitor))
    made.clock.forward(minutes=10, seconds=2)
    answer = visitor.get(back)
    assert answer.status_code == 400
    says(answer, "late")
    assert "tanggap-sso" not in visitor.session.cookies
    back = at_provider(press(visitor))
    made.clock.forward(minutes=9, seconds=58)
    assert visitor.get(back).status_code == 303


@pytest.mark.parametrize(
    ("error", "word"), [("access_denied", "denied"), ("server_error", ""), ("<b>x</b>", "")]
)
def test_what_the_provider_refuses_is_said_in_our_words(
    visitor: Visitor, error: str, word: str
) -> None:
    state = dict(parse_qsl(urlsplit(press(visitor)).query))["state"]
    answer = visitor.get(
        f"/masuk/sso/kembali?error={error}&error_description=jangan+percaya&state={state}"
    )
    assert answer.status_code == 403
    says(answer, word)
    assert "jangan percaya" not in answer.text


# --- who it is ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "orang.lain",
        "nonaktif",
        "\N{KELVIN SIGN}etua",  # folds to k
        "ｋｅｔｕａ",
        "ketua\x00",
        "ketua\n",
        "a" * 5000,
        "' OR 1=1 --",
    ],
)
def test_who_has_no_active_account_of_that_name_is_told_whom_to_ask(
    provider: Provider,
    made: Town,
    visitor: Visitor,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    made.store.add_user("nonaktif", "supervisor", (), "$argon2id$x", made.clock.now())
    made.store.set_active("nonaktif", False)
    provider.name = name
    answer = log_in(visitor)
    assert answer.status_code == 403
    says(answer, "account")
    assert "Diskominfo" in words_of(answer.text)
    assert reasons(caplog) == ["account"]
    assert not is_in(visitor)


def test_a_long_name_is_not_cut_to_anothers(
    provider: Provider, made: Town, visitor: Visitor
) -> None:
    made.store.add_user("a" * 64, "supervisor", (), "$argon2id$x", made.clock.now())
    provider.name = "a" * 65
    says(log_in(visitor), "account")


@pytest.mark.parametrize("name", [None, "", "  ", 7, True, ["ketua"], {"a": "ketua"}])
def test_a_token_without_a_name_is_refused(
    provider: Provider, visitor: Visitor, name: object
) -> None:
    provider.name = name
    answer = log_in(visitor)
    assert answer.status_code == 403
    says(answer, "claim")


def test_the_name_is_that_of_the_configured_claim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with city_with_provider(tmp_path, monkeypatch, claim="nip") as provider:
        assert provider.made is not None
        provider.claims = {"nip": "dishub", "preferred_username": "ketua"}
        visitor = provider.made.visitor()
        assert log_in(visitor).status_code == 303
        assert "Dishub" in words_of(visitor.get("/akun").text)
        visitor.close()


def test_who_uses_codes_is_still_asked_for_one(
    provider: Provider, made: Town, visitor: Visitor
) -> None:
    owner = made.visitor()
    owner.post("/masuk", {"Origin": PUBLIC}, nama="ketua", sandi=PASSWORD)
    owner.post("/akun/kode/mulai", {"Origin": PUBLIC})
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', owner.get("/akun/kode").text)
    assert found is not None
    totp = pyotp.TOTP(found[1].replace(" ", ""))
    now = totp.at(made.clock.real_now())
    shown = owner.post("/akun/kode/nyala", {"Origin": PUBLIC}, sandi=PASSWORD, kode=now)
    assert shown.status_code == 200
    owner.close()
    made.clock.forward(seconds=30)
    answer = log_in(visitor, "/sumber")
    assert answer.headers["location"] == "/masuk/kode?lanjut=%2Fsumber"
    assert not is_in(visitor)
    assert visitor.get("/masuk/kode").status_code == 200
    code = totp.at(made.clock.real_now())
    answer = visitor.post("/masuk/kode", {"Origin": PUBLIC}, kode=code, lanjut="/sumber")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sumber")
    assert is_in(visitor)


def test_a_duty_of_codes_holds_for_the_citys_accounts_too(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = {"issuer": provider.issuer, "client_id": CLIENT}
    folder = tmp_path_factory.mktemp("wajib")
    with town(
        folder, public_url=PUBLIC, oidc=settings, require_totp=["supervisor"]
    ) as provider.made:
        visitor = provider.made.visitor()
        assert log_in(visitor).status_code == 303
        assert visitor.get("/antrean").headers["location"] == "/akun/kode"
        visitor.close()


def test_a_name_that_is_closed_for_passwords_may_come_by_the_provider_and_stays_closed(
    visitor: Visitor,
) -> None:
    sent = {"Origin": PUBLIC}
    for _ in range(5):
        visitor.post("/masuk", sent, nama="ketua", sandi="salah")
    assert log_in(visitor).status_code == 303
    visitor.session.cookies.clear()
    assert visitor.post("/masuk", sent, nama="ketua", sandi=PASSWORD).status_code == 429


# --- the ID token ---------------------------------------------------------------------------------

NEAR, FAR = 20, 300
"""Seconds within the leeway of a minute and beyond it, however slow a login is here."""
Change = Callable[[Provider], dict[str, object]]
WRONG: dict[str, tuple[Change, str]] = {
    "another nonce": (lambda _: {"nonce": "lain"}, "id_token_nonce"),
    "no nonce": (lambda _: {"nonce": None}, "id_token_nonce"),
    "another client": (lambda _: {"aud": "lain"}, "id_token_aud"),
    "other clients": (lambda _: {"aud": ["lain", "lagi"]}, "id_token_aud"),
    "no client": (lambda _: {"aud": None}, "id_token_aud"),
    "several clients, nobody meant": (lambda _: {"aud": [CLIENT, "lain"]}, "id_token_azp"),
    "several clients, another meant": (
        lambda _: {"aud": [CLIENT, "lain"], "azp": "lain"},
        "id_token_azp",
    ),
    "one client, another meant": (lambda _: {"azp": "lain"}, "id_token_azp"),
    "another issuer": (lambda p: {"iss": f"{p.url}/realms/lain"}, "id_token_iss"),
    "no issuer": (lambda _: {"iss": None}, "id_token_iss"),
    "expired": (lambda p: {"exp": p.seconds(-61)}, "id_token_exp"),
    "never expires": (lambda _: {"exp": None}, "id_token_exp"),
    "expires in a word": (lambda _: {"exp": "besok"}, "id_token_exp"),
    "of the future": (lambda p: {"iat": p.seconds(FAR)}, "id_token_iat"),
    "of no time": (lambda _: {"iat": None}, "id_token_iat"),
    "not yet good": (lambda p: {"nbf": p.seconds(FAR)}, "id_token_nbf"),
    "about nobody": (lambda _: {"sub": None}, "id_token_sub"),
}


@pytest.mark.parametrize("case", list(WRONG))
def test_a_token_with_a_wrong_claim_is_refused(
    provider: Provider, visitor: Visitor, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    change, reason = WRONG[case]
    provider.claims = change(provider)
    answer = log_in(visitor)
    assert answer.status_code == 403
    says(answer, "")
    assert reasons(caplog) == [reason]
    assert not is_in(visitor)


@pytest.mark.parametrize(
    "change",
    [
        lambda _: {"aud": [CLIENT]},
        lambda _: {"aud": ["lain", CLIENT], "azp": CLIENT},
        lambda p: {"exp": p.seconds(-NEAR)},
        lambda p: {"iat": p.seconds(NEAR)},
    ],
    ids=["a list of one", "several with ours meant", "a little late", "a little early"],
)
def test_a_token_that_is_right_or_off_by_less_than_a_minute_is_taken(
    provider: Provider, visitor: Visitor, change: Change
) -> None:
    provider.claims = change(provider)
    assert log_in(visitor).status_code == 303


def _public_pem() -> bytes:
    return rsa_key("satu").as_pem(private=False)


def _by_a_stranger(claims: dict[str, Any]) -> str:
    key = RSAKey.generate_key(2048, {"kid": "satu"})
    header = {"alg": "RS256", "kid": "satu", "jwk": key.as_dict(private=False)}
    return jwt.encode(header, claims, key, algorithms=["RS256"])


def _changed(claims: dict[str, Any]) -> str:
    key = rsa_key("satu")
    good = jwt.encode({"alg": "RS256", "kid": "satu"}, claims, key, algorithms=["RS256"])
    header, _, signature = good.split(".")
    return ".".join((header, compact({}, claims | {"sub": "lain"}).split(".")[1], signature))


FORGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "none": lambda claims: compact({"alg": "none"}, claims),
    "none with a kid": lambda claims: compact({"alg": "none", "kid": "satu"}, claims),
    "None": lambda claims: compact({"alg": "None", "kid": "satu"}, claims),
    "HS256 by the public key": lambda claims: compact(
        {"alg": "HS256", "kid": "satu"}, claims, _public_pem()
    ),
    "HS256 by the client's secret": lambda claims: compact(
        {"alg": "HS256"}, claims, SECRET.encode()
    ),
    "another RSA algorithm": lambda claims: jwt.encode(
        {"alg": "RS512", "kid": "satu"}, claims, rsa_key("satu"), algorithms=["RS512"]
    ),
    "an algorithm of another kind of key": lambda claims: compact(
        {"alg": "ES256", "kid": "satu"}, claims, b"x"
    ),
    "a key of its own in the header": _by_a_stranger,
    "claims changed": _changed,
    "no algorithm": lambda claims: compact({"kid": "satu"}, claims),
    "a header that is a list": lambda claims: compact([], claims),  # type: ignore[arg-type]
    "a kid that is a list": lambda claims: compact({"alg": "RS256", "kid": ["satu"]}, claims),
    "five parts": lambda claims: compact({"alg": "RS256", "kid": "satu"}, claims) + ".a.b",
    "not a token": lambda _: "x",
    "nothing": lambda _: "",
    "no letters of a token": lambda _: "\N{SNOWMAN}.é.\x00",
}


@pytest.mark.parametrize("case", list(FORGED))
def test_a_token_that_the_provider_has_not_signed_is_refused(
    provider: Provider, visitor: Visitor, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    provider.forge = FORGED[case]
    answer = log_in(visitor)
    assert answer.status_code == 403
    says(answer, "")
    assert len(reasons(caplog)) == 1
    assert reasons(caplog)[0] in ("signature", "keys")
    assert not is_in(visitor)


def test_keys_are_fetched_again_once_when_the_provider_has_changed_them(
    provider: Provider, made: Town, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    assert log_in(visitor).status_code == 303
    provider.key = ec_key("baru")
    provider.algorithm = "ES256"
    for _ in range(2):
        visitor.session.cookies.clear()
        assert log_in(visitor).status_code == 303
    assert len(provider.asked("/certs")) == 2
    provider.published = [ec_key("baru")]
    provider.key = ec_key("tak.diumumkan")
    visitor.session.cookies.clear()
    assert log_in(visitor).status_code == 403
    assert reasons(caplog) == ["keys"]
    assert len(provider.asked("/certs")) == 3


def test_discovery_and_keys_are_kept_for_an_hour(
    provider: Provider, made: Town, visitor: Visitor
) -> None:
    counts = []
    for minutes in (0, 30, 29, 2):
        made.clock.forward(minutes=minutes)
        visitor.session.cookies.clear()
        assert log_in(visitor).status_code == 303
        asked = ("/.well-known/openid-configuration", "/certs")
        counts.append([len(provider.asked(path)) for path in asked])
    assert counts == [[1, 1], [1, 1], [1, 1], [2, 2]]


def test_keys_of_no_use_are_passed_over_and_none_of_use_is_a_refusal(
    provider: Provider, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    good = rsa_key("satu").as_dict(private=False)
    odd: list[object] = [
        None,
        "kunci",
        {},
        {"kty": "RSA"},
        {"kty": "RSA", "n": 7, "e": "AQAB"},
        {"kty": "oct", "k": "AAAA", "kid": "satu"},
        {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"},
        {"kty": "AKP", "alg": "ML-DSA-44"},
        {**good, "use": "enc"},
    ]
    provider.instead["/certs"] = Reply(body={"keys": [*odd, good]})
    assert log_in(visitor).status_code == 303
    visitor.session.cookies.clear()
    for keys in (odd, [], "satu", None):
        desk = create_app(provider.made.store, provider.made.config).state.desk  # type: ignore[union-attr]
        provider.instead["/certs"] = Reply(body={"keys": keys})
        with pytest.raises(OidcRefused, match="keys"):
            desk.provider._keys.get()


# --- what goes wrong on the wire ------------------------------------------------------------------

HTML = Reply(body=b"<!doctype html><p>Masuk dulu", headers={"Content-Type": "text/html"})
ANSWERS: dict[str, tuple[Reply, str]] = {
    "refused": (Reply(400, {"error": "invalid_grant"}), "code"),
    "not this client": (Reply(401, {"error": "invalid_client"}), "code"),
    "broken": (Reply(500, b"x"), "unreachable"),
    "in front of it broken": (Reply(502, b"<p>x"), "unreachable"),
    "a page": (HTML, "not_json"),
    "a list": (Reply(body=[]), "not_json"),
    "deep": (Reply(body=b"[" * 100_000), "not_json"),
    "packed": (Reply(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}), "not_json"),
    "huge": (Reply(body={"id_token": "x" * 300_000}), "too_large"),
    "elsewhere": (Reply(307, headers={"Location": "http://127.0.0.1:9/"}), "code"),
    "no token": (Reply(body={"access_token": "x"}), "code"),
    "a token that is none": (Reply(body={"id_token": ["x"]}), "code"),
}


@pytest.mark.parametrize("case", list(ANSWERS))
def test_a_token_endpoint_that_answers_otherwise_is_no_login(
    provider: Provider, visitor: Visitor, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    reply, reason = ANSWERS[case]
    provider.instead["/token"] = reply
    answer = log_in(visitor)
    assert answer.status_code == (503 if reason == "unreachable" else 403)
    says(answer, reason)
    assert reasons(caplog) == [reason]
    assert len(provider.asked("/token")) == 1  # nothing is tried again
    assert not is_in(visitor)


def test_a_token_endpoint_that_hangs_or_drips_is_given_up(
    provider: Provider,
    visitor: Visitor,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert provider.server is not None
    stopping = provider.server.stopping
    monkeypatch.setattr(oidc_wire, "SILENT_SECONDS", 0.2)
    monkeypatch.setattr(oidc_wire, "ANSWER_SECONDS", 0.2)
    for head in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"):
        provider.instead["/token"] = drip(stopping, head, every=0.01 if head else 600)
        answer = log_in(visitor)
        assert answer.status_code == 503
        says(answer, "unreachable")
    assert reasons(caplog) == ["unreachable"] * 2


def test_an_answer_in_pieces_is_read_whole(provider: Provider, visitor: Visitor) -> None:
    body = b'{"issuer": "x"}'
    pieces = b"".join(b"1\r\n%c\r\n" % one for one in body) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    path = f"{REALM}/pieces"
    provider.instead["/pieces"] = Reply(wire=lambda sock: sock.sendall(head + pieces))
    assert Wire(provider.issuer).get(provider.url + path) == {"issuer": "x"}


@pytest.mark.parametrize(
    ("says_of_itself", "reason"),
    [
        ({"issuer": "https://lain.example"}, "issuer"),
        ({"issuer": None}, "issuer"),
        ({"token_endpoint": "http://akun.sukamaju.example/token"}, "endpoint"),
        ({"jwks_uri": "http://192.0.2.1/certs"}, "endpoint"),
        ({"jwks_uri": "file:///etc/passwd"}, "endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "endpoint"),
        ({"authorization_endpoint": "https://a@akun.sukamaju.example/"}, "endpoint"),
        ({"token_endpoint": None}, "endpoint"),
        ({"token_endpoint": 7}, "endpoint"),
    ],
)
def test_a_discovery_document_of_another_or_with_unsafe_addresses_sends_nobody_anywhere(
    provider: Provider,
    visitor: Visitor,
    caplog: pytest.LogCaptureFixture,
    says_of_itself: dict[str, object],
    reason: str,
) -> None:
    provider.discovery = says_of_itself
    answer = visitor.get("/masuk/sso")
    assert answer.status_code == 403
    says(answer, "")
    assert reasons(caplog) == [reason]


def test_only_a_provider_on_this_machine_may_send_requests_to_it() -> None:
    afar, here = Wire("https://akun.sukamaju.example"), Wire("http://127.0.0.1:9/realms/x")
    for address in ("https://127.0.0.1/token", "http://localhost:8600/", "http://[::1]/"):
        assert not afar.may_go_to(address)
        assert here.may_go_to(address)
    assert afar.may_go_to("https://token.akun.sukamaju.example/token")
    with pytest.raises(OidcRefused, match="address"):
        afar.get("http://akun.sukamaju.example/")


def test_while_the_provider_is_down_the_button_says_so_and_the_password_works(
    provider: Provider, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    assert provider.server is not None
    provider.server.shutdown()
    provider.server.server_close()
    assert "/masuk/sso" in visitor.get("/masuk").text
    answer = visitor.get("/masuk/sso?lanjut=/sumber")
    assert answer.status_code == 503
    says(answer, "unreachable")
    assert "kata sandi" in words_of(answer.text)
    assert reasons(caplog) == ["unreachable"]
    done = visitor.post("/masuk", {"Origin": PUBLIC}, nama="ketua", sandi=PASSWORD)
    assert done.status_code == 303


def test_a_provider_that_comes_back_is_asked_again(provider: Provider, visitor: Visitor) -> None:
    path = "/.well-known/openid-configuration"
    provider.instead[path] = Reply(503)
    assert visitor.get("/masuk/sso").status_code == 503
    del provider.instead[path]
    assert log_in(visitor).status_code == 303


def test_a_hanging_provider_holds_only_a_few_threads_of_the_desk(
    made: Town, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc_wire, "TURN_SECONDS", 0.01)
    turns = made.app.state.desk.provider._wire._turns
    for _ in range(oidc_wire.AT_ONCE):
        assert turns.acquire(timeout=1)
    answer = visitor.get("/masuk/sso")
    assert answer.status_code == 503
    says(answer, "busy")
    turns.release(oidc_wire.AT_ONCE)
    assert log_in(visitor).status_code == 303


def test_nothing_of_tokens_codes_or_names_stands_in_the_log(
    provider: Provider, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="tanggap")
    said = [press(visitor), visitor.session.cookies["tanggap-sso"]]
    said.append(at_provider(said[0]))
    assert visitor.get(said[-1]).status_code == 303
    visitor.session.cookies.clear()
    provider.name = "orang.lain"
    assert log_in(visitor).status_code == 403
    secret = {SECRET, CLIENT, "orang.lain"}
    secret |= {value for text in said for value in re.split(r"[.&=?/]", text) if len(value) > 30}
    assert len(secret) >= 7
    assert [value for value in secret if value in caplog.text] == []
    assert "event=login code_to_come=0" in caplog.text


# --- the install ----------------------------------------------------------------------------------


def test_without_the_extra_the_desk_names_what_to_install(
    made: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "tanggap.web.oidc")
    monkeypatch.setitem(sys.modules, "authlib.oidc.core", None)
    with pytest.raises(ConfigError) as caught:
        create_app(made.store, made.config)
    [problem] = caught.value.problems
    assert 'pip install "tanggap[oidc]"' in problem


def write_provider(made: Town, issuer: str) -> list[str]:
    """Write into the town's config that it has a provider; return the options that name it."""
    path = made.config.path
    text = path.read_text(encoding="utf-8").replace('public_url = ""', f'public_url = "{PUBLIC}"')
    table = f'[web.oidc]\nissuer = "{issuer}"\nclient_id = "{CLIENT}"\n'
    path.write_text(text + table, encoding="utf-8")
    return ["--config", str(path)]


@pytest.mark.parametrize("missing", ["extra", "secret"])
def test_a_desk_that_lacks_what_its_provider_needs_ends_with_code_2(
    provider: Provider,
    made: Town,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    missing: str,
) -> None:
    options = write_provider(made, provider.issuer)
    if missing == "extra":
        monkeypatch.setitem(sys.modules, "tanggap.web.oidc", None)
    else:
        monkeypatch.delenv("TANGGAP_OIDC_SECRET")
    with pytest.raises(SystemExit) as left:
        main([*options, "web", "--port", "0"])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert ("tanggap[oidc]" if missing == "extra" else "TANGGAP_OIDC_SECRET_FILE") in said


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run `tanggap check`; return its exit code and what it says of the provider."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main([*arguments])
    lines = [line for line in capsys.readouterr().out.splitlines() if "akun kota:" in line]
    return int(left.value.code or 0), "\n".join(lines)


def test_check_says_whether_the_provider_answers_and_is_the_configured_one(
    provider: Provider,
    made: Town,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = ["--config", str(made.config.path), "check"]
    assert checked(capsys, *plain) == (0, "")
    options = [*write_provider(made, provider.issuer), "check"]
    assert checked(capsys, *options) == (
        0,
        f"baik  akun kota: {provider.issuer}, penyedia menjawab",
    )
    count = len(provider.asked("/.well-known/openid-configuration"))
    code, said = checked(capsys, *options, "--offline")
    assert (code, "tidak diperiksa" in said) == (0, True)
    assert len(provider.asked("/.well-known/openid-configuration")) == count
    for discovery, word in (
        ({"issuer": "https://lain.example"}, "web.oidc.issuer"),
        ({"jwks_uri": "http://lain.example/"}, "https"),
    ):
        provider.discovery = discovery
        code, said = checked(capsys, *options)
        assert (code, said[:5], word in said) == (1, "GAGAL", True)
    provider.instead["/.well-known/openid-configuration"] = Reply(404)
    assert "tidak ada dokumen penemuan" in checked(capsys, *options)[1]
    provider.instead["/.well-known/openid-configuration"] = Reply(500)
    assert "tidak menjawab" in checked(capsys, *options)[1]
    monkeypatch.delenv("TANGGAP_OIDC_SECRET")
    code, said = checked(capsys, *options)
    assert (code, "TANGGAP_OIDC_SECRET_FILE" in said) == (1, True)
    assert SECRET not in said
