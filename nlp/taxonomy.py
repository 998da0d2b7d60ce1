"""The labels as loaded data: one YAML file per code under `prompts/taxonomy/`, and the codes ever published.

The vocabulary of training data, model outputs, API, playbooks and reports is this one. Invariant: every code in
`codes.lock` has its file and every file's code is locked, so a published code never disappears or changes.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args

from nlp.errors import ContentInvalid, LabelUnknown
from nlp.strict_yaml import Data, Document, parse
from nlp.types import Role

LabelKind = Literal["objection", "signal", "churn_level", "skill", "role"]
LabelStatus = Literal["experimental", "active", "deprecated"]

FOLDERS: Mapping[str, LabelKind] = {
    "objections": "objection",
    "signals": "signal",
    "churn": "churn_level",
    "skills": "skill",
    "roles": "role",
}
LOCK_FILE = "codes.lock"
NO_LABEL = "none"
_ALWAYS = frozenset({"id", "title", "status", "owner", "date", "description", "is", "is_not", "cues", "examples"})
_SPOKEN: frozenset[LabelKind] = frozenset({"objection", "signal"})


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A code this label is easily taken for, and where the border runs."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line of an example; `role` is None where any role the label allows may say it."""

    text: str
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A turn (for churn levels a short talk) and, on near misses, the code it carries instead.

    `instead` is empty on examples that fire, and `none` on near misses that carry no label at all.
    """

    turns: tuple[Utterance, ...]
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """One code with its Chinese name, its borders, and the sentences that show them."""

    code: str
    kind: LabelKind
    title: str
    status: LabelStatus
    owner: str
    date: str
    description: str
    roles: tuple[Role, ...]
    belongs: tuple[str, ...]
    is_not: tuple[Neighbour, ...]
    cues: tuple[str, ...]
    fires: tuple[Example, ...]
    stays_silent: tuple[Example, ...]


@dataclass(frozen=True)
class Taxonomy:
    """All labels, sorted by kind and code; deprecated ones keep their title and are left out of `codes`."""

    labels: tuple[Label, ...]
    _by_code: dict[tuple[LabelKind, str], Label] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_code", {(label.kind, label.code): label for label in self.labels})

    def codes(self, kind: LabelKind) -> tuple[str, ...]:
        """Codes of one kind in use (experimental or active), in alphabetical order."""
        return tuple(label.code for label in self.labels if label.kind == kind and label.status != "deprecated")

    @property
    def objections(self) -> tuple[str, ...]:
        """The objection codes in use."""
        return self.codes("objection")

    @property
    def signals(self) -> tuple[str, ...]:
        """The signal codes in use."""
        return self.codes("signal")

    @property
    def skills(self) -> tuple[str, ...]:
        """The skill dimensions in use."""
        return self.codes("skill")

    def label(self, kind: LabelKind, code: str) -> Label:
        """The label with this code.

        Raises:
            LabelUnknown: the taxonomy holds no such code of this kind.
        """
        found = self._by_code.get((kind, code))
        if found is None:
            raise LabelUnknown(f"{kind} {code!r} is not in the taxonomy; known codes: {', '.join(self.codes(kind))}")
        return found

    def title(self, kind: LabelKind, code: str) -> str:
        """The Chinese name a person sees; raises LabelUnknown as `label` does."""
        return self.label(kind, code).title

    def allows(self, kind: LabelKind, code: str, role: Role) -> bool:
        """Whether a turn of this role may carry the code; False for codes the taxonomy does not hold."""
        found = self._by_code.get((kind, code))
        return found is not None and role in found.roles


def load(path: Path) -> Taxonomy:
    """The taxonomy in a directory: `objections/ signals/ churn/ skills/ roles/` and `codes.lock`.

    Raises:
        ContentInvalid: a missing or malformed file, an unknown key, a code that is not its file's name, a neighbour
            no file describes, or labels that disagree with `codes.lock`; every fault found, one a line.
    """
    labels: list[Label] = []
    faults: list[str] = []
    present: list[str] = []
    for folder, kind in FOLDERS.items():
        files = sorted((path / folder).glob("*.yaml"))
        if not files:
            faults.append(f"{folder}/: no label files; restore the folder")
        for file in files:
            source = f"{folder}/{file.name}"
            present.append(f"{kind}/{file.stem}")
            try:
                label = parse_label(file.read_text("utf-8"), source=source, kind=kind)
                if label.code != file.stem:
                    faults.append(f"{source}: key `id`: {label.code!r} is not the file's name; rename one of them")
                labels.append(label)
            except ContentInvalid as fault:
                faults.append(str(fault))
            except UnicodeDecodeError:
                faults.append(f"{source}: not UTF-8; save the file as UTF-8")
    lock = path / LOCK_FILE
    faults.extend(border_faults(labels))
    faults.extend(lock_faults(lock.read_text("utf-8") if lock.is_file() else "", present))
    if faults:
        raise ContentInvalid("\n".join(faults))
    return Taxonomy(labels=tuple(sorted(labels, key=lambda label: (label.kind, label.code))))


def parse_label(text: str, *, source: str, kind: LabelKind) -> Label:
    """One label from the text of its file.

    Args:
        source: the file's name, for error messages.

    Raises:
        ContentInvalid: not YAML, or a key that is unknown, missing or of the wrong shape; names file, line, key.
    """
    reader = _Reader(parse(text, source=source), source)
    reader.keys(_ALWAYS | {"roles"} if kind in _SPOKEN else _ALWAYS)
    return Label(
        code=reader.text("id"),
        kind=kind,
        title=reader.text("title"),
        status=cast("LabelStatus", reader.choice("status", get_args(LabelStatus))),
        owner=reader.text("owner"),
        date=reader.text("date"),
        description=reader.text("description"),
        roles=reader.roles() if kind in _SPOKEN else (),
        belongs=reader.texts("is"),
        is_not=tuple(reader.neighbours()),
        cues=reader.texts("cues"),
        fires=tuple(reader.examples("fires")),
        stays_silent=tuple(reader.examples("stays_silent")),
    )


def border_faults(labels: Sequence[Label]) -> Iterator[str]:
    """Neighbours and near misses that point to a code no label has, one sentence each.

    Objections and signals border on each other; the other kinds border within themselves.
    """
    for label in labels:
        near = {other.code for other in labels if other.kind == label.kind or {other.kind, label.kind} <= _SPOKEN}
        named = [neighbour.code for neighbour in label.is_not] + [example.instead for example in label.stays_silent]
        for code in sorted(set(named) - near - {NO_LABEL}):
            yield f"{label.kind} {label.code}: names the neighbour {code!r}, which no file describes; correct the code"


def lock_faults(locked: str, present: Collection[str]) -> Iterator[str]:
    """Where the labels and the append-only list of published codes disagree, one sentence each.

    Args:
        locked: the text of `codes.lock`.
        present: what has a file, as `kind/code`.
    """
    published = {line.strip() for line in locked.splitlines() if line.strip() and not line.startswith("#")}
    for code in sorted(published - set(present)):
        yield f"{LOCK_FILE}: {code} was published and its file is gone; restore it, or set `status: deprecated`"
    for code in sorted(set(present) - published):
        yield f"{LOCK_FILE}: {code} is new; add the line `{code}`"


@dataclass(frozen=True, slots=True)
class _Reader:
    """Takes typed values out of one document and says file, line and key where one is wrong."""

    document: Document
    source: str

    def keys(self, allowed: frozenset[str]) -> None:
        data = self.document.data
        if unknown := sorted(set(data) - allowed):
            raise self._fault(unknown[0], f"unknown key; allowed: {', '.join(sorted(allowed))}")
        if missing := sorted(allowed - set(data)):
            raise self._fault(missing[0], "missing; add it")

    def text(self, key: str) -> str:
        value = self.document.data[key]
        if not isinstance(value, str) or not value.strip():
            raise self._fault(key, "expected text; put it in quotes if it looks like a number")
        return value

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        value = self.text(key)
        if value not in allowed:
            raise self._fault(key, f"{value!r} is not one of {', '.join(allowed)}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.document.data[key]
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise self._fault(key, "expected a list of texts; one `- ` line each")
        return tuple(str(item) for item in value)

    def roles(self) -> tuple[Role, ...]:
        names = self.texts("roles")
        if unknown := sorted(set(names) - set(get_args(Role))):
            raise self._fault("roles", f"{unknown[0]!r} is not one of {', '.join(get_args(Role))}")
        return cast("tuple[Role, ...]", names)

    def neighbours(self) -> Iterator[Neighbour]:
        for item in self._items("is_not"):
            if not isinstance(item, dict) or set(item) != {"neighbour", "text"}:
                raise self._fault("is_not", "expected `{neighbour: <code>, text: <where the border runs>}`")
            yield Neighbour(code=str(item["neighbour"]), text=str(item["text"]))

    def examples(self, key: str) -> Iterator[Example]:
        section = self.document.data["examples"]
        if not isinstance(section, dict) or set(section) != {"fires", "stays_silent"}:
            raise self._fault("examples", "expected exactly the keys `fires` and `stays_silent`")
        entries = section[key]
        if not isinstance(entries, list):
            raise self._fault("examples", f"`{key}` must be a list")
        for entry in entries:
            yield self._example(entry, near_miss=key == "stays_silent")

    def _example(self, entry: Data, *, near_miss: bool) -> Example:
        if isinstance(entry, str) and not near_miss:
            return Example(turns=(Utterance(entry),))
        if not isinstance(entry, dict) or ("instead" in entry) != near_miss:
            raise self._fault("examples", "a near miss says what it carries: `{text: …, instead: <code or none>}`")
        instead = str(entry.get("instead", ""))
        if "turns" in entry and set(entry) <= {"turns", "instead"}:
            return Example(turns=tuple(self._talk(entry["turns"])), instead=instead)
        if "text" in entry and set(entry) <= {"text", "role", "instead"}:
            role = str(entry["role"]) if "role" in entry else None
            return Example(turns=(self._utterance(str(entry["text"]), role),), instead=instead)
        raise self._fault("examples", f"unknown keys in {sorted(entry)}; allowed: text, role, turns, instead")

    def _talk(self, turns: Data) -> Iterator[Utterance]:
        for turn in turns if isinstance(turns, list) else [turns]:
            if not isinstance(turn, dict) or len(turn) != 1:
                raise self._fault("examples", "each turn is `{customer: …}`, `{rep: …}` or `{other: …}`")
            ((role, text),) = turn.items()
            yield self._utterance(str(text), role)

    def _utterance(self, text: str, role: str | None) -> Utterance:
        if role is not None and role not in get_args(Role):
            raise self._fault("examples", f"role {role!r} is not one of {', '.join(get_args(Role))}")
        return Utterance(text, cast("Role | None", role))

    def _items(self, key: str) -> list[Data]:
        value = self.document.data[key]
        if not isinstance(value, list) or not value:
            raise self._fault(key, "expected a list; one `- ` line each")
        return value

    def _fault(self, key: str, reason: str) -> ContentInvalid:
        return ContentInvalid(f"{self.source}:{self.document.line((key,))}: key `{key}`: {reason}")
