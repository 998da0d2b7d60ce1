"""A keyword pack: the terms of one trade or topic, as an expert wrote them down.

Why: one pack feeds hot words for recognition, matching and red marking. The schema is closed: an unknown key is a
typing error and is named with file and line. Invariant: a pack has an id and at least one term, and no term twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from nlp.errors import ContentInvalid
from nlp.strict_yaml import Data, Document, parse

Severity = Literal["info", "notice", "warning", "critical"]
_PACK_KEYS = frozenset(
    {
        "id",
        "title",
        "status",
        "description",
        "owner",
        "date",
        "references",
        "false_positives",
        "industry",
        "category",
        "severity",
        "terms",
        "examples",
    }
)
_TERM_KEYS = frozenset({"term", "aliases", "asr_confusions", "category", "severity", "pinyin"})
_REQUIRED = ("id", "title", "terms")


@dataclass(frozen=True, slots=True)
class Term:
    """One keyword. `aliases` mean the same, `asr_confusions` are how recognisers mishear it.

    `pinyin` lets a term of two characters match by sound; longer ones always do.
    """

    text: str
    aliases: tuple[str, ...] = ()
    asr_confusions: tuple[str, ...] = ()
    category: str = ""
    severity: Severity = "info"
    pinyin: bool = False


@dataclass(frozen=True, slots=True)
class KeywordPack:
    """Terms under one id; `fires` and `stays_silent` are sentences that the content tests run."""

    id: str
    terms: tuple[Term, ...]
    title: str = ""
    status: str = "active"
    industry: str = ""
    fires: tuple[str, ...] = ()
    stays_silent: tuple[str, ...] = ()

    def hotwords(self) -> list[str]:
        """Terms and aliases, for the bias of a recogniser."""
        return [word for term in self.terms for word in (term.text, *term.aliases)]


def pack_of_lines(lines: Sequence[str]) -> KeywordPack:
    """A pack from plain text, a term a line, all open to matching by sound.

    Empty lines, comments (#) and repetitions are left out.
    """
    words = dict.fromkeys(line.strip().lstrip("\ufeff") for line in lines)
    return KeywordPack("terms", tuple(Term(word, pinyin=True) for word in words if word and not word.startswith("#")))


def read_pack(text: str, *, source: str) -> KeywordPack:
    """The pack that a YAML text describes.

    Args:
        source: the file's name, for error messages.

    Raises:
        ContentInvalid: not YAML, an unknown or missing key, a wrong type, or a term twice; names file, line, way out.
    """
    reader = _Reader(parse(text, source=source), source)
    return reader.pack()


def load_pack(path: Path) -> KeywordPack:
    """The pack of one YAML file.

    Raises:
        ContentInvalid: as `read_pack`, or the file is not UTF-8.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ContentInvalid(f"{path.name}: not UTF-8; save the file as UTF-8") from None
    return read_pack(text, source=path.name)


def load_packs(directory: Path) -> list[KeywordPack]:
    """All packs below a directory, in the order of their paths.

    Raises:
        ContentInvalid: as `read_pack`, or an id twice.
    """
    packs = [load_pack(path) for path in sorted(directory.rglob("*.yaml"))]
    seen: set[str] = set()
    for pack in packs:
        if pack.id in seen:
            raise ContentInvalid(f"keywords: the id {pack.id!r} names two packs; rename one")
        seen.add(pack.id)
    return packs


@dataclass(frozen=True, slots=True)
class _Reader:
    document: Document
    source: str

    def pack(self) -> KeywordPack:
        data = self.document.data
        self._known(data, _PACK_KEYS, ())
        for key in _REQUIRED:
            if not data.get(key):
                raise self._fault((), f"{key} is missing; every pack has {', '.join(_REQUIRED)}")
        terms = tuple(self._terms(data))
        examples = data.get("examples") or {}
        if not isinstance(examples, dict):
            raise self._fault(("examples",), "examples must hold the lists fires and stays_silent")
        self._known(examples, frozenset({"fires", "stays_silent"}), ("examples",))
        return KeywordPack(
            id=str(data["id"]),
            terms=terms,
            title=str(data["title"]),
            status=str(data.get("status") or "active"),
            industry=str(data.get("industry") or ""),
            fires=self._words(examples, "fires", ("examples",)),
            stays_silent=self._words(examples, "stays_silent", ("examples",)),
        )

    def _terms(self, data: dict[str, Data]) -> Iterator[Term]:
        rows = data["terms"]
        if not isinstance(rows, list):
            raise self._fault(("terms",), "terms must be a list")
        seen: set[str] = set()
        for i, row in enumerate(rows):
            term = self._term({"term": row} if isinstance(row, str) else row, data, ("terms", i))
            if term.text in seen:
                raise self._fault(("terms", i), f"the term {term.text!r} stands here twice; keep one")
            seen.add(term.text)
            yield term

    def _term(self, row: Data, pack: dict[str, Data], place: tuple[str | int, ...]) -> Term:
        if not isinstance(row, dict) or not isinstance(row.get("term"), str) or not str(row["term"]).strip():
            raise self._fault(place, "a term is a word or a mapping with the key term")
        self._known(row, _TERM_KEYS, place)
        severity = str(row.get("severity") or pack.get("severity") or "info")
        if severity not in get_args(Severity):
            raise self._fault(place, f"severity {severity!r} is none of {', '.join(get_args(Severity))}")
        return Term(
            text=str(row["term"]).strip(),
            aliases=self._words(row, "aliases", place),
            asr_confusions=self._words(row, "asr_confusions", place),
            category=str(row.get("category") or pack.get("category") or ""),
            severity=cast(Severity, severity),
            pinyin=row.get("pinyin") is True,
        )

    def _words(self, row: dict[str, Data], key: str, place: tuple[str | int, ...]) -> tuple[str, ...]:
        words = row.get(key) or []
        if not isinstance(words, list) or not all(isinstance(word, str | int) for word in words):
            raise self._fault((*place, key), f"{key} must be a list of words")
        return tuple(str(word) for word in words)

    def _known(self, row: dict[str, Data], keys: frozenset[str], place: tuple[str | int, ...]) -> None:
        for key in row:
            if key not in keys:
                raise self._fault((*place, key), f"unknown key {key!r}; known are {', '.join(sorted(keys))}")

    def _fault(self, place: tuple[str | int, ...], message: str) -> ContentInvalid:
        return ContentInvalid(f"{self.source}:{self.document.line(place)}: {message}")
