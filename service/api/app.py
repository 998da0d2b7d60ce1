"""The HTTP application: routers, the door, the error table, and one OpenAPI document that tells the truth."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service.api import (
    account_risk,
    alerts,
    analyses,
    assessments,
    attributions,
    audio,
    audit_trail,
    bias,
    briefings,
    coaching,
    consents,
    contents,
    crm_events,
    crm_sources,
    deals,
    deliveries,
    docs,
    entities,
    health,
    live,
    messages,
    metrics,
    model_versions,
    models,
    people,
    playbooks,
    privacy,
    processes,
    recordings,
    replays,
    reports,
    roles,
    runs,
    speech,
    stores,
    subject_requests,
    subjects,
    transcriptions,
    transcripts,
    uploads,
    visits,
    webhook_endpoints,
)
from service.api.auth import Gatekeeper
from service.api.errors import install_error_handlers
from service.api.middleware import IDLE_S, Door
from service.api.schemas.base import Problem
from service.api.schemas.visits import RecordingUrlIn
from service.api.slowdown import Slowdown
from service.usecases.services import Limits, Services
from service.usecases.visits.check_in import PROOF_BYTES
from service.usecases.visits.live_talks import LiveTalks

DESCRIPTION = "Recordings of sales visits in; findings with quotes, churn risk, hints and micro-courses out."
_ROUTERS = (
    visits.router,
    consents.router,
    recordings.router,
    audio.router,
    subjects.router,
    privacy.router,
    subject_requests.router,
    assessments.router,
    audit_trail.router,
    bias.router,
    uploads.router,
    transcripts.router,
    analyses.router,
    account_risk.router,
    briefings.router,
    *coaching.ROUTERS,
    live.router,
    messages.router,
    transcriptions.router,
    models.router,
    model_versions.router,
    people.router,
    crm_events.router,
    crm_sources.router,
    entities.router,
    playbooks.router,
    contents.router,
    alerts.router,
    processes.router,
    metrics.router,
    attributions.router,
    deals.router,
    stores.router,
    reports.router,
    webhook_endpoints.router,
    deliveries.router,
    replays.router,
    runs.router,
    roles.router,
    speech.router,
    health.limits_router,
    health.router,
    docs.router,
)


def create_app(services: Services, *, auth_failures_per_minute: int = 10, idle_s: float = IDLE_S) -> FastAPI:
    """The application over `services`; it holds no other state than the key cache."""
    app = FastAPI(
        title="Fieldcue",
        version=services.versions["service"],
        description=DESCRIPTION,
        docs_url=None,  # ours, without a network
        redoc_url=None,
        redirect_slashes=False,  # it would send callers, with their keys, to whatever the Host header says
    )
    app.state.services = services
    app.state.live = LiveTalks(services)
    app.state.gatekeeper = Gatekeeper(services, Slowdown(auth_failures_per_minute))
    for router in _ROUTERS:
        app.include_router(router)
    docs.assets_folder()  # where its package is missing, that is told at the start
    install_error_handlers(app)
    limits = services.limits
    app.add_middleware(Door, body_limit=lambda method, path: body_limit(limits, method, path), idle_s=idle_s)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def body_limit(limits: Limits, method: str, path: str) -> int:
    """How many bytes a request to `path` may carry."""
    if method == "POST" and path.endswith("/recording"):
        return limits.recording_bytes + 65_536  # the multipart frame around the file
    if method == "POST" and path == "/v1/audio/transcriptions":
        return limits.short_audio_bytes + 131_072
    if method == "POST" and path.endswith("/proof"):
        return PROOF_BYTES + 65_536
    if method == "PUT" and path.endswith("/transcript"):
        return limits.transcript_body_bytes
    if method == "PATCH" and path.startswith("/v1/uploads/"):
        return limits.chunk_bytes
    return limits.json_body_bytes


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            openapi_version="3.1.0",
        )
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        template = "#/components/schemas/{model}"
        for model in (Problem, RecordingUrlIn):
            schema = model.model_json_schema(ref_template=template)
            schema.pop("$defs", None)
            schemas[model.__name__] = schema
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        app.openapi_schema = document
    return app.openapi_schema
