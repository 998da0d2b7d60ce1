"""`/docs` and `/redoc`: the OpenAPI document to look at and try, with assets from an installed package, no network."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from starlette.responses import FileResponse, HTMLResponse, Response

from service.domain.errors import NotFound

ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "redoc.standalone.js": "text/javascript",
    "favicon.png": "image/png",
}
# Both begin with an inline script and style themselves; what matters is that nothing comes from outside.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


router = APIRouter(include_in_schema=False)
"""Both pages and their assets; no part of the API's own description."""


# Its endpoints name no application: FastAPI remembers every endpoint for good, and an application with it.
@router.get("/docs")
def swagger(request: Request) -> Response:
    """The document to try."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title=f"{request.app.title} API",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/docs/assets/favicon.png",
    )
    return _guarded(page)


@router.get("/redoc")
def redoc(request: Request) -> Response:
    """The document to read."""
    page = get_redoc_html(
        openapi_url="/openapi.json",
        title=f"{request.app.title} API",
        redoc_js_url="/docs/assets/redoc.standalone.js",
        redoc_favicon_url="/docs/assets/favicon.png",
        with_google_fonts=False,
    )
    return _guarded(page)


@router.get("/docs/assets/{name}")
def asset(name: str) -> Response:
    """A file of the installed package that both are made of."""
    if name not in ASSETS:
        raise NotFound("there is nothing at this address")
    return FileResponse(
        assets_folder() / name, media_type=ASSETS[name], headers={"Cache-Control": "public, max-age=86400"}
    )


def _guarded(page: HTMLResponse) -> Response:
    page.headers["Content-Security-Policy"] = POLICY
    return page


@cache
def assets_folder() -> Path:
    """Where the package that ships the assets keeps them; it is found, not imported."""
    spec = find_spec("fastapi_offline")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package fastapi-offline, which ships Swagger UI, is not installed")
    return Path(spec.submodule_search_locations[0]) / "static"
