"""The console as an application of its own, mounted beside the API: pages, their errors, their headers."""

from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nlp.errors import NlpError
from service.api.errors import STATUS_OF
from service.api.slowdown import Slowdown
from service.console import signin, static_files
from service.console.assets import find_assets
from service.console.guests import SIGN_IN_FIRST
from service.console.language import LANGUAGES, Texts, load_words
from service.console.pages import ROUTERS
from service.console.rendering import load_templates, page
from service.console.wiring import PATH, Console, console_of
from service.domain.errors import ServiceError
from service.usecases.services import Services

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}
logger = structlog.get_logger(__name__)


class SafeHeaders:
    """Puts the headers of `HEADERS` on everything the console sends; `over_tls`: browsers come back over TLS alone."""

    def __init__(self, app: ASGIApp, *, over_tls: bool = False) -> None:
        self.app = app
        self.headers = {**HEADERS, **(OVER_TLS if over_tls else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, sender)


def mount_console(
    app: FastAPI, services: Services, *, models_dir: Path, public_url: str = "", failures_per_minute: int = 10
) -> None:
    """Serve the console under `/console` of `app`."""
    titles = services.content.titles
    console = Console(
        services=services,
        templates=load_templates(),
        texts={language: Texts(language, load_words(language), titles) for language in LANGUAGES},
        assets=find_assets(),
        guesses=Slowdown(failures_per_minute),
        models_dir=models_dir,
        public_url=public_url.rstrip("/"),
    )
    inner = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    inner.state.console = console
    for router in (static_files.router, signin.router, *ROUTERS):
        inner.include_router(router)
    _handle_errors(inner)
    inner.add_middleware(SafeHeaders, over_tls=public_url.startswith("https://"))
    app.mount(PATH, inner)
    app.add_route(PATH, lambda _: RedirectResponse(f"{PATH}/", 308), include_in_schema=False)


def _handle_errors(inner: FastAPI) -> None:
    inner.add_exception_handler(ServiceError, _service_error)
    inner.add_exception_handler(NlpError, _service_error)
    inner.add_exception_handler(RequestValidationError, _not_meant)
    inner.add_exception_handler(HTTPException, _http_error)


def _service_error(request: Request, error: Exception) -> Response:
    code = getattr(error, "code", "internal")
    if code == SIGN_IN_FIRST and request.method in {"GET", "HEAD"}:
        return signin.send_to_sign_in(request)
    status = int(str(getattr(error, "fields", {}).get("status", STATUS_OF[getattr(error, "category", "permanent")])))
    return _error_page(request, status, code)


def _not_meant(request: Request, error: Exception) -> Response:
    del error
    return _error_page(request, 422, "invalid")


def _http_error(request: Request, error: Exception) -> Response:
    return _error_page(request, error.status_code if isinstance(error, HTTPException) else 500, "http")


def _error_page(request: Request, status: int, code: str) -> Response:
    """What went wrong in the reader's words: by its code where we have words for it, else by its status."""
    words: Any = console_of(request).texts["zh"].words
    key = next((key for key in (f"error.{code}", f"error.{status}") if key in words), "error.other")
    request_id = request.scope.get("fieldcue.request_id", "")
    return page(request, "error.html", status=status, message=key, request_id=request_id)
