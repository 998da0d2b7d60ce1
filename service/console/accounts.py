"""An account's story by topic."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.console.guests import Viewer
from service.console.rendering import page
from service.console.wiring import console_of
from service.usecases.console.view_account import view_account

router = APIRouter()


@router.get("/accounts/{account_id}")
def account(
    account_id: str, request: Request, viewer: Viewer, topic: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """One account; with `topic`, only what was said about it."""
    found = view_account(console_of(request).services, viewer.person, account_id, topic=topic)
    return page(request, "account.html", found=found, topic=topic)
