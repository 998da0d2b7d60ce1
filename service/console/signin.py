"""Sign in by key or by a link that opens once; sign out; choose the language."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from service.console.guests import (
    Posted,
    Viewer,
    drop_session,
    is_secure,
    peek,
    set_language,
    set_session,
)
from service.console.language import LANGUAGES
from service.console.rendering import page
from service.console.wiring import PATH, console_of
from service.domain.errors import Invalid, TooManyRequests, Unauthenticated
from service.usecases.console.enter_console import enter_by_key, enter_by_link, leave_console

router = APIRouter()
HOME = f"{PATH}/"
SIGN_IN = f"{PATH}/sign-in"


def send_to_sign_in(request: Request) -> Response:
    """The way in. A link from outside comes without our cookie (SameSite=Strict): its page asks again from here."""
    if request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        return page(request, "bounce.html")
    back = request.scope.get("path", "")
    where = request.url.query
    asked = quote(f"{PATH}{back.removeprefix(PATH)}" + (f"?{where}" if where else ""), safe="/")
    return RedirectResponse(SIGN_IN if asked == HOME else f"{SIGN_IN}?back={asked}", 303)


@router.get("/sign-in")
def ask(request: Request, back: Annotated[str, Query(max_length=500)] = "") -> Response:
    """The form."""
    if peek(request) is not None:
        return RedirectResponse(_inside(back), 303)
    return page(request, "signin.html", back=_inside(back), refused="", person_id="")


@router.post("/sign-in")
def sign_in(request: Request, fields: Posted) -> Response:
    """Enter by key."""
    console = console_of(request)
    back, person_id = _inside(fields.get("back", "")), fields.get("person_id", "").strip()
    try:
        with console.services.uow() as tx:
            ticket, _ = enter_by_key(tx, console.services, fields.get("api_key", ""), person_id)
    except Unauthenticated:
        return _refuse(request, "signin.refused", back=back, person_id=person_id)
    return _let_in(request, ticket, back)


@router.get("/enter/{ticket}")
def knock(ticket: str, request: Request) -> Response:
    """The page behind a link: chat programs open links to preview them, so only its button uses it up."""
    return page(request, "enter.html", ticket=ticket)


@router.post("/enter/{ticket}")
def enter(ticket: str, request: Request, fields: Posted) -> Response:
    """Enter by link."""
    del fields
    console = console_of(request)
    try:
        with console.services.uow() as tx:
            session, _ = enter_by_link(tx, console.services, ticket)
    except Unauthenticated:
        return _refuse(request, "signin.link_used", back=HOME, person_id="")
    return _let_in(request, session, HOME)


@router.post("/sign-out")
def sign_out(request: Request, viewer: Viewer, fields: Posted) -> Response:
    """Leave."""
    del fields
    console = console_of(request)
    with console.services.uow() as tx:
        leave_console(tx, console.services, viewer)
    response = RedirectResponse(SIGN_IN, 303)
    drop_session(response, console, secure=is_secure(request, console))
    return response


@router.post("/language")
def choose_language(request: Request, fields: Posted) -> Response:
    """Chinese or English, kept for a year."""
    console = console_of(request)
    wanted = fields.get("to", "")
    if wanted not in LANGUAGES:
        raise Invalid("there is no such language", code="language_unknown")
    response = RedirectResponse(_inside(fields.get("back", "")), 303)
    set_language(response, console, wanted, secure=is_secure(request, console))
    return response


def go_back(fields: Mapping[str, str]) -> str:
    """Where a form came from."""
    return _inside(fields.get("back", ""))


def _inside(back: str) -> str:
    """Where to go on: an address of the console, never one elsewhere."""
    safe = back.startswith(HOME) and not set("\\\r\n") & set(back) and "//" not in back and len(back) <= 500
    return back if safe else HOME


def _let_in(request: Request, ticket: str, back: str) -> Response:
    console = console_of(request)
    response = RedirectResponse(back, 303)
    set_session(response, console, ticket, secure=is_secure(request, console))
    return response


def _refuse(request: Request, reason: str, *, back: str, person_id: str) -> Response:
    status = 401
    try:
        console_of(request).guesses.count_failure(request.client.host if request.client else "")
    except TooManyRequests as error:
        status, reason = 429, "signin.too_many"
        response = page(request, "signin.html", status=status, back=back, refused=reason, person_id=person_id)
        response.headers["Retry-After"] = str(error.fields["retry_after_s"])
        return response
    return page(request, "signin.html", status=status, back=back, refused=reason, person_id=person_id)
