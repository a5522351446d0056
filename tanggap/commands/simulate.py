"""`tanggap simulate`: the invented city alone, on loopback, until it is told to stop."""

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGINT, SIGTERM

import click

from tanggap.clock import Clock, from_text, to_text
from tanggap.errors import InputError
from tanggap.reasons import reason
from tanggap.signals import told_by_signals
from tanggap.simulator.faults import read_faults
from tanggap.simulator.generator import generate_city, world_of_texts
from tanggap.simulator.server import Simulator
from tanggap.simulator.texts import read_texts
from tanggap.simulator.world import World
from tanggap.simulator.x.params import DialectName


class Moment(click.ParamType[datetime]):
    """A time with a zone, for example 2026-11-20T01:00:00Z."""

    name = "time"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the aware UTC time that `value` says."""
        if isinstance(value, datetime):
            return value
        try:
            return from_text(value)
        except ValueError:
            self.fail(f"{value!r} bukan waktu; tulis dengan zona, misalnya 2026-11-20T01:00:00Z")


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free port.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same city.")
@click.option(
    "--hours",
    type=click.FloatRange(min=0, min_open=True, max=24 * 366),
    default=72.0,
    show_default=True,
    help="Simulated span over which the city speaks.",
)
@click.option(
    "--mentions",
    type=click.IntRange(0, 1_000_000),
    default=600,
    show_default=True,
    help="Posts of citizens in that span, on all networks together.",
)
@click.option(
    "--start",
    type=Moment(),
    help="Where the span begins; default: the simulated start, or so many hours ago.",
)
@click.option("--dialect", type=click.Choice(["tweet", "post"]), default="tweet", show_default=True)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True, max=100_000),
    default=1.0,
    show_default=True,
    help="How many times as fast as real time the city lives.",
)
@click.option("--real-start", type=Moment(), help="Real moment of --simulated-start.")
@click.option("--simulated-start", type=Moment(), help="What the city's clock says then.")
@click.option(
    "--texts",
    type=click.Path(path_type=Path, readable=False),
    help="CSV with a column text (mentioned_opd optional): posts each row once on X, nothing else.",
)
@click.option(
    "--faults",
    type=click.Path(path_type=Path, readable=False),
    help="TOML or JSON script of faults.",
)
@click.option(
    "--log",
    "log_path",
    type=click.Path(path_type=Path, readable=False),
    help="Append what was served.",
)
@click.option(
    "--token", envvar="TANGGAP_SIMULATOR_TOKEN", help="Token of all networks; default: random."
)
def simulate(
    port: int,
    seed: int,
    hours: float,
    mentions: int,
    start: datetime | None,
    dialect: DialectName,
    speed: float,
    real_start: datetime | None,
    simulated_start: datetime | None,
    texts: Path | None,
    faults: Path | None,
    log_path: Path | None,
    token: str | None,
) -> None:
    """Run Kota Sukamaju on 127.0.0.1: X, Facebook and Instagram.

    Prints {"address", "token", "session", "clock"} when it is ready: `token` is X's bearer token
    and Meta's, `session` the cookies of Instagram's web site. The script of faults and how to
    steer it: docs/simulator.md.
    """
    clock = _clock(speed, real_start, simulated_start)
    begin = start or clock.simulated_start or clock.now() - timedelta(hours=hours)
    try:
        script = read_faults(faults) if faults else []
        if texts:
            worlds: Sequence[World] = [
                world_of_texts(read_texts(texts), seed, begin, hours, clock=clock)
            ]
        else:
            worlds = generate_city(seed, begin, hours, mentions, clock=clock)
        simulator = Simulator(
            *worlds,
            clock=clock,
            dialect=dialect,
            token=token,
            port=port,
            faults=script,
            log_path=log_path,
        )
    except InputError as exc:
        raise click.UsageError(str(exc)) from exc
    except OSError as exc:
        what = exc.filename or f"port {port}"
        raise click.ClickException(f"{what} tidak dapat dipakai: {reason(exc)}") from exc
    stop = threading.Event()
    with told_by_signals({SIGINT: stop.set, SIGTERM: stop.set}), simulator:
        ready = {
            "address": simulator.address,
            "token": simulator.token,
            "session": simulator.session_cookies(),
            "clock": _told(clock),
        }
        click.echo(json.dumps(ready))
        stop.wait()


def _clock(speed: float, real_start: datetime | None, simulated_start: datetime | None) -> Clock:
    """Return the clock that the three options describe; the real one when none is given."""
    if speed == 1.0 and real_start is None and simulated_start is None:
        return Clock()
    real = real_start or Clock().now().astimezone(UTC)
    return Clock(speed, real, simulated_start or real)


def _told(clock: Clock) -> dict[str, object] | None:
    """Return the clock's three numbers, so that other processes can share it."""
    if clock.real_start is None or clock.simulated_start is None:
        return None
    return {
        "speed": clock.speed,
        "real_start": to_text(clock.real_start),
        "simulated_start": to_text(clock.simulated_start),
    }
