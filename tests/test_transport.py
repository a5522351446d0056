"""The only way out: deadlines, caps, hosts, redirects, proxies, secrets, and giving up."""

import gzip
import logging
import shutil
import socket
import ssl
import subprocess
import threading
import time
import traceback
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from instagram_web_support import Ask, instagram
from x_support import Reply, Request, WireServer, drip, raw, reset, serving

from collectors import transport as transport_module
from collectors.transport import (
    QueryForms,
    Transport,
    TransportError,
    pin_at_warning,
    redact,
)

OK = {"data": []}


def make(base_url: str, **changes: object) -> tuple[Transport, requests.Session]:
    settings = {"connect_seconds": 1.0, "deadline_seconds": 5.0, "max_bytes": 100_000} | changes
    transport = Transport(
        host="api.x.com",
        aliases=frozenset({"api.twitter.com"}),
        base_url=base_url,
        **settings,  # type: ignore[arg-type]  # a dict of mixed values
    )
    session = requests.Session()
    transport.attach(session)
    return transport, session


def ask(reply: Reply | Callable[[Request], Reply], **changes: object) -> requests.Response:
    respond = reply if callable(reply) else lambda _: reply
    with serving(respond) as server:
        _, session = make(server.url, **changes)
        return session.get("https://api.twitter.com/2/x", params={"q": "1"})


def refusal(reply: Reply | Callable[[Request], Reply], **changes: object) -> TransportError:
    with pytest.raises(TransportError) as caught:
        ask(reply, **changes)
    return caught.value


@pytest.fixture
def ok_server() -> Iterator[WireServer]:
    with serving(lambda _: Reply(200, OK)) as server:
        yield server


def test_a_request_goes_to_the_base_url_under_the_services_own_name(ok_server: WireServer) -> None:
    _, session = make(ok_server.url + "/prefix")
    assert session.get("https://api.twitter.com/2/x", params={"q": "a b"}).json() == OK
    seen = ok_server.requests[0]
    assert (seen.path, seen.query) == ("/prefix/2/x", {"q": "a b"})
    assert seen.headers["host"] == "api.x.com"
    assert seen.headers["accept-encoding"] == "gzip"
    assert seen.headers["connection"] == "close"


def test_the_override_belongs_to_one_client_only(ok_server: WireServer) -> None:
    make(ok_server.url)
    with serving(lambda _: Reply(200, {"other": 1})) as other:
        _, session = make(other.url)
        assert session.get("https://api.x.com/2/x").json() == {"other": 1}
    assert ok_server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "https://api.x.com.example.com/",
        "https://x.com/",
        "http://api.x.com/",
        "https://api.x.com:8443/",
        "https://api.x.com@example.com/",
        "http://169.254.169.254/latest/meta-data",
    ],
)
def test_no_other_host_is_ever_called(ok_server: WireServer, url: str) -> None:
    _, session = make(ok_server.url)
    with pytest.raises(TransportError) as caught:
        session.get(url)
    assert caught.value.code == "host_refused"
    assert ok_server.requests == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_only_reading_leaves_the_program(ok_server: WireServer, method: str) -> None:
    _, session = make(ok_server.url)
    with pytest.raises(TransportError, match="only GET"):
        session.request(method, "https://api.x.com/2/tweets", json={"text": "x"})
    with pytest.raises(TransportError, match="only GET"):
        session.get("https://api.x.com/2/tweets", data="x")
    assert ok_server.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["https://evil.example/", "https://api.x.com/2/elsewhere"])
@pytest.mark.fault(32)
def test_redirects_are_refused_and_not_followed(status: int, target: str) -> None:
    with serving(lambda _: Reply(status, b"", {"Location": target})) as server:
        _, session = make(server.url)
        with pytest.raises(TransportError) as caught:
            session.get("https://api.x.com/2/x")
        assert len(server.requests) == 1
    assert caught.value.code == "host_refused"


