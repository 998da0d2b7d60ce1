"""The values that travel from sound to coaching; every finding carries the words that prove it.

Invariants: offsets in audio are integer milliseconds from the start of the recording; spans are [start, end) in
code points of the turn's stored `text`; `text[span]` equals `quote`, always.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Role = Literal["rep", "customer", "other"]
FindingKind = Literal["keyword", "objection", "signal", "entity", "commitment", "compliance"]
RiskLevel = Literal["low", "medium", "high"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word; `confidence` in [0, 1], None where the engine gives none."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech as the engine returned it, on one audio channel (0 for mono).

    `speaker` numbers the voice within a window where voices were told apart, None elsewhere.
    """

    text: str
    start_ms: int
    end_ms: int
    channel: int = 0
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    speaker: int | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """A mis-heard term put right: `text[span]` is now `term`, `raw_text[span]` what was heard; `pack` asked for it."""

    span: Span
    term: str
    pack: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One uninterrupted stretch by one speaker.

    `text` is Simplified and what all spans refer to; `raw_text` is what was heard or sent in, of the same length
    wherever script folding kept it. Times are None for transcripts that came without them; `speaker` as in `Segment`.
    """

    i: int
    text: str
    role: Role = "other"
    role_score: float = 0.0
    start_ms: int | None = None
    end_ms: int | None = None
    raw_text: str = ""
    channel: int | None = None
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    corrections: tuple[Correction, ...] = ()
    speaker: int | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """Turns in the order they began; `duration_ms` is the audio's, None where there was no audio."""

    turns: tuple[Turn, ...]
    language: str = "zh"
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class VisitContext:
    """What is known about a visit before anyone speaks; `date` anchors 下周三 and 月底."""

    visit_id: str
    date: date
    industry: str = ""
    channel: str = ""
    stage: str = ""
    competitors: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Because:
    """One reason: the words, and how much they weighed (sign and unit are the detector's)."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Which detector decided, in which version, and because of which words."""

    detector: str
    version: str
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim about one turn, with its quote: `quote == turn.text[span[0]:span[1]]`.

    `heard` is how sure the recogniser was of the quoted words, in [0, 1], None where nobody told (a transcript that was
    sent in, an engine without confidence); under 0.5 the quote itself may be wrong.
    `attributes` holds what the kind adds: a keyword's `match` and `category`, an entity's `value`, a commitment's
    `who`, `what`, `due`.
    """

    id: str
    kind: FindingKind
    code: str
    score: float
    turn: int
    role: Role
    span: Span
    quote: str
    explanation: Explanation
    start_ms: int | None = None
    end_ms: int | None = None
    heard: float | None = None
    attributes: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claim:
    """A label that somebody else than the models sees in words of a turn."""

    turn: int
    code: str
    span: Span


@dataclass(frozen=True, slots=True)
class SummarySentence:
    """One sentence of the summary and the turns it was taken from (never empty)."""

    text: str
    turns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """`text` is the short form, at most 120 characters; `sentences` the points behind it, in telling order."""

    text: str
    sentences: tuple[SummarySentence, ...] = ()


@dataclass(frozen=True, slots=True)
class NextStep:
    """Who does what by when; `due` as an ISO date, None where none was said; `turn` is the evidence."""

    who: Role
    what: str
    due: date | None
    turn: int
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One of the five visit elements: its value in words and the turn that says it (None: from the visit's record)."""

    value: str
    turn: int | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class FiveElements:
    """Time, place, decision maker, objections, next commitment; None or empty where the visit does not say."""

    time: Element | None = None
    place: Element | None = None
    decision_maker: Element | None = None
    objections: tuple[Element, ...] = ()
    next_commitment: Element | None = None


@dataclass(frozen=True, slots=True)
class Debrief:
    """The visit form, filled in; `breakthrough` is price, delivery, customisation or service, None where none."""

    breakthrough: Element | None = None
    objections: tuple[Element, ...] = ()
    next_step: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Interaction:
    """How the talk went; each value is None where times are missing or fewer than three observations exist.

    `talk_ratio` is the rep's share of speaking time in [0, 1]; seconds end in `_s`; `interactivity` counts speaker
    changes per minute; `question_rate` counts the rep's questions per hour of audio.
    """

    talk_ratio: float | None = None
    longest_monologue_s: float | None = None
    longest_customer_story_s: float | None = None
    patience_ms: int | None = None
    interactivity: float | None = None
    question_rate: float | None = None


@dataclass(frozen=True, slots=True)
class ChurnRisk:
    """How likely this customer drops the deal, from this conversation alone; `probability` of not-low, calibrated."""

    level: RiskLevel
    probability: float
    because: tuple[Because, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part that did not run: what, the reason's code, and the way out in a sentence a person can act on."""

    what: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that the language core says about one transcript; coaching is added by `service/domain`."""

    visit_id: str
    versions: dict[str, str]
    turns: tuple[Turn, ...]
    findings: tuple[Finding, ...]
    summary: Summary
    five_elements: FiveElements
    next_steps: tuple[NextStep, ...]
    debrief: Debrief
    interaction: Interaction
    churn_risk: ChurnRisk
    skipped: tuple[Skipped, ...] = ()
    dropped_quotes: int = 0
