"""JSON lines in, JSON lines out: progress on a terminal, nothing but data on a pipe, whole files or none."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import orjson
from rich.console import Console
from rich.progress import track

from nlp.errors import InputInvalid

Convert = Callable[[str, int], dict[str, Any]]
"""One line and its number to one answer; raises InputInvalid naming the line."""


def convert_lines(source: Path, target: Path | None, convert: Convert) -> None:
    """Every line of `source` through `convert`; with a target, the file appears complete or not at all.

    Raises:
        InputInvalid: the source cannot be read, or one of its lines is wrong.
    """
    lines = list(read_lines(source))
    with _writer(target) as out:
        for number, line in _tracked(lines):
            out.write(_one_line(convert(line, number)) + b"\n")


def _one_line(answer: dict[str, Any]) -> bytes:
    """JSON that is one line to every reader: many split text at these three as well."""
    rendered = orjson.dumps(answer)
    for separator in ("\u0085", "\u2028", "\u2029"):
        rendered = rendered.replace(separator.encode(), f"\\u{ord(separator):04x}".encode())
    return rendered


def read_lines(source: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file (- is standard input) that hold something, with their numbers.

    Raises:
        InputInvalid: it cannot be read, or is not UTF-8.
    """
    try:
        text = sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
    except OSError as error:
        raise InputInvalid(f"{source}: cannot be read ({error.strerror}); give a file of JSON lines, or -") from error
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputInvalid(f"{source}: is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    return ((number, line) for number, line in enumerate(decoded.split("\n"), 1) if line.strip())


def _tracked(lines: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    console = Console(stderr=True)
    if not console.is_terminal:
        return iter(lines)
    return iter(track(lines, description="", console=console, transient=True))


@contextmanager
def _writer(target: Path | None) -> Iterator[IO[bytes]]:
    if target is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if target.is_dir():
        raise InputInvalid(f"{target}: is a directory; name a file to write to")
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with _opened(unfinished, target) as out:
            yield out
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _opened(unfinished: Path, target: Path) -> IO[bytes]:
    try:
        return unfinished.open("wb")
    except OSError as error:
        raise InputInvalid(f"{target}: cannot be written ({error.strerror}); choose another place") from error