def test_proxies_and_netrc_of_the_environment_do_not_count(
    ok_server: WireServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.x.com login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    _, session = make(ok_server.url)
    session.get("https://api.x.com/2/x")
    assert "authorization" not in ok_server.requests[0].headers


@pytest.mark.fault(24)
def test_a_slow_drip_of_the_body_is_cut_at_the_deadline() -> None:
    stop = threading.Event()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    began = time.monotonic()
    trouble = refusal(lambda _: drip(stop, head), deadline_seconds=0.4)
    stop.set()
    assert trouble.code == "network_timeout"
    assert time.monotonic() - began < 4


@pytest.mark.fault(24)
def test_a_slow_drip_of_the_headers_is_cut_at_the_deadline() -> None:
    stop = threading.Event()
    trouble = refusal(lambda _: drip(stop, b"HTTP/1.1 200 OK\r\nX-A: "), deadline_seconds=0.4)
    stop.set()
    assert trouble.code == "network_timeout"


@pytest.mark.fault(24)
def test_a_slow_drip_of_chunks_is_cut_at_the_deadline() -> None:
    stop = threading.Event()
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    def write(sock: socket.socket) -> None:
        sock.sendall(head)
        while not stop.wait(0.05):
            sock.sendall(b"1\r\nx\r\n")

    trouble = refusal(Reply(wire=write), deadline_seconds=0.4)
    stop.set()
    assert trouble.code == "network_timeout"


@pytest.mark.fault(24)
def test_silence_is_a_timeout() -> None:
    stop = threading.Event()
    trouble = refusal(Reply(wire=lambda _: stop.wait(10) and None), deadline_seconds=0.3)
    stop.set()
    assert trouble.code == "network_timeout"


def test_a_port_where_nobody_listens_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _, session = make(f"http://127.0.0.1:{port}")
    with pytest.raises(TransportError) as caught:
        session.get("https://api.x.com/")
    assert caught.value.code == "network_unreachable"


@pytest.mark.fault(24)
@pytest.mark.parametrize(
    "limits",
    [{"connect_seconds": 0.3}, {"connect_seconds": 9.0, "deadline_seconds": 0.3}],
    ids=["connecting", "deadline"],
)
def test_a_full_backlog_is_a_connect_timeout(limits: dict[str, float]) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        port = deaf.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))
        _, session = make(f"http://127.0.0.1:{port}", **limits)
        began = time.monotonic()
        with pytest.raises(TransportError) as caught:
            session.get("https://api.x.com/")
        for sock in waiting:
            sock.close()
    assert caught.value.code == "network_timeout"
    assert time.monotonic() - began < 3


@pytest.mark.fault(26)
def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    _, session = make("http://nowhere.invalid:1")
    with pytest.raises(TransportError) as caught:
        session.get("https://api.x.com/")
    assert caught.value.code == "network_unreachable"


@pytest.mark.fault(26)
def test_a_service_name_that_resolves_to_a_private_address_is_refused(
    ok_server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = ok_server.server_address[1]
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    _, session = make(f"http://api.x.com:{port}")
    with pytest.raises(TransportError) as caught:
        session.get("https://api.x.com/")
    assert caught.value.code == "address_refused"
    assert ok_server.requests == []


def test_a_second_address_is_tried_when_the_first_refuses(
    ok_server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = ok_server.server_address[1]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    answer = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", number))
        for number in (closed, port)
    ]
    _, session = make(ok_server.url)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    assert session.get("https://api.x.com/").json() == OK


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}" * 999)[:-9],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}") + b"tail",
    ],
    ids=[
        *("short", "short-chunk", "bad-chunk", "ssh", "many", "long"),
        *("br", "twice", "plain", "cut", "tail"),
    ],
)
@pytest.mark.fault(25)
def test_a_body_that_is_cut_or_garbled_is_no_answer(data: bytes) -> None:
    assert refusal(raw(data)).code == "not_json"


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}"])
@pytest.mark.fault(25)
def test_a_reset_connection_is_unreachable(data: bytes) -> None:
    assert refusal(reset(data)).code == "network_unreachable"


def test_a_connection_closed_without_a_word_is_unreachable() -> None:
    assert refusal(raw(b"")).code == "network_unreachable"


def test_a_gzip_answer_arrives_decoded() -> None:
    packed = gzip.compress(b'{"a": 1}')
    response = ask(Reply(200, packed, {"Content-Encoding": "gzip"}))
    assert response.json() == {"a": 1}
    assert "content-encoding" not in response.headers


def test_a_gzip_answer_may_be_several_members() -> None:
    packed = gzip.compress(b'{"a"') + gzip.compress(b": 1}")
    assert ask(Reply(200, packed, {"Content-Encoding": "gzip"})).json() == {"a": 1}
    bomb = gzip.compress(b"x" * 900) * 3
    trouble = refusal(Reply(200, bomb, {"Content-Encoding": "gzip"}), max_bytes=1000)
    assert trouble.code == "body_too_large"


