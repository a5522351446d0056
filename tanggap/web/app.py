"""The review desk as an ASGI application. Gathers the pages; holds no logic of its own."""

from fastapi import FastAPI

from tanggap.config import Config
from tanggap.store.base import Store
from tanggap.web import (
    analysis,
    assets,
    failures,
    health,
    item,
    link,
    login,
    queue_page,
    show,
    sources,
)
from tanggap.web.auth import Sessions
from tanggap.web.desk import Desk
from tanggap.web.security import Guard


def create_app(store: Store, config: Config) -> FastAPI:
    """Return the desk over `store`; the caller keeps the store open while it is served."""
    desk = Desk(
        store=store,
        config=config,
        templates=show.environment(config, config.clock.now),
        sessions=Sessions(store, config.clock, config.web),
        assets=assets.Assets(),
    )
    app = FastAPI(
        title="Tanggap",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        # Spans would carry addresses with queries to whatever exporter the machine has.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.desk = desk
    app.add_middleware(Guard, https=desk.sessions.https)
    failures.install(app, desk)
    app.include_router(assets.routes(desk.assets))
    for page in (login, queue_page, item, sources, analysis, link, health):
        app.include_router(page.routes(desk))
    return app
