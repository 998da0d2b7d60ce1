"""Pages out: one context for every template, and how days, seconds and scores are written."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.console.guests import LANGUAGE_COOKIE, peek, set_guest, token_of
from service.console.language import LANGUAGES, Language, Texts
from service.console.wiring import console_of
from service.domain.playbooks.wordings import CHINESE, WORDINGS, Wording

ZONE = ZoneInfo("Asia/Shanghai")
TEMPLATES = Path(__file__).parent / "templates"
HTML = "text/html; charset=utf-8"


def texts_of(request: Request) -> Texts:
    """The words in the language that this browser asked for; Chinese where it asked for none."""
    asked = request.cookies.get(LANGUAGE_COOKIE, "")
    language: Language = next((known for known in LANGUAGES if known == asked), "zh")
    return console_of(request).texts[language]


def wording_of(request: Request) -> Wording:
    """What rules and records are called in that language."""
    return WORDINGS[texts_of(request).language]


def page(request: Request, template: str, *, status: int = 200, **values: object) -> Response:
    """One page."""
    console = console_of(request)
    entered = peek(request)
    texts = texts_of(request)
    text = console.templates.get_template(template).render(
        t=texts,
        w=WORDINGS[texts.language],
        console=console,
        viewer=entered.person if entered else None,
        form_token=token_of(request),
        here=console.path + request.scope.get("path", "").removeprefix(console.path),
        **values,
    )
    response = Response(text, status_code=status, media_type=HTML)
    if entered is None:
        set_guest(response, console, request)
    return response


@cache
def load_templates() -> Environment:
    """All pages, read now: a file that changes under a running process, as in an upgrade in place, would meet code it
    was not written for. What comes from data is escaped, and a misspelt name raises.
    """
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        auto_reload=False,
        cache_size=-1,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        day=day,
        moment=moment,
        seconds=seconds,
        score=score,
        percent=percent,
        figure=figure,
        measured=measured,
        elapsed=elapsed,
        kind_name=kind_name,
    )
    for name in templates.list_templates():
        templates.get_template(name)
    return templates


def day(value: datetime | None) -> str:
    """`2026-03-11`, where the team works."""
    return "—" if value is None else value.astimezone(ZONE).strftime("%Y-%m-%d")


def moment(value: datetime | None, zone: ZoneInfo = ZONE) -> str:
    """`03-11 10:05`, where the team works."""
    return "—" if value is None else value.astimezone(zone).strftime("%m-%d %H:%M")


def seconds(milliseconds: int | None) -> str:
    """`1:05`, empty where there is no time."""
    if milliseconds is None:
        return ""
    whole = milliseconds // 1_000
    return f"{whole // 60}:{whole % 60:02d}"


def elapsed(duration: timedelta, days: str) -> str:
    """`3 天 04:05:12`, without the days where there are none; `days` is what a day is called."""
    whole = max(int(duration.total_seconds()), 0)
    of_day = f"{whole % 86_400 // 3_600:02d}:{whole % 3_600 // 60:02d}:{whole % 60:02d}"
    return f"{whole // 86_400} {days} {of_day}" if whole >= 86_400 else of_day


def kind_name(kind: str, wording: Wording = CHINESE) -> str:
    """What a kind of record is called, as rules call it."""
    return wording.subjects.get(kind, kind)


def score(value: float | None) -> str:
    """A skill value as people read it."""
    return "—" if value is None else f"{value:.0f}"


def percent(value: float | None) -> str:
    """A share as people read it."""
    return "—" if value is None else f"{value * 100:.0f}%"


def figure(value: float | None, name: str) -> str:
    """A figure of talk, by its name: rates as shares, milliseconds as seconds."""
    if value is None:
        return "—"
    if name.endswith(("_rate", "_ratio")) and name != "question_rate":
        return percent(value)
    return f"{value / 1_000:.1f}" if name.endswith("_ms") else f"{value:.0f}"


def measured(value: float, unit: str) -> str:
    """A metric's value as a number; a share as percent."""
    if unit == "share":
        return percent(value)
    return f"{value:.1f}".removesuffix(".0")
