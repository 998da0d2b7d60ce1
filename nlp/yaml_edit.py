"""Changes single values of a YAML text and leaves every other character as it stands: comments, order, quotes, blanks.

Invariant: a change that would not read back as exactly what was asked for is refused, so no text comes out of here
that says anything else. Texts are those that `strict_yaml` reads.
"""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import yaml

from nlp.errors import ContentInvalid
from nlp.strict_yaml import Data, Path, parse

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SOURCE = "text"
_DROPPED = object()
_SIGN = re.compile(r"(?:^|(?<=\s))#", re.MULTILINE)
Kind = Literal["scalar", "list", "map"]


class NotChangeable(ValueError):
    """The text is written in a way in which this one change cannot be made; it can be made by hand."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: characters [start, end), where its key or dash begins, and how it is written.

    `style` is the quote or block sign of a scalar; `inside` says that it stands within braces or brackets, `flow` that
    it is written with some itself.
    """

    start: int
    end: int
    key: int
    kind: Kind
    style: str = ""
    inside: bool = False
    flow: bool = False


def places_of(text: str) -> dict[Path, Place]:
    """Where every value of the text stands, by its path; the empty path is the whole.

    Raises:
        ContentInvalid: the text is not one that `strict_yaml` reads.
    """
    parse(text, source=_SOURCE)
    root = cast(yaml.Node, yaml.compose(text, Loader=_LOADER))
    return dict(_walk(root, (), text, root.start_mark.index, inside=False))


def _walk(node: yaml.Node, path: Path, text: str, key: int, *, inside: bool) -> Iterator[tuple[Path, Place]]:
    start, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, yaml.ScalarNode):
        end = start + len(text[start:end].rstrip("\n")) if node.style in ("|", ">") else end
        yield path, Place(start, end, key, "scalar", node.style or "", inside)
        return
    flow = bool(cast(yaml.CollectionNode, node).flow_style)
    found: list[tuple[Path, Place]] = []
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            found += _walk(value, (*path, name.value), text, name.start_mark.index, inside=inside or flow)
    else:
        for number, value in enumerate(node.value):
            begins = value.start_mark.index
            dash = begins if flow else text.rindex("-", 0, begins)
            found += _walk(value, (*path, number), text, dash, inside=inside or flow)
    end = end if flow else max((place.end for _, place in found), default=start)
    kind: Kind = "map" if isinstance(node, yaml.MappingNode) else "list"
    yield path, Place(start, end, key, kind, "", inside, flow)
    yield from found


def set_value(text: str, path: Path, value: str | list[str]) -> str:
    """The text with another scalar, or another list of words, at a path that exists.

    Raises:
        NotChangeable.
    """
    place = _place(text, path)
    if isinstance(value, list):
        raw = "[" + ", ".join(_scalar(one, "", inside=True) for one in value) + "]"
    else:
        raw = _block(text, place, value) if place.style == "|" else _scalar(value, place.style, inside=place.inside)
    return _put(text, path, place, raw, cast(Data, value))


def set_raw(text: str, path: Path, raw: str) -> str:
    """The text with `raw`, which is YAML within braces, brackets or quotes, at a path that exists."""
    return _put(text, path, _place(text, path), raw, _read(raw))


def add_key(text: str, path: Path, raw: str, *, after: str | None = None) -> str:
    """The text with one more key in a mapping: behind `after`, or as the last.

    Args:
        raw: what stands behind the colon; further lines of it are indented as far as the key itself and further.
    """
    mapping, name = _place(text, path[:-1]), str(path[-1])
    names = [each[-1] for each in _children(text, path[:-1])]
    if mapping.kind != "map" or not names or name in names:
        raise NotChangeable(f"`{name}` cannot be added here")
    before = places_of(text)[(*path[:-1], after if after in names else names[-1])]
    if mapping.flow:
        changed = f"{text[: before.end]}, {name}: {raw}{text[before.end :]}"
    else:
        column, line_end = _column(text, before.key), _line_end(text, before.end)
        lines = f"{name}: {raw}".replace("\n", "\n" + " " * column)
        changed = f"{text[:line_end]}\n{' ' * column}{lines}{text[line_end:]}"
    return _checked(text, changed, path, _read(raw))


def drop(text: str, path: Path) -> str:
    """The text without a key or an item; a comment on its own lines goes with it.

    Raises:
        NotChangeable: it is the last one of its collection, or shares its line with what stays.
    """
    place, outer = _place(text, path), _place(text, path[:-1])
    siblings = _children(text, path[:-1])
    if len(siblings) == 1:
        raise NotChangeable(f"`{path[-1]}` is the only one here")
    if outer.flow:
        start, end = _within_braces(text, siblings, path)
    else:
        start = text.rfind("\n", 0, place.key) + 1
        end = _line_end(text, place.end) + 1
        if text[start : place.key].strip():
            raise NotChangeable(f"`{path[-1]}` begins on a line with something else")
    return _checked(text, text[:start] + text[end:], path, _DROPPED)


