"""Messages between parent and child: one JSON object a line, never longer than a fixed cap.

Invariant: no length that the other side chose is ever allocated; a line over the cap is an error, not a long wait.
"""

import json
from collections.abc import Mapping
from typing import Any, BinaryIO

MAX_LINE = 4 * 1024 * 1024  # ten minutes of dense speech with word times take about 0.4 MB

Message = dict[str, Any]


class BadLine(Exception):
    """The other side broke the protocol."""


def write_message(stream: BinaryIO, message: Mapping[str, Any]) -> None:
    """Send one message; ValueError when it would exceed the cap."""
    line = json.dumps(message, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
    if len(line) >= MAX_LINE:
        raise ValueError(f"a message of {len(line)} bytes exceeds the cap of {MAX_LINE}")
    stream.write(line + b"\n")
    stream.flush()


def read_message(stream: BinaryIO) -> Message | None:
    """The next message; None at the end of the stream.

    Raises:
        BadLine: too long, cut off, or no JSON object.
    """
    line = stream.readline(MAX_LINE + 1)
    if not line:
        return None
    if not line.endswith(b"\n"):
        raise BadLine("a line is too long or was cut off")
    try:
        message = json.loads(line)
    except ValueError as exc:
        raise BadLine("a line is not JSON") from exc
    if not isinstance(message, dict):
        raise BadLine("a line is not a JSON object")
    return message
