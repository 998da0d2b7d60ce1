"""Structured logs: one JSON line an event, with what was bound at the entry point, and no word that a person said."""

import sys
import traceback
from pathlib import Path

import structlog
from structlog.typing import EventDict, Processor


def configure_logging(level: str) -> None:
    """One JSON line an event on standard error; never a word of what customers said."""
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_failure,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(
        processors=processors,
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


def name_failure(_logger: object, _method: str, event: EventDict) -> EventDict:
    """An error as its kind and the places it came through: its message may repeat what somebody said."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"], event["at"] = type(error).__name__, where(error)
    return event


def where(error: BaseException) -> str:
    """File, line and function that an error came from, innermost last: its message may hold what somebody said."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in frames)
