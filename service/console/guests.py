"""Who is looking: the session behind the cookie, and proof that a form came from one of our own pages.

Invariant: the cookies are HttpOnly and SameSite=Strict; every form carries a token that follows from one of them.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request, Response

from service.console.wiring import Console, console_of
from service.domain.errors import Forbidden, Unauthenticated
from service.domain.sessions import SECRET_BYTES, SESSION_LASTS, form_token, is_form_token, parse_ticket
from service.usecases.console.enter_console import Entered, find_session

SESSION_COOKIE = "fieldcue_session"
GUEST_COOKIE = "fieldcue_guest"
LANGUAGE_COOKIE = "fieldcue_language"
SIGN_IN_FIRST = "sign_in_first"
TOKEN_FIELD = "form_token"  # noqa: S105 - the name of a field
MAX_FIELDS = 300  # a rule's form has one for each role that each of its actions may tell


def entered_of(request: Request) -> Entered:
    """Who is in.

    Raises:
        Unauthenticated: nobody, or no longer; the way to sign in follows.
    """
    entered = peek(request)
    if entered is None:
        raise Unauthenticated("sign in first", code=SIGN_IN_FIRST)
    return entered


def peek(request: Request) -> Entered | None:
    """Who is in, None for guests; looked up once a request."""
    if not hasattr(request.state, "entered"):
        ticket = request.cookies.get(SESSION_COOKIE, "")
        request.state.entered = find_session(console_of(request).services, ticket)
    found: Entered | None = request.state.entered
    return found


Viewer = Annotated[Entered, Depends(entered_of)]


def token_of(request: Request) -> str:
    """The token that forms of this page carry; guests get one too, in a cookie of their own."""
    return form_token(_secret(request))


def _secret(request: Request) -> str:
    entered = peek(request)
    return entered.secret if entered else guest_secret(request)


def guest_secret(request: Request) -> str:
    """The secret in a guest's cookie, or a fresh one."""
    if not hasattr(request.state, "guest_secret"):
        given = request.cookies.get(GUEST_COOKIE, "")
        fresh = console_of(request).services.ids.secret(SECRET_BYTES).hex()
        request.state.guest_secret = given if parse_ticket(f"gue_{'0' * 32}.{given}") else fresh
    secret: str = request.state.guest_secret
    return secret


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a form, text only."""
    form = await request.form(max_files=0, max_fields=MAX_FIELDS)
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


def admit_form(request: Request, fields: Annotated[Mapping[str, str], Depends(read_form)]) -> Mapping[str, str]:
    """The fields, once their token was seen to be ours.

    Raises:
        Forbidden: it came from elsewhere, or from a page of a session that has ended (`form_foreign`).
    """
    if not is_form_token(_secret(request), fields.get(TOKEN_FIELD, "")):
        raise Forbidden("this form did not come from this page, or its page is old: load it again", code="form_foreign")
    return fields


Posted = Annotated[Mapping[str, str], Depends(admit_form)]


def set_session(response: Response, console: Console, ticket: str, *, secure: bool) -> None:
    """Give the browser its session."""
    _set(response, console, SESSION_COOKIE, ticket, int(SESSION_LASTS.total_seconds()), secure=secure)


def drop_session(response: Response, console: Console, *, secure: bool) -> None:
    """Take it away."""
    _set(response, console, SESSION_COOKIE, "", 0, secure=secure)


def set_guest(response: Response, console: Console, request: Request) -> None:
    """Remember a guest's secret for the form they are about to send."""
    _set(response, console, GUEST_COOKIE, guest_secret(request), 3_600, secure=is_secure(request, console))


def set_language(response: Response, console: Console, language: str, *, secure: bool) -> None:
    """Remember the language for a year."""
    _set(response, console, LANGUAGE_COOKIE, language, 31_536_000, secure=secure)


def is_secure(request: Request, console: Console) -> bool:
    """Whether people reach the console over HTTPS, as far as we are told."""
    return request.url.scheme == "https" or console.public_url.startswith("https://")


def _set(response: Response, console: Console, name: str, value: str, max_age: int, *, secure: bool) -> None:
    response.set_cookie(
        name, value, max_age=max_age, path=console.path, httponly=True, samesite="strict", secure=secure
    )
