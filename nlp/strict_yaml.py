"""Reads a content file as plain data, and remembers the line of every key.

Content is edited by people who are not programmers, so the reader never guesses: only `true`, `false`, `null` and
plain numbers become anything but text (`no`, `off` and `12:30:45` stay the words they are), and what could surprise
is refused: duplicate keys, anchors, aliases, tags, directives, a second document, characters that nobody sees.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from nlp.errors import ContentInvalid

Scalar = str | int | float | bool | None
Data = Scalar | list["Data"] | dict[str, "Data"]
Path = tuple[str | int, ...]

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 30
MAX_DIGITS = 30
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?[0-9.]+")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")
_UNSEEN = re.compile(
    "[^\\t\\n\\r -~\u00a0-\u00ac\u00ae-\u02ff\u3000-\u3163\u3165-\u9fff\uff01-\uff60]"
)  # what is looked at closer
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")  # letters and signs that are drawn as nothing
_JOINER = "\u200d"  # holds the parts of one emoji together
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
    text = text.removeprefix("\ufeff")
    if (unseen := _first_unseen(text)) is not None:
        line = text.count("\n", 0, unseen[0]) + 1  # as an editor counts lines
        raise ContentInvalid(f"{source}:{line}: {unseen[1]}")
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
                if event.version is not None or event.tags:
                    raise self._fault(event, "a directive (`%`)", "remove it; the file needs none")
                seen = True
                result = self._node(next(self._events), ())
        return result

    def _node(self, event: yaml.Event, path: Path) -> Data:
        self._refuse_surprises(event, path)
        self._lines.setdefault(path, _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
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

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        if event.implicit[0] and len(event.value) > MAX_DIGITS and _NUMBER.fullmatch(event.value):
            raise self._fault(event, f"a number of more than {MAX_DIGITS} digits", "quote it if it is text")
        return _scalar(event)

    def _refuse_surprises(self, event: yaml.Event, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self._fault(event, "an anchor or alias (`&`, `*`)", "write the value out, or quote it")
        if (tag := getattr(event, "tag", None)) is not None:
            raise self._fault(event, f"a tag ({tag})", "remove it; only plain text, numbers, lists and keys")
        if isinstance(event, yaml.ScalarEvent) and (unseen := _first_unseen(event.value)) is not None:
            raise ContentInvalid(f"{self._source}:{_line(event)}: {unseen[1]}")  # written as an escape, such as \\u202e
        if len(path) > MAX_DEPTH:
            raise self._fault(event, f"more than {MAX_DEPTH} levels", "flatten the file")

    def _fault(self, event: yaml.Event, what: str, way_out: str) -> ContentInvalid:
        return ContentInvalid(f"{self._source}:{_line(event)}: {what}; {way_out}")


def without_unseen(text: str) -> str:
    """The text as people see it: what `parse` would refuse in it is left out."""
    return _UNSEEN.sub(lambda found: "" if _is_unseen(found[0]) else found[0], text)


def _first_unseen(text: str) -> tuple[int, str] | None:
    """Where the first character stands that nobody sees, and what to do about it."""
    for found in _UNSEEN.finditer(text):
        if _is_unseen(found[0]):
            code = f"U+{ord(found[0]):04X}"
            return found.start(), f"a character that nobody sees ({code}); delete it, or type the line anew"
    return None


def _is_unseen(character: str) -> bool:
    is_none = ord(character) & 0xFFFE == 0xFFFE or "\ufdd0" <= character <= "\ufdef"
    refused = unicodedata.category(character) in _REFUSED and character != _JOINER
    return is_none or refused or character in _BLANK


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