def test_a_body_over_the_cap_is_refused_and_one_at_the_cap_is_not() -> None:
    assert len(ask(Reply(200, b"x" * 1000), max_bytes=1000).content) == 1000
    assert refusal(Reply(200, b"x" * 1001), max_bytes=1000).code == "body_too_large"
    packed = Reply(200, gzip.compress(b"x" * 1001), {"Content-Encoding": "gzip"})
    assert refusal(packed, max_bytes=1000).code == "body_too_large"


@pytest.mark.fault(31)
def test_an_endless_body_is_cut_at_the_cap() -> None:
    def write(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            sock.sendall(b"x" * 65_536)

    assert refusal(Reply(wire=write)).code == "body_too_large"


@pytest.mark.fault(31)
def test_a_gzip_bomb_costs_next_to_no_memory() -> None:
    packer = zlib.compressobj(1, wbits=31)
    zeros = bytes(1 << 20)
    bomb = b"".join(packer.compress(zeros) for _ in range(300)) + packer.flush()
    reply = Reply(200, bomb, {"Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        assert refusal(reply, max_bytes=10_000_000).code == "body_too_large"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64_000_000


def test_an_empty_answer_is_an_empty_answer() -> None:
    assert ask(Reply(204)).content == b""
    assert ask(Reply(200, b"", {"Content-Encoding": "gzip"})).content == b""


def test_rate_and_date_headers_of_the_last_answer_are_kept_and_no_others() -> None:
    headers = {
        "X-Rate-Limit-Remaining": "3",
        "x-rate-limit-reset": "99",
        "Date": "Sat, 21 Nov 2026 05:00:00 GMT",
        "Retry-After": "7",
        "Set-Cookie": "guest=1",
    }
    replies = iter([Reply(429, {"a": 1}, headers), raw(b"")])
    with serving(lambda _: next(replies)) as server:
        transport, session = make(server.url)
        assert session.get("https://api.x.com/2/x").status_code == 429
        last = transport.last
        assert last is not None
        assert last.status == 429
        assert last.body == b'{"a": 1}'
        assert last.headers == {
            "x-rate-limit-remaining": "3",
            "x-rate-limit-reset": "99",
            "date": "Sat, 21 Nov 2026 05:00:00 GMT",
            "retry-after": "7",
            "content-type": "application/json",
        }
        assert not session.cookies
        with pytest.raises(TransportError):
            session.get("https://api.x.com/2/x")
        assert transport.last is None


def test_close_abandons_a_request_under_way_at_once() -> None:
    asked, stop = threading.Event(), threading.Event()

    def respond(_: Request) -> Reply:
        asked.set()
        return drip(stop, b"HTTP/1.1 200 OK\r\n\r\n")

    caught: list[TransportError] = []
    with serving(respond) as server:
        transport, session = make(server.url, deadline_seconds=30.0)

        def work() -> None:
            try:
                session.get("https://api.x.com/2/x")
            except TransportError as exc:
                caught.append(exc)

        worker = threading.Thread(target=work)
        worker.start()
        assert asked.wait(5)
        began = time.monotonic()
        transport.close()
        worker.join(5)
        assert time.monotonic() - began < 2
        stop.set()
        assert [exc.detail for exc in caught] == ["abandoned"]
        with pytest.raises(TransportError, match="abandoned"):
            session.get("https://api.x.com/2/x")
        assert len(server.requests) == 1


def test_close_during_the_search_for_an_address_is_noticed_before_connecting(
    ok_server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport, session = make(ok_server.url)
    found = socket.getaddrinfo("127.0.0.1", ok_server.server_address[1], type=socket.SOCK_STREAM)

    def slow(*_: object, **__: object) -> object:
        transport.close()
        return found

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(TransportError, match="abandoned"):
        session.get("https://api.x.com/2/x")
    assert ok_server.requests == []


def test_no_request_starts_a_thread_or_leaves_a_socket_behind(
    ok_server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where memory is short, starting one may wait for ever (CPython issue 140746)."""
    _, session = make(ok_server.url)
    ours, start = threading.current_thread(), threading.Thread.start
    started: list[threading.Thread] = []

    def watched(thread: threading.Thread) -> None:
        if threading.current_thread() is ours:
            started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", watched)
    for _ in range(30):
        session.get("https://api.x.com/2/x")
    assert started == []
    # An unclosed socket would fail this run as a ResourceWarning.


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = f"{openssl} req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(path)]
    keys = path.with_suffix(".key")
    names[3] = str(keys)
    subprocess.run([*command.split(), *names], check=True, capture_output=True)
    path.write_text(path.read_text() + keys.read_text())
    return path


def tls_server(certificate: Path) -> WireServer:
    server = WireServer(lambda _: Reply(200, OK))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


def ask_over_tls(certificate: Path) -> requests.Response:
    server = tls_server(certificate)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # failed handshakes
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        _, session = make(f"https://127.0.0.1:{server.server_address[1]}")
        return session.get("https://api.x.com/2/x", verify=False)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.mark.fault(27)
def test_a_certificate_that_nobody_signed_is_never_accepted(certificate: Path) -> None:
    with pytest.raises(TransportError) as caught:
        ask_over_tls(certificate)
    assert caught.value.code == "tls_refused"
    assert "TLS" in caught.value.detail


def test_a_certificate_of_the_machines_own_store_is_accepted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    transport_module._tls.cache_clear()
    try:
        assert ask_over_tls(certificate).json() == OK
    finally:
        transport_module._tls.cache_clear()


@pytest.mark.parametrize(
    "reply",
    [
        raw(b""),
        reset(),
        raw(b"HTTP/1.1 200 SECRET-canary\r\nContent-Length: 9\r\n\r\n{}"),
        raw(b"Bearer SECRET-canary\r\n"),
        Reply(302, b"", {"Location": "https://evil.example/?t=SECRET-canary"}),
        Reply(200, b"x" * 200_000),
    ],
    ids=["silent", "reset", "short", "echo", "redirect", "large"],
)
def test_no_error_carries_the_url_or_a_header(
    reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(lambda _: reply) as server:
        _, session = make(server.url)
        secret = "SECRET-" + "canary"  # apart, so that no traceback quotes it from this line
        url, headers = f"https://api.x.com/2/x?t={secret}", {"Authorization": f"Bearer {secret}"}
        with pytest.raises(TransportError) as caught:
            session.get(url, headers=headers)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert error.request is None
    told = [str(error), repr(error), caplog.text, *traceback.format_exception(error)]
    assert secret not in "\n".join(told)


def test_a_pinned_logger_stays_quiet_whatever_level_is_set(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("urllib3.connectionpool")
    pin_at_warning(logger.name)
    before = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        with caplog.at_level(logging.DEBUG):
            logger.debug("GET /?access_token=canary")
            logger.warning("something else")
    finally:
        logger.setLevel(before)
    assert caplog.messages == ["something else"]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("token s3cr/et+ here", "token *** here"),
        ("token s3cr/et%2B here", "token *** here"),
        ("token s3cr%2Fet%2B here", "token *** here"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("Bearer abc.def, more", "Bearer ***, more"),
        ("/me?access_token=abc&x=1", "/me?access_token=***&x=1"),
        ("nothing here", "nothing here"),
    ],
)
def test_redaction_masks_secrets_and_what_looks_like_one(text: str, clean: str) -> None:
    assert redact(text, "s3cr/et+", "") == clean


# --- one service under several names, and queries that are posted -------------------------------

FORMS = QueryForms(frozenset({"/graphql/query"}), "doc_id", frozenset({"77", "78"}))


@contextmanager
def site(**changes: object) -> Iterator[tuple[str, list[Ask], Transport, requests.Session]]:
    asked: list[Ask] = []

    def respond(ask: Ask) -> Reply:
        asked.append(ask)
        return Reply(200, OK)

    with instagram(respond) as url:
        transport = Transport(
            host="www.site.example",
            siblings=frozenset({"app.site.example"}),
            forms=FORMS,
            base_url=url,
            connect_seconds=1.0,
            deadline_seconds=5.0,
            max_bytes=100_000,
            **changes,  # type: ignore[arg-type]  # a dict of mixed values
        )
        session = requests.Session()
        transport.attach(session)
        yield url, asked, transport, session


def test_each_host_of_a_service_is_named_as_it_was_asked_for() -> None:
    with site() as (_, asked, _, session):
        for host in ("www", "app"):
            session.get(f"https://{host}.site.example/x", headers={"Host": "evil.example"})
    assert [ask.host for ask in asked] == ["www.site.example", "app.site.example"]


def test_without_an_override_each_host_has_its_own_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_up: list[str] = []

    def nowhere(host: str, *_: object, **__: object) -> None:
        looked_up.append(host)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    transport = Transport(
        host="www.site.example",
        aliases=frozenset({"old.site.example"}),
        siblings=frozenset({"app.site.example"}),
        base_url="https://www.site.example",
        connect_seconds=1.0,
        deadline_seconds=5.0,
        max_bytes=100,
    )
    session = requests.Session()
    transport.attach(session)
    for host in ("www", "app", "old"):
        with pytest.raises(TransportError):
            session.get(f"https://{host}.site.example/")
    assert looked_up == ["www.site.example", "app.site.example", "www.site.example"]


def test_a_listed_query_may_be_posted() -> None:
    form = {"doc_id": "77", "variables": '{"id":"5 & 6"}'}
    with site() as (_, asked, _, session):
        sent = session.post("https://www.site.example/graphql/query", data=form)
        assert sent.json() == OK
    (ask,) = asked
    assert (ask.method, dict(ask.form)) == ("POST", form)
    assert ask.headers["content-length"] == str(
        len("doc_id=77&variables=%7B%22id%22%3A%225+%26+6%22%7D")
    )


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/graphql/query", {"doc_id": "79"}),
        ("/graphql/query", {"variables": "{}"}),
        ("/graphql/query", [("doc_id", "77"), ("doc_id", "79")]),
        ("/graphql/query", {"doc_id": "77", "variables": "x" * 20_000}),
        ("/graphql/query", b"doc_id=77&x=\xff"),
        ("/graphql/query", None),
        ("/graphql/query?doc_id=77", {"doc_id": "77"}),
        ("/graphql/query/", {"doc_id": "77"}),
        ("/graphql", {"doc_id": "77"}),
        ("/api/v1/web/likes/5/like/", {"doc_id": "77"}),
    ],
)
def test_nothing_else_is_posted(path: str, data: object) -> None:
    with site() as (_, asked, transport, session):
        with pytest.raises(TransportError, match="form is not on the list"):
            session.post(f"https://www.site.example{path}", data=data)  # type: ignore[arg-type]  # odd on purpose
        assert transport.trouble is not None
        assert transport.trouble.code == "host_refused"
    assert asked == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_never_leave_even_with_a_listed_form(method: str) -> None:
    with site() as (_, asked, _, session), pytest.raises(TransportError, match="only GET"):
        session.request(method, "https://www.site.example/graphql/query", data={"doc_id": "77"})
    assert asked == []


def test_a_posted_query_goes_to_no_other_host() -> None:
    off = pytest.raises(TransportError, match="host is not on the list")
    with site() as (_, asked, _, session), off:
        session.post("https://evil.example/graphql/query", data={"doc_id": "77"})
    assert asked == []


@pytest.mark.parametrize(
    ("location", "told"),
    [
        (
            "https://www.site.example/accounts/login/?next=%2Fsecret",
            "www.site.example/accounts/login/",
        ),
        ("/challenge/?next=/", "api.x.com/challenge/"),
        ("https://evil.example", "evil.example"),
        ("http://[broken", ""),
        ("", "api.x.com"),
    ],
)
def test_where_a_redirect_leads_is_told_without_its_query(location: str, told: str) -> None:
    trouble = refusal(Reply(302, b"", {"Location": location}))
    assert trouble.redirect == told
    assert "secret" not in f"{trouble} {trouble.redirect}"


def test_the_trouble_of_the_last_request_is_kept_until_the_next_one(ok_server: WireServer) -> None:
    transport, session = make(ok_server.url)
    with pytest.raises(TransportError):
        session.get("https://example.com/")
    assert transport.trouble is not None
    session.get("https://api.x.com/")
    assert transport.trouble is None


def test_what_is_abandoned_ends_and_the_next_request_goes_through() -> None:
    stop, started = threading.Event(), threading.Event()

    def respond(request: Request) -> Reply:
        if request.path == "/slow":
            started.set()
            return drip(stop)
        return Reply(200, OK)

    with serving(respond) as server:
        transport, session = make(server.url)
        caught: list[TransportError] = []

        def read() -> None:
            try:
                session.get("https://api.x.com/slow")
            except TransportError as exc:
                caught.append(exc)

        thread = threading.Thread(target=read)
        thread.start()
        assert started.wait(5)
        transport.abandon()
        thread.join(5)
        stop.set()
        assert [exc.code for exc in caught] == ["network_unreachable"]
        assert session.get("https://api.x.com/next").json() == OK