def move_item(text: str, path: Path, to: Path) -> str:
    """The text with an item of one list as the last of another; its lines keep their shape."""
    place, target = _place(text, path), _place(text, to)
    value = _at(parse(text, source=_SOURCE).data, path)
    if place.flow or place.kind == "scalar":
        raw = text[place.start : place.end]
    else:
        raw = text[place.start : _line_end(text, place.end)]
    last = _place(text, _children(text, to)[-1]) if target.kind == "list" and _children(text, to) else None
    if last is None or (target.flow and "\n" in raw):
        raise NotChangeable("the cases are written in two ways that do not fit together")
    if target.flow:
        changed = f"{text[: last.end]}, {raw}{text[last.end :]}"
    else:
        dash, line_end = _column(text, last.key), _line_end(text, last.end)
        gap = _column(text, last.start) - dash
        shift = dash + gap - _column(text, place.start)
        changed = f"{text[:line_end]}\n{' ' * dash}-{' ' * (gap - 1)}{_indented(raw, shift)}{text[line_end:]}"
    number = len(_children(text, to))
    return drop(_checked(text, changed, (*to, number), value), path)


def add_item(text: str, path: Path, raw: str) -> str:
    """The text with one more item, written within braces, at the end of a list."""
    items = _children(text, path)
    last = _place(text, items[-1]) if items else None
    if last is None:
        raise NotChangeable("an empty list has no place for another item")
    if _place(text, path).flow:
        changed = f"{text[: last.end]}, {raw}{text[last.end :]}"
    else:
        line_end = _line_end(text, last.end)
        changed = f"{text[:line_end]}\n{' ' * _column(text, last.key)}- {raw}{text[line_end:]}"
    return _checked(text, changed, (*path, len(items)), _read(raw))


def comments_in(text: str) -> list[str]:
    """The comments of a text, in order, each from its sign to the end of its line."""
    taken = [(place.start, place.end) for place in places_of(text).values() if place.kind == "scalar"]
    found, at = [], 0
    while (sign := _SIGN.search(text, at)) is not None:
        within = next((end for start, end in taken if start <= sign.start() < end), None)
        if within is None:
            at = _line_end(text, sign.start())
            found.append(text[sign.start() : at])
        else:
            at = within
    return found


def _place(text: str, path: Path) -> Place:
    place = places_of(text).get(path)
    if place is None:
        raise NotChangeable(f"there is no `{'.'.join(map(str, path))}`")
    return place


def _children(text: str, path: Path) -> list[Path]:
    return [each for each in places_of(text) if len(each) == len(path) + 1 and each[: len(path)] == path]


def _column(text: str, index: int) -> int:
    return index - (text.rfind("\n", 0, index) + 1)


def _line_end(text: str, index: int) -> int:
    found = text.find("\n", index)
    return len(text) if found < 0 else found


def _within_braces(text: str, siblings: list[Path], path: Path) -> tuple[int, int]:
    """What to cut out between braces or brackets: the item, and the comma on one side of it."""
    places, number = places_of(text), siblings.index(path)
    if number + 1 < len(siblings):
        return places[path].key, places[siblings[number + 1]].key
    return places[siblings[number - 1]].end, places[path].end


def _indented(raw: str, shift: int) -> str:
    first, *rest = raw.split("\n")
    moved = [" " * shift + line if shift >= 0 else line.removeprefix(" " * -shift) for line in rest]
    return "\n".join([first, *(line if line.strip() else "" for line in moved)])


def _put(text: str, path: Path, place: Place, raw: str, value: Data) -> str:
    gap = " " if place.start == place.end else ""  # nothing stood there but a colon
    tail = text[place.end :]
    return _checked(text, f"{text[: place.start]}{gap}{raw}{tail}", path, value)


def _scalar(value: str, style: str, *, inside: bool) -> str:
    """The value as it was written before where it can be, and otherwise within double quotes."""
    plain = {"": value, "'": "'" + value.replace("'", "''") + "'"}.get(style)
    if plain is not None and "\n" not in plain:
        try:
            told = parse(f"k: [{plain}]" if inside else f"k: {plain}", source=_SOURCE).data["k"]
        except ContentInvalid:
            told = None
        if told == ([value] if inside else value):
            return plain
    return json.dumps(value, ensure_ascii=False)


def _block(text: str, place: Place, value: str) -> str:
    """A text of several lines as it was indented before."""
    lines = text[place.start : place.end].split("\n")[1:]
    indent = next((len(line) - len(line.lstrip()) for line in lines if line.strip()), 0)
    if not indent or value != value.strip() or not value:
        return json.dumps(value, ensure_ascii=False)
    return "|-\n" + "\n".join(" " * indent + line if line else "" for line in value.split("\n"))


def _read(raw: str) -> Data:
    """What a piece of YAML says by itself."""
    try:
        indented = raw if raw.startswith(("{", "[", '"')) else raw.replace("\n", "\n  ")
        return parse(f"k: {indented}", source=_SOURCE).data["k"]
    except ContentInvalid as fault:
        raise NotChangeable(str(fault)) from fault


def _at(data: Data, path: Path) -> Data:
    found: Any = data
    for part in path:
        found = found[part]
    return cast(Data, found)


def _checked(text: str, changed: str, path: Path, value: object) -> str:
    """`changed`, once it was seen to say what `text` said but for `value` at `path`."""
    wanted: Any = copy.deepcopy(parse(text, source=_SOURCE).data)
    outer: Any = _at(wanted, path[:-1])
    if value is _DROPPED:
        del outer[path[-1]]
    elif isinstance(outer, list) and path[-1] == len(outer):
        outer.append(value)
    else:
        outer[path[-1]] = value
    try:
        told: Mapping[str, Data] | None = parse(changed, source=_SOURCE).data
    except ContentInvalid:
        told = None
    if told is None or json.dumps(told, sort_keys=True) != json.dumps(wanted, sort_keys=True):
        raise NotChangeable(f"`{'.'.join(map(str, path))}` is written in a way that cannot be changed here")
    return changed
