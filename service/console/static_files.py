"""Style sheets and scripts under addresses that name their content, for browsers to keep."""

from fastapi import APIRouter, Request, Response

from service.console.assets import MEDIA
from service.console.wiring import console_of
from service.domain.errors import NotFound

router = APIRouter()


@router.get("/static/{version}/{name}")
def asset(version: str, name: str, request: Request) -> Response:
    """One file in the version that its address names."""
    found = console_of(request).assets.get(name)
    if found is None or found.version != version:
        raise NotFound("there is nothing at this address")
    packs = "gzip" in request.headers.get("accept-encoding", "")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if packs:
        headers["Content-Encoding"] = "gzip"
    return Response(found.packed if packs else found.plain, media_type=MEDIA[found.path.suffix], headers=headers)
