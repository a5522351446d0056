"""The review desk as an ASGI application. Gathers the pages; holds no logic of its own."""

from fastapi import FastAPI

from tanggap.city_calendar import calendar_of
from tanggap.config import Config
from tanggap.language import load
from tanggap.store.base import Store
from tanggap.web import (
    account,
    account_totp,
    analysis,
    assets,
    boards,
    bulk,
    export_page,
    failures,
    health,
    incidents,
    item,
    item_answers,
    language,
    link,
    login,
    login_sso,
    notices,
    queue_page,
    show,
    sources,
    triage,
    views,
)
from tanggap.web.auth import Sessions
from tanggap.web.desk import Desk, FrequentSectors
from tanggap.web.second_step import totp_key
from tanggap.web.security import Guard
from tanggap.web.sso import provider_of


def create_app(store: Store, config: Config) -> FastAPI:
    """Return the desk over `store`; the caller keeps the store open while it is served.

    Raise ConfigError for what its settings ask for and the server lacks.
    """
    load()  # a third of a second, which the first to ask for English would wait
    desk = Desk(
        store=store,
        config=config,
        templates=show.environment(config, config.clock.now),
        sessions=Sessions(store, config.clock, config.web, totp_key(config.path.parent)),
        assets=assets.Assets(),
        frequent=FrequentSectors(store, config.clock),
        calendar=calendar_of(config),
        provider=provider_of(config),
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
    app.add_middleware(language.Reading)  # the outermost: refusals are read too
    failures.install(app, desk)
    pages = (
        login, login_sso, language, account, account_totp, queue_page, export_page, views, item,
        item_answers, triage, bulk, incidents, boards, sources, notices, analysis, link, health,
    )  # fmt: skip
    # Not `include_router`: it has every route analysed again, and the first to ask waits for that.
    app.router.routes.extend(assets.routes(desk.assets).routes)
    for page in pages:
        app.router.routes.extend(page.routes(desk).routes)
    return app
