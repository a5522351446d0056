"""`tanggap web`: the review desk, served by uvicorn in this process."""

import signal
import socket

import click
import uvicorn

from tanggap.commands.install import config_of, store_of
from tanggap.errors import InputError
from tanggap.loopback import is_loopback
from tanggap.reasons import reason
from tanggap.stderr_stream import unhurried_stderr
from tanggap.web.app import create_app

BACKLOG = 128
GRACE_SECONDS = 5
"""How long requests under way may take after SIGTERM."""
CONNECTIONS_AT_MOST = 500


@click.command()
@click.option("--host", help="Address to listen on [default: web.host of the config].")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen on, 0 for any free one [default: web.port of the config].",
)
@click.pass_context
def web(ctx: click.Context, host: str | None, port: int | None) -> None:
    """Serve the review desk until SIGTERM or Ctrl+C."""
    ctx.with_resource(unhurried_stderr())
    config = config_of(ctx)
    store = store_of(config)
    host = host or config.web.host
    # uvicorn raises the signal again when it has shut down; then it must not kill a clean end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    try:
        app = create_app(store, config)
        with _listen(host, config.web.port if port is None else port) as listener:
            click.echo(f"Meja tinjau: {_address(listener, host, config.web.public_url)}", err=True)
            if not is_loopback(host) and not config.web.public_url.startswith("https://"):
                click.echo(
                    "Peringatan: kata sandi akan lewat tanpa enkripsi. Pasang proxy TLS di "
                    "depannya dan isi web.public_url.",
                    err=True,
                )
            uvicorn.Server(
                uvicorn.Config(
                    app,
                    lifespan="off",
                    log_config=None,
                    access_log=False,  # its lines hold addresses with queries
                    server_header=False,
                    proxy_headers=False,  # nothing here depends on who the client says it is
                    timeout_graceful_shutdown=GRACE_SECONDS,
                    limit_concurrency=CONNECTIONS_AT_MOST,
                )
            ).run(sockets=[listener])
    finally:
        store.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as exc:
        raise InputError(
            f"tidak dapat mendengarkan di {host}:{port} ({reason(exc)}); "
            "pilih yang lain dengan --host atau --port"
        ) from exc
    # Accepted connections inherit it. asyncio sets it only where a socket names its protocol, which
    # this one does not; without it a page waits 40 ms for the browser to acknowledge its headers.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _address(listener: socket.socket, host: str, public_url: str) -> str:
    if public_url:
        return public_url
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}/"
