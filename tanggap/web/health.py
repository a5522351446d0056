"""/healthz and /metrics: for machines, without login, so nothing but numbers, ids and codes."""

import threading
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any, get_args

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tanggap.errors import StoreError
from tanggap.mention import STATUSES
from tanggap.store.rows import EVERYTHING, ItemFilter, SourceState, Tab
from tanggap.web.auth import Open
from tanggap.web.desk import Desk

COUNT_AT_MOST = 1_000_000
SCRAPE_KEPT_SECONDS = 5.0
"""An open page must not be a lever: more scrapes than this get the last answer again."""


class StoreMetrics(Collector):
    """Reads everything from the store at the moment of the scrape; keeps no state."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def describe(self) -> Iterable[Metric]:
        """Return nothing: registering must not read the store."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Return all families."""
        yield from self._items()
        yield from self._sources()
        yield from self._installation()

    def _items(self) -> Iterable[Metric]:
        store = self._desk.store
        tabs = GaugeMetricFamily("tanggap_items", "Items in each tab.", labels=["tab"])
        for tab in get_args(Tab):
            number = store.count(EVERYTHING, ItemFilter(tab=tab), cap=COUNT_AT_MOST)
            tabs.add_metric([tab], number)
        yield tabs
        statuses = GaugeMetricFamily(
            "tanggap_items_by_status", "Items of each status.", labels=["status"]
        )
        for status in STATUSES:
            number = store.count(EVERYTHING, ItemFilter(status=status), cap=COUNT_AT_MOST)
            statuses.add_metric([status], number)
        yield statuses

    def _sources(self) -> Iterable[Metric]:
        now = self._desk.now()
        fresh = GaugeMetricFamily(
            "tanggap_source_freshness_seconds",
            "Age of a source's last success on the install's clock.",
            labels=["source"],
        )
        errors = GaugeMetricFamily(
            "tanggap_source_errors", "Failed turns in a row.", labels=["source"]
        )
        accepted = GaugeMetricFamily(
            "tanggap_source_mentions", "Mentions a source brought first.", labels=["source"]
        )
        quarantined = GaugeMetricFamily(
            "tanggap_source_quarantined", "Items that could not be mapped.", labels=["source"]
        )
        states = GaugeMetricFamily("tanggap_sources", "Sources in each state.", labels=["state"])
        number = dict.fromkeys(get_args(SourceState), 0)
        for source in self._desk.store.sources(now):
            label = [source.spec.id]
            number[source.state] += 1
            errors.add_metric(label, source.errors)
            accepted.add_metric(label, source.accepted)
            quarantined.add_metric(label, source.quarantined)
            if source.last_success_at is not None:
                fresh.add_metric(label, (now - source.last_success_at).total_seconds())
        for state, how_many in number.items():
            states.add_metric([state], how_many)
        yield from (fresh, errors, accepted, quarantined, states)

    def _installation(self) -> Iterable[Metric]:
        desk = self._desk
        alarms = GaugeMetricFamily("tanggap_alarm", "1 for each open alarm.", labels=["code"])
        for alarm in desk.store.alarms():
            alarms.add_metric([alarm.code], 1)
        yield alarms
        age = desk.pulse().age
        if age is not None:
            yield GaugeMetricFamily(
                "tanggap_daemon_progress_age_seconds",
                "Real time since the daemon's last sign of life.",
                value=age.total_seconds(),
            )
        last = desk.store.last_backup()
        if last is not None:
            yield GaugeMetricFamily(
                "tanggap_backup_age_seconds",
                "Age of the last good backup on the install's clock.",
                value=(desk.now() - last.made_at).total_seconds(),
            )
            yield GaugeMetricFamily(
                "tanggap_backup_bytes", "Size of the last good backup.", value=last.bytes
            )
        settings = desk.config.x
        usage = desk.store.usage(
            "x", desk.now(), {"post": settings.usd_per_post, "user": settings.usd_per_user}
        )
        reads = GaugeMetricFamily(
            "tanggap_x_reads", "Unique resources read from X (UTC).", labels=["period"]
        )
        reads.add_metric(["day"], usage.day_reads)
        reads.add_metric(["month"], usage.month_reads)
        yield reads
        cost = GaugeMetricFamily("tanggap_x_usd", "What X may bill.", labels=["period"])
        cost.add_metric(["day"], usage.day_usd)
        cost.add_metric(["month"], usage.month_usd)
        cost.add_metric(["forecast"], usage.forecast_usd)
        yield cost


def _seconds_since(desk: Desk, moment: datetime) -> float:
    """Return the real seconds since a moment on the install's clock."""
    return round(desk.config.clock.real_seconds(desk.now() - moment), 1)


class Scrape:
    """The last answer of /metrics, shared for a few seconds."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._lock = threading.Lock()
        self._text = b""
        self._made = -SCRAPE_KEPT_SECONDS

    def text(self) -> bytes:
        """Return the metrics, at most `SCRAPE_KEPT_SECONDS` old."""
        with self._lock:
            if time.monotonic() - self._made >= SCRAPE_KEPT_SECONDS:
                self._text = generate_latest(self._registry)
                self._made = time.monotonic()
            return self._text


def routes(desk: Desk) -> APIRouter:
    """Return the two routes."""
    router = APIRouter()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StoreMetrics(desk))
    scrape = Scrape(registry)

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    def health(_: Open) -> Response:
        try:
            pulse = desk.pulse()
            codes = [alarm.code for alarm in desk.store.alarms()]
            seen = desk.store.daemons(desk.now())
        except StoreError as exc:
            return JSONResponse({"status": "error", "database": type(exc).__name__}, 503)
        age = None if pulse.age is None else round(pulse.age.total_seconds(), 1)
        body: dict[str, Any] = {
            "status": "stale" if pulse.stale else "alarm" if codes else "ok",
            "database": "ok",
            "daemon_progress_age_seconds": age,
            "model": pulse.model,
            "alarms": codes,
            # Ages alone: whoever may ask here need not know names of machines.
            "daemons": [_seconds_since(desk, one.seen_at) for one in seen],
        }
        return JSONResponse(body, 503 if pulse.stale else 200)

    @router.get("/metrics")
    def metrics(_: Open) -> Response:
        return Response(scrape.text(), media_type=CONTENT_TYPE_LATEST)

    return router
