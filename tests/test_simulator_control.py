"""Steering the simulator from another process, and the command that runs it."""

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from simulator_support import NOW, SettableClock, session, small_world, timeline

from tanggap.commands.simulate import simulate
from tanggap.simulator import Simulator, generate_world


class Panel:
    def __init__(self, sim: Simulator, http: requests.Session, clock: SettableClock) -> None:
        self.sim, self.http, self.clock = sim, http, clock

    def read(self, what: str) -> Any:
        reply = self.http.get(f"{self.sim.address}/__control/{what}", timeout=5)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def write(self, verb: str, given: Any) -> requests.Response:
        return self.http.post(f"{self.sim.address}/__control/{verb}", json=given, timeout=5)

    def done(self, verb: str, **given: Any) -> str:
        reply = self.write(verb, given)
        assert reply.status_code == 200, reply.text
        return str(reply.json().get("id"))


@pytest.fixture
def panel() -> Iterator[Panel]:
    world, clock = small_world()
    with Simulator(world, clock=clock) as sim, session(sim) as http:
        yield Panel(sim, http, clock)


def test_every_verb_of_the_city_can_be_given_from_outside(panel: Panel) -> None:
    post = panel.done("post", author="warga", text="@dpupr_skm rusak")
    late = panel.done("post", author="warga", text="@dlh_skm bau", visible_after=3600)
    reply = panel.done("reply", author="warga_b", to=post, text="@dpupr_skm juga")
    quote = panel.done("quote", author="warga_c", to=post, text="@dpupr_skm lihat")
    repost = panel.done("repost", author="warga_d", to=post)
    answer = panel.done("answer", opd="dpupr", to=post, text="siap")
    gone = panel.done("post", author="warga", text="@dpupr_skm salah")
    panel.clock.move_to(NOW + timedelta(minutes=5))
    panel.done("edit", id=post, text="@dpupr_skm rusak parah")
    panel.done("delete", id=gone)
    truth = panel.read("truth")
    assert set(truth["addressed"]["dpupr"]) == {post, reply, quote, gone}
    assert truth["addressed"]["dlh"] == []
    assert truth["own"] == [answer]
    assert truth["answers"] == {answer: post}
    assert truth["reposts"] == [repost]
    assert truth["edited"] == [post]
    assert truth["vanished"] == [gone]
    panel.clock.move_to(NOW + timedelta(hours=1))
    assert panel.read("truth")["addressed"]["dlh"] == [late]
    assert panel.read("health") == {"ok": True, "now": "2026-11-20T04:00:00.000Z", "posts": 7}


def test_the_log_tells_what_was_served_to_whom_and_when(panel: Panel) -> None:
    post = panel.done("post", author="warga", text="@dpupr_skm rusak")
    timeline(panel.http, panel.sim)
    with session(panel.sim, token="salah") as stranger:
        timeline(stranger, panel.sim, "dlh")
    first, second = panel.read("log")["log"]
    assert first | {"token": ""} == {
        "number": 1,
        "at": "2026-11-20T03:00:00.000Z",
        "token": "",
        "network": "x",
        "endpoint": "mentions",
        "source": "dpupr_skm",
        "method": "GET",
        "status": 200,
        "ids": [post],
        "fault": "",
        "elsewhere": False,
        "whole": True,
    }
    assert (second["source"], second["status"], second["ids"]) == ("dlh_skm", 401, [])
    assert len({first["token"], second["token"], panel.sim.token}) == 3
    assert panel.read("log?after=1")["log"] == [second]


def test_faults_can_be_set_and_ended_from_outside(panel: Panel) -> None:
    script = {"fault": [{"action": "credits", "endpoint": "mentions"}]}
    assert panel.write("faults", script).json() == {"faults": 1}
    assert timeline(panel.http, panel.sim).status_code == 402
    assert panel.write("faults/clear", {}).json() == {"faults": 0}
    assert timeline(panel.http, panel.sim).status_code == 200


def test_accounts_can_be_renamed_and_suspended_from_outside(panel: Panel) -> None:
    identity = panel.sim.world.opd("dlh").id
    assert panel.done("account", handle="dlh_skm", standing="suspended") == identity
    assert "errors" in timeline(panel.http, panel.sim, "dlh").json()
    panel.done("account", handle="dpupr_skm", rename="pu_skm")
    usernames = {"usernames": "dpupr_skm,pu_skm"}
    reply = panel.http.get(f"{panel.sim.address}/2/users/by", params=usernames, timeout=5).json()
    assert [user["username"] for user in reply["data"]] == ["pu_skm"]
    assert reply["errors"][0]["value"] == "dpupr_skm"


