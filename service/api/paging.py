"""Cursor pages: `limit` and `after`, read as strictly as a body."""

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Query

from service.domain.errors import Malformed
from service.domain.records import Page

_CURSOR = re.compile(r"^[a-z]{2,4}_[0-9a-f]{32}$", re.ASCII)


def page_of(
    limit: Annotated[str, Query(pattern=r"^([1-9]|[1-9][0-9]|1[0-9][0-9]|200)$", description="1 to 200")] = "50",
    after: Annotated[str | None, Query(max_length=64, description="`next_cursor` of the page before")] = None,
) -> Page:
    """The page asked for.

    Raises:
        Malformed: a cursor that none of our answers gave (`cursor_invalid`).
    """
    if after is not None and not _CURSOR.match(after):
        raise _not_ours()
    return Page(int(limit), after)


PageOf = Annotated[Page, Depends(page_of)]


def require_cursor(page: Page, find: Callable[[str], object | None]) -> None:
    """Make sure that a page begins behind a row that is there; `find` gives the row of an id.

    Raises:
        Malformed: the cursor is of no row of this tenant (`cursor_invalid`).
    """
    if page.after is not None and find(page.after) is None:
        raise _not_ours()


def _not_ours() -> Malformed:
    return Malformed("this cursor is not one we gave out", code="cursor_invalid")


def next_cursor(ids: list[str], page: Page) -> str | None:
    """The cursor of the next page; None when this one was not full."""
    return ids[-1] if len(ids) == page.limit else None
