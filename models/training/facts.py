"""Reads the facts that a person noted of whole visits, and measures how many of them a text about the visit carries.

Invariant: a fact counts as told where one of its turns was told; nobody judges wording here, so the measure asks
whether the right places were chosen, not whether the line reads well.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.training.corpus import CORPUS, Conversation
from nlp.evaluation.intervals import mean_interval

KEYS = {"source", "visit", "facts", "next_steps", "elements", "deal"}
ELEMENTS = {"time", "place", "decision_maker", "objections", "next_commitment"}
FEWEST, MOST = 4, 8


@dataclass(frozen=True, slots=True)
class Fact:
    """One sentence a manager would want to read, and the turns that each carry it."""

    fact: str
    turns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Who promised what until when, as said; `due` is None where no time was named."""

    who: str
    what: str
    due: str | None
    turns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AnnotatedVisit:
    """What a reader noted of one visit: `visit` counts from 1 within the file `source`; `day` is its record's date."""

    source: str
    visit: int
    facts: tuple[Fact, ...]
    steps: tuple[Step, ...]
    objections: tuple[int, ...]
    decision_maker: tuple[int, ...]
    day: str


def load_facts(path: Path = CORPUS / "facts_1.jsonl", *, conversations: Sequence[Conversation]) -> list[AnnotatedVisit]:
    """Every annotated visit of the file.

    Args:
        path: one JSON object a line.
        conversations: the corpus that the annotations point into.

    Raises:
        ValueError: a line is wrong; the message names file, line and what is wanted.
    """
    lengths = _lengths(conversations)
    visits: list[AnnotatedVisit] = []
    seen: dict[tuple[str, int], int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            visit = _visit(json.loads(line), lengths)
            name = (visit.source, visit.visit)
            if name in seen:
                raise ValueError(f"{name[0]}, visit {name[1]} stands already on line {seen[name]}")
        except (ValueError, TypeError, KeyError) as error:
            what = f"the key {error} is missing" if isinstance(error, KeyError) else error
            raise ValueError(f"{path.name}:{number}: {what}") from error
        seen[name] = number
        visits.append(visit)
    return visits


def place_of(visit: AnnotatedVisit, conversations: Sequence[Conversation]) -> int:
    """Where an annotated visit stands among the conversations."""
    own = [at for at, talk in enumerate(conversations) if talk.source == visit.source]
    return own[visit.visit - 1]


def told(wanted: Iterable[Sequence[int]], cited: Iterable[int]) -> NDArray[np.float64]:
    """1 for each fact of which a turn is cited and 0 for the others, float [facts].

    Args:
        wanted: the carrying turns of each fact.
        cited: turns that a text about the visit was taken from.
    """
    places = set(cited)
    return np.asarray([float(not places.isdisjoint(turns)) for turns in wanted])


def coverage(per_visit: Sequence[NDArray[np.float64]]) -> dict[str, float | list[float]]:
    """Share of facts told over all visits, with its 95% interval over visits.

    Args:
        per_visit: of `told`, one array a visit; or the difference of two of them, for a paired comparison.
    """
    values = np.concatenate(per_visit)
    groups = np.repeat(np.arange(len(per_visit)), [len(one) for one in per_visit])
    low, high = mean_interval(values, groups)
    return {"share": round(float(values.mean()), 4), "share_95": [round(low, 4), round(high, 4)]}


def _lengths(conversations: Sequence[Conversation]) -> dict[tuple[str, int], int]:
    lengths: dict[tuple[str, int], int] = {}
    counts: dict[str, int] = {}
    for talk in conversations:
        counts[talk.source] = counts.get(talk.source, 0) + 1
        lengths[talk.source, counts[talk.source]] = len(talk.turns)
    return lengths


def _visit(row: Mapping[str, Any], lengths: Mapping[tuple[str, int], int]) -> AnnotatedVisit:
    if not isinstance(row, dict) or set(row) != KEYS:
        raise ValueError(f"want an object with the keys {', '.join(sorted(KEYS))}")
    size = lengths.get((row["source"], row["visit"]))
    if size is None:
        raise ValueError(f"the corpus has no visit {row['visit']} in {row['source']}; visits count from 1")
    facts = tuple(Fact(_words(one["fact"]), _turns(one["turns"], size)) for one in row["facts"])
    if not FEWEST <= len(facts) <= MOST:
        raise ValueError(f"want {FEWEST} to {MOST} facts, not {len(facts)}")
    steps = tuple(_step(one, size) for one in row["next_steps"])
    elements = row["elements"]
    if set(elements) != ELEMENTS:
        raise ValueError(f"want the elements {', '.join(sorted(ELEMENTS))}")
    for one in row["deal"].values():
        _turns(one["turns"], size)
    decides = elements["decision_maker"]
    return AnnotatedVisit(
        row["source"],
        row["visit"],
        facts,
        steps,
        _turns(elements["objections"], size),
        _turns(decides["turns"], size) if decides else (),
        elements["time"]["value"],
    )


def _step(row: Mapping[str, Any], size: int) -> Step:
    if row["who"] not in {"rep", "customer"}:
        raise ValueError(f"a next step is of rep or customer, not of {row['who']!r}")
    return Step(row["who"], _words(row["what"]), row["due"], _turns(row["turns"], size))


def _words(text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError("a fact or step says something")
    return text


def _turns(turns: object, size: int) -> tuple[int, ...]:
    """Turn indices that the visit has."""
    if not isinstance(turns, list) or not turns or not all(type(turn) is int for turn in turns):
        raise ValueError(f"turns is a list of whole numbers and not empty: {turns!r}")
    outside = [turn for turn in turns if not 0 <= turn < size]
    if outside:
        raise ValueError(f"turn {outside[0]} is none of this visit's; it has 0 to {size - 1}")
    return tuple(turns)
