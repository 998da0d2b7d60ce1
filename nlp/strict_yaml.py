"""Reads a content file as plain data, and remembers the line of every key.

Content is edited by people who are not programmers, so the reader never guesses: only `true`, `false`, `null` and
plain numbers become anything but text (`no`, `off` and `12:30:45` stay the words they are), and what could surprise
is refused: duplicate keys, anchors, aliases, tags, a second document.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from nlp.errors import ContentInvalid

Scalar = str | int | float | bool | None
Data = Scalar | list["Data"] | dict[str, "Data"]
Path = tuple[str | int, ...]

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 30
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")
_WORDS: dict[str, Scalar] = {"": None, "~": None, "null": None, "true": True, "false": False}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says: a mapping, and for each path of keys and list positions the line (from 1) it stands on."""

    data: dict[str, Data]
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest part of it that exists; 1 for the empty path."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1


def parse(text: str, *, source: str) -> Document:
    """The one mapping that a YAML text holds.

    Args:
        source: the file's name, for error messages.

    Raises:
        ContentInvalid: not YAML, no mapping at the top, or something this reader refuses; names file, line, way out.
    """
    if len(text) > MAX_CHARACTERS:
        raise ContentInvalid(f"{source}: {len(text)} characters, more than {MAX_CHARACTERS}; split the file")
    lines: dict[Path, int] = {}
    events = yaml.parse(text, Loader=_LOADER)
    try:
        data = _Builder(source, events, lines).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{source}:{mark.line + 1}" if mark is not None else source
        reason = getattr(error, "problem", None) or str(error)
        raise ContentInvalid(
            f"{place}: not YAML ({reason}); check indentation, and quote text with `: ` or `#`"
        ) from error
    if not isinstance(data, dict):
        raise ContentInvalid(f"{source}:1: expected keys with values at the top; start with `id:`")
    return Document(data=data, lines=lines)


class _Builder:
    """Turns parser events into data; one instance reads one document."""

    def __init__(self, source: str, events: Iterator[yaml.Event], lines: dict[Path, int]) -> None:
        self._source = source
        self._events = events
        self._lines = lines

    def document(self) -> Data:
        result: Data = None
        seen = False
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    raise self._fault(event, "a second document", "keep one document a file")
                seen = True
                result = self._node(next(self._events), ())
        return result

    def _node(self, event: yaml.Event, path: Path) -> Data:
        self._refuse_surprises(event, path)
        self._lines.setdefault(path, _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: Path) -> list[Data]:
        items: list[Data] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Data]:
        items: dict[str, Data] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            self._refuse_surprises(event, path)
            if not isinstance(event, yaml.ScalarEvent):
                raise self._fault(event, "a key that is a list or mapping", "use a plain word as the key")
            key = event.value
            if key in items:
                raise self._fault(event, f"the key `{key}` twice", "keep one of them")
            self._lines[(*path, key)] = _line(event)
            items[key] = self._node(next(self._events), (*path, key))
        return items

    def _refuse_surprises(self, event: yaml.Event, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self._fault(event, "an anchor or alias (`&`, `*`)", "write the value out, or quote it")
        if (tag := getattr(event, "tag", None)) is not None:
            raise self._fault(event, f"a tag ({tag})", "remove it; only plain text, numbers, lists and keys")
        if len(path) > MAX_DEPTH:
            raise self._fault(event, f"more than {MAX_DEPTH} levels", "flatten the file")

    def _fault(self, event: yaml.Event, what: str, way_out: str) -> ContentInvalid:
        return ContentInvalid(f"{self._source}:{_line(event)}: {what}; {way_out}")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 1


def _scalar(event: yaml.ScalarEvent) -> Scalar:
    text: str = event.value
    if not event.implicit[0]:  # quoted or block text is text, whatever it looks like
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text