@pytest.mark.parametrize(
    ("verb", "given", "status"),
    [
        ("post", {"text": "x"}, 400),
        ("post", {"author": "a", "text": ""}, 400),
        ("post", {"author": "a", "text": "x", "visible_after": -1}, 400),
        ("post", {"author": "a", "text": "x", "visible_after": "1"}, 400),
        ("post", ["a"], 400),
        ("reply", {"author": "a", "to": "1", "text": "x"}, 400),
        ("answer", {"opd": "pln", "to": "1", "text": "x"}, 400),
        ("edit", {"id": "abc", "text": "x"}, 400),
        ("account", {"handle": "nihil"}, 400),
        ("account", {"handle": "dlh_skm", "standing": "sad"}, 400),
        ("faults", {"fault": [{"action": "gempa"}]}, 400),
        ("nihil", {}, 404),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(
    panel: Panel, verb: str, given: Any, status: int
) -> None:
    reply = panel.write(verb, given)
    assert reply.status_code == status
    assert reply.json()["error"]


def test_reading_what_is_not_there_is_refused(panel: Panel) -> None:
    for path, status in (("nihil", 404), ("log?after=x", 400)):
        reply = panel.http.get(f"{panel.sim.address}/__control/{path}", timeout=5)
        assert reply.status_code == status
    broken = panel.http.post(f"{panel.sim.address}/__control/post", data=b"{", timeout=5)
    assert broken.status_code == 400


def test_nobody_steers_without_the_token(panel: Panel) -> None:
    bare = requests.get(f"{panel.sim.address}/__control/truth", timeout=5)
    assert bare.status_code == 401


# --- the server ---------------------------------------------------------------------------------


def test_the_server_listens_on_loopback_only_and_keeps_connections(panel: Panel) -> None:
    assert panel.sim.address.startswith("http://127.0.0.1:")
    port = int(panel.sim.address.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for _ in range(3):
            connection.sendall(b"GET /2/usage/tweets HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 401 Unauthorized\r\n")


def test_a_body_that_is_too_long_ends_the_connection(panel: Panel) -> None:
    port = int(panel.sim.address.rsplit(":", 1)[1])
    for length in (b"99999999", b"-1"):
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(
                b"POST /__control/post HTTP/1.1\r\nHost: x\r\nContent-Length: "
                + length
                + b"\r\n\r\n"
            )
            assert connection.recv(10) == b""


def test_closing_ends_idle_connections_and_threads() -> None:
    before = threading.active_count()
    world, _ = small_world()
    with Simulator(world) as sim:
        port = int(sim.address.rsplit(":", 1)[1])
        idle = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(5)]
        with session(sim) as http:
            timeline(http, sim)
    for connection in idle:
        assert connection.recv(1) == b""
        connection.close()
    assert threading.active_count() == before


def test_a_simulator_that_never_started_can_be_closed() -> None:
    world, _ = small_world()
    Simulator(world).close()


def test_several_clients_at_once_are_served_side_by_side() -> None:
    clock = SettableClock(NOW + timedelta(days=1))
    world = generate_world(2, NOW, 24, 300, clock=clock)
    statuses: list[int] = []

    def poll(sim: Simulator) -> None:
        with session(sim) as http:
            statuses.extend(timeline(http, sim, "pemkot").status_code for _ in range(10))

    with Simulator(world, clock=clock) as sim:
        threads = [threading.Thread(target=poll, args=(sim,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [200] * 80
        assert [entry.number for entry in sim.oracle.log()] == list(range(1, 81))


# --- the command --------------------------------------------------------------------------------


class Running:
    """The command in a process of its own."""

    def __init__(self, *options: str) -> None:
        program = "from tanggap.commands.simulate import simulate; simulate()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, *options],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parent.parent,
        )
        assert self.process.stdout is not None
        self.ready = json.loads(self.process.stdout.readline())

    def ask(self, path: str) -> Any:
        headers = {"Authorization": f"Bearer {self.ready['token']}"}
        return requests.get(f"{self.ready['address']}{path}", headers=headers, timeout=5).json()

    def end(self, how: signal.Signals) -> int:
        assert self.process.stdout is not None
        self.process.send_signal(how)
        try:
            return self.process.wait(10)
        finally:
            self.process.stdout.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_command_tells_where_it_is_and_ends_when_told(how: signal.Signals) -> None:
    running = Running("--mentions", "50", "--hours", "24")
    try:
        assert running.ready["clock"] is None
        assert running.ask("/__control/health")["posts"] > 50
    finally:
        code = running.end(how)
    assert code == 0


def test_the_command_posts_given_texts_under_a_script_of_faults(tmp_path: Path) -> None:
    texts, faults = tmp_path / "texts.csv", tmp_path / "faults.toml"
    texts.write_text("text\nJalan rusak\n@dlh_skm bau\n", encoding="utf-8")
    faults.write_text('[[fault]]\naction = "usage_cap"\n', encoding="utf-8")
    real = datetime.now(UTC)
    running = Running(
        *("--texts", str(texts), "--faults", str(faults), "--log", str(tmp_path / "log.jsonl")),
        *("--speed", "3600", "--real-start", real.isoformat()),
        *("--simulated-start", "2026-11-20T00:00:00Z", "--hours", "1", "--dialect", "post"),
        *("--token", "tetap"),
    )
    try:
        assert running.ready["token"] == "tetap"
        assert running.ready["clock"]["simulated_start"] == "2026-11-20T00:00:00.000Z"
        deadline = time.monotonic() + 10
        while len(running.ask("/__control/truth")["rows"]) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        truth = running.ask("/__control/truth")
        assert sorted(truth["rows"].values()) == [1, 2]
        assert len(truth["addressed"]["pemkot"]) == len(truth["addressed"]["dlh"]) == 1
        assert running.ask("/2/usage/tweets")["title"] == "UsageCapExceeded"
    finally:
        running.end(signal.SIGTERM)
    (line,) = (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["fault"] == "usage_cap"


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--texts", "none.csv"], 2, "tidak dapat dibaca"),
        (["--faults", "none.toml"], 2, "tidak dapat dibaca"),
        (["--simulated-start", "kemarin"], 2, "dengan zona"),
        (["--simulated-start", "2026-11-20T00:00:00"], 2, "dengan zona"),
        (["--dialect", "toot"], 2, "dialect"),
        (["--hours", "0"], 2, "hours"),
    ],
)
def test_the_command_refuses_what_it_cannot_use(
    options: list[str], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(simulate, options)
    assert result.exit_code == code
    assert said in result.output


def test_the_command_says_when_the_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(simulate, ["--port", port, "--mentions", "1"])
    assert result.exit_code == 1
    assert "tidak dapat dipakai" in result.output
