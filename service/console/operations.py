"""Metrics with their lineage, and processes as boards whose scores open into their lines; for who leads."""

from fastapi import APIRouter, Request, Response

from service.console.guests import Viewer
from service.console.rendering import page, texts_of, wording_of
from service.console.wiring import console_of
from service.domain.content.metrics import Metric
from service.domain.crm.metrics import kinds_of
from service.usecases.console.view_alerts import require_operations
from service.usecases.console.view_scope import read_scope
from service.usecases.crm.name_records import name_subjects
from service.usecases.crm.read_board import find_process, read_board
from service.usecases.crm.read_metrics import find_metric, read_metric

router = APIRouter()


class MetricWords:
    """What metrics are called: as the firm wrote them, and in English where they stand as they were shipped."""

    def __init__(self, request: Request) -> None:
        """For the language of the reader."""
        self._texts = texts_of(request)
        self._shipped = {one.id: one for one in console_of(request).services.content.metrics}

    def title(self, metric: Metric) -> str:
        """The metric's name."""
        return self._told(metric, "title", "label.metric.")

    def definition(self, metric: Metric) -> str:
        """How it is counted."""
        return self._told(metric, "definition", "label.metric_definition.")

    def _told(self, metric: Metric, name: str, group: str) -> str:
        own, shipped = str(getattr(metric, name)), self._shipped.get(metric.id)
        is_shipped = shipped is not None and getattr(shipped, name) == own
        return self._texts.words.get(f"{group}{metric.id}", own) if is_shipped else own


@router.get("/metrics")
def metrics(request: Request, viewer: Viewer) -> Response:
    """Every metric now, beside its threshold and the window before."""
    require_operations(viewer.person)
    services = console_of(request).services
    now = services.clock.now()
    with services.uow(write=False) as tx:
        readings = [
            read_metric(tx, services, viewer.tenant_id, metric, now=now)
            for metric in services.content_for(tx, viewer.tenant_id).metrics
            if metric.in_use
        ]
    states = {reading.now.metric.id for reading in readings if kinds_of(reading.now.metric)}
    return page(request, "metrics.html", readings=readings, states=states, words=MetricWords(request))


@router.get("/metrics/{metric_id}")
def metric(metric_id: str, request: Request, viewer: Viewer) -> Response:
    """One metric: its definition, its history, its causes, and every event behind it."""
    require_operations(viewer.person)
    services = console_of(request).services
    with services.uow(write=False) as tx:
        found = find_metric(services.content_for(tx, viewer.tenant_id), metric_id)
        reading = read_metric(tx, services, viewer.tenant_id, found, now=services.clock.now())
        scope = read_scope(tx, viewer.person)
        people = {one.id: one.name for one in scope.people.values()}
        names = name_subjects(tx, viewer.tenant_id, reading, people=people, sees=scope.sees,
                              kinds=wording_of(request).subjects)  # fmt: skip
    return page(request, "metric.html", metric=found, words=MetricWords(request), reading=reading, names=names,
                is_state=bool(kinds_of(found)))  # fmt: skip


@router.get("/processes")
def processes(request: Request, viewer: Viewer) -> Response:
    """The processes in use."""
    require_operations(viewer.person)
    services = console_of(request).services
    with services.uow(write=False) as tx:
        content = services.content_for(tx, viewer.tenant_id)
    return page(request, "processes.html", processes=[one for one in content.processes if one.in_use])


@router.get("/processes/{process_id}")
def process(process_id: str, request: Request, viewer: Viewer) -> Response:
    """One process as a board: its opportunities by stage, each with its health and what it lacks."""
    require_operations(viewer.person)
    services = console_of(request).services
    with services.uow(write=False) as tx:
        content = services.content_for(tx, viewer.tenant_id)
        found = find_process(content, process_id)
        scope = read_scope(tx, viewer.person)
        cards = read_board(tx, content, viewer.tenant_id, process_id, now=services.clock.now())
    seen = [card for card in cards if scope.sees(str(card.standing.opportunity.get("owner_id") or ""))]
    return page(request, "process.html", process=found, cards=seen, scope=scope)
