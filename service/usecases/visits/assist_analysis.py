"""Let a language model rewrite the summary and give a second opinion on labels, behind every check there is.

Invariant: an analysis is never worse for it. What the model may not, cannot or does not do well leaves the built-in
result in place, and `skipped` says so (`degraded`); nothing unmasked is sent, nothing unquoted is kept. A second
opinion takes no finding away and moves no score: it marks those that it shares and those that it does not, and adds one
only where the local models were in doubt (`nlp.second_look`).
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import structlog

from nlp.second_look import DETECTOR
from nlp.text.masking import Masker, load_masker
from nlp.types import Analysis, Claim, Finding, Skipped, Summary, Turn
from service.domain.assist.answers import AnswerInvalid, read_answer
from service.domain.assist.grounding import (
    agreeing,
    grounded_labels,
    keep_sentences,
    merge,
    short_form,
    verbatim_claims,
)
from service.domain.assist.ports import Fuse, LanguageModel, LlmCall
from service.domain.assist.template import (
    SECOND_OPINION,
    SUMMARY,
    Prompt,
    PromptTemplate,
    fill,
    split_turns,
    write_turns,
)
from service.domain.errors import ServiceError
from service.domain.ports import Clock, Ids, LanguageCore, UnitOfWorkFactory
from service.domain.privacy.transfers import may_have_left
from service.usecases.privacy.count_transfers import Sent, counter_over, persons_of_visit
from service.usecases.services import Services

log = structlog.get_logger(__name__)

TRIES = 3  # as asked, once more with the fault named, once more from the start
ANSWER_TOKENS = 2_000  # what is set aside for an answer when the budget is looked at
NO_PROCESSOR = "processor_missing"
NO_TEMPLATE = "template_missing"
REMEDIES = {
    NO_TEMPLATE: "no version of prompts/templates/second_opinion is in use: set one to `status: active`",
    NO_PROCESSOR: "register the language model as a processor of this tenant, or leave FIELDCUE_LLM__BASE_URL empty",
    "llm_budget": "the tenant's daily tokens are used up: they start anew at midnight UTC, or raise "
    "FIELDCUE_LLM__DAILY_TOKENS",
    "llm_down": "the language model does not answer: check FIELDCUE_LLM__BASE_URL and its server",
    "llm_refused": "the language model refuses us: check FIELDCUE_LLM__API_KEY and FIELDCUE_LLM__MODEL",
    "llm_unusable": "the language model did not answer as its template asks: try another model or template",
    "llm_ungrounded": "nothing that the language model said stands in the conversation: the built-in summary is shown",
}


class Degraded(Exception):
    """The model's help is not to be had; `code` is one of REMEDIES."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Labelled:
    """A visit as the model saw it, masked; what it named, turn and code; labels that no quote bore out; who said it."""

    turns: tuple[Turn, ...]
    named: frozenset[tuple[int, str]]
    dropped: int
    by: str


@dataclass(frozen=True, slots=True)
class Assistant:
    """Asks a language model about analyses; safe to use from several threads."""

    uow: UnitOfWorkFactory
    clock: Clock
    ids: Ids
    model: LanguageModel
    templates: Mapping[str, PromptTemplate]
    masker: Masker
    titles: Mapping[tuple[str, str], str]
    daily_tokens: int
    piece_characters: int
    may_send: Callable[[str], bool] = lambda _tenant_id: True
    core: LanguageCore | None = None
    """Says where it was in doubt, so that a second opinion can add to it; None: it only marks what was found."""
    fuse: Fuse = field(default_factory=Fuse)
    sent: Callable[[str, str, str], None] = lambda _tenant_id, _visit_id, _said: None
    """Told of each visit that was sent, with its words as they were sent: by tenant, visit and text."""

    def assist(self, tenant_id: str, analysis: Analysis) -> Analysis:
        """The analysis with the model's summary and second opinions, or as it was with the reason in `skipped`."""
        if not analysis.turns:
            return analysis
        if not self.may_send(tenant_id):
            return _degraded(analysis, "llm", NO_PROCESSOR, REMEDIES[NO_PROCESSOR])
        masked = [self.masker.mask_turn(turn) for turn in analysis.turns]
        for task, work in ((SUMMARY, self._summarise), (SECOND_OPINION, self._judge)):
            if task not in self.templates:
                continue
            try:
                analysis = work(tenant_id, analysis, masked)
            except Degraded as reason:
                log.warning("llm_degraded", task=task, code=reason.code)
                analysis = _degraded(analysis, f"llm_{task}", reason.code, REMEDIES[reason.code])
        return analysis

    def _summarise(self, tenant_id: str, analysis: Analysis, turns: Sequence[Turn]) -> Analysis:
        template = self.templates[SUMMARY]
        pieces = []
        for piece in split_turns(turns, characters=self.piece_characters):
            canary = self.ids.secret(8).hex()
            answer = self._ask(tenant_id, analysis.visit_id, template, piece, canary)
            pieces.append(keep_sentences(answer, piece, canary=canary, names_in=self._has_names))
        kept = merge(pieces)
        dropped = analysis.dropped_quotes + kept.dropped
        if not kept.sentences:
            raise Degraded("llm_ungrounded")
        return replace(
            analysis,
            summary=Summary(short_form(kept.sentences), kept.sentences),
            dropped_quotes=dropped,
            versions={**analysis.versions, "summary": f"{self.model.name} {template.name}"},
        )

    def _judge(self, tenant_id: str, analysis: Analysis, turns: Sequence[Turn]) -> Analysis:
        template = self.templates[SECOND_OPINION]
        opinions: dict[str, bool] = {}
        claims: list[Claim] = []
        dropped = 0
        for piece in split_turns(turns, characters=self.piece_characters):
            answer = self._ask(tenant_id, analysis.visit_id, template, piece, self.ids.secret(8).hex())
            opinions |= agreeing(answer, analysis.findings, piece)
            claims += verbatim_claims(answer, piece)
            dropped += grounded_labels(answer, piece)[1]
        by = f"{self.model.name} {template.name}"
        marked = replace(
            analysis,
            findings=tuple(_with_opinion(finding, opinions) for finding in analysis.findings),
            versions={**analysis.versions, DETECTOR: by},
            dropped_quotes=analysis.dropped_quotes + dropped,
        )
        with self.uow(write=False) as tx:
            visit = tx.visits.get(tenant_id, analysis.visit_id)
        if self.core is None or visit is None:
            return marked
        judged = self.core.reconsider(marked, claims, context=visit.context(), by=by)
        log.info("second_opinion", claimed=len(claims), added=len(judged.findings) - len(analysis.findings))
        return judged

    def label(self, tenant_id: str, visit_id: str, turns: Sequence[Turn]) -> Labelled:
        """What the model calls each turn of a visit, of the codes it was offered, where a quote bears it out.

        Raises:
            Degraded: it may not, cannot or does not answer as asked.
        """
        if SECOND_OPINION not in self.templates:
            raise Degraded(NO_TEMPLATE)
        if not self.may_send(tenant_id):
            raise Degraded(NO_PROCESSOR)
        masked = [self.masker.mask_turn(turn) for turn in turns]
        named: set[tuple[int, str]] = set()
        dropped = 0
        for piece in split_turns(masked, characters=self.piece_characters):
            answer = self._ask(tenant_id, visit_id, self.templates[SECOND_OPINION], piece, self.ids.secret(8).hex())
            found, without = grounded_labels(answer, piece)
            known = {(turn, code) for turn, code in found if self._offers(code)}
            named |= known
            dropped += without + len(found) - len(known)
        return Labelled(tuple(masked), frozenset(named), dropped, f"{self.model.name} {SECOND_OPINION}")

    def _offers(self, code: str) -> bool:
        return any((kind, code) in self.titles for kind in ("objection", "signal"))

    def _has_names(self, text: str) -> bool:
        return bool(self.masker.find(text))

    def _ask(
        self, tenant_id: str, visit_id: str, template: PromptTemplate, turns: Sequence[Turn], delimiter: str
    ) -> Mapping[str, Any]:
        """The model's valid answer, from the ledger where it was paid for already."""
        data, labels = write_turns(turns), self._labels()
        asked = hashlib.sha256(
            json.dumps([self.model.name, template.name, template.text, labels, data], ensure_ascii=False).encode()
        ).hexdigest()
        with self.uow(write=False) as tx:
            known = tx.llm.answer_of(tenant_id, visit_id, asked)
        if known is not None:
            return known
        fault = ""
        for attempt in range(TRIES):
            self._check_budget(tenant_id, len(data) + len(template.text))
            prompt = fill(template, delimiter=delimiter, data=data, inputs={"labels": labels})
            if attempt == 1:  # a repair names the fault; the last try starts from nothing
                said = f"上一次的回答不合格式（{fault}）。只输出合格的 JSON。"
                prompt = replace(prompt, rules=f"{prompt.rules}\n\n{said}")
            text, tokens = self._complete(prompt, sent=partial(self.sent, tenant_id, visit_id, data))
            try:
                answer: Mapping[str, Any] | None = read_answer(text, template.output)
            except AnswerInvalid as invalid:
                answer, fault = None, str(invalid)
            call = LlmCall(
                self.ids.new("llm"), tenant_id, visit_id, asked, self.model.name, tokens, self.clock.now(), answer
            )
            with self.uow() as tx:
                tx.llm.add(call)
            if answer is not None:
                return answer
        raise Degraded("llm_unusable")

    def _complete(self, prompt: Prompt, *, sent: Callable[[], None]) -> tuple[str, int]:
        if not self.fuse.allows(self.clock.now()):
            raise Degraded("llm_down")
        try:
            completion = self.model.complete(prompt)
        except ServiceError as error:
            self.fuse.note(False, self.clock.now())
            if may_have_left(error.code):
                sent()
            log.warning("llm_failed", code=error.code, category=error.category)
            raise Degraded("llm_refused" if error.category == "permanent" else "llm_down") from error
        self.fuse.note(True, self.clock.now())
        sent()
        return completion.text, completion.tokens

    def _check_budget(self, tenant_id: str, characters: int) -> None:
        midnight = self.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        with self.uow(write=False) as tx:
            spent = tx.llm.spent(tenant_id, midnight)
        if spent + characters + ANSWER_TOKENS > self.daily_tokens:
            raise Degraded("llm_budget")

    def _labels(self) -> str:
        named = sorted((kind, code, title) for (kind, code), title in self.titles.items())
        return "\n".join(f"{code}：{title}" for kind, code, title in named if kind in ("objection", "signal"))


def _with_opinion(finding: Finding, opinions: Mapping[str, bool]) -> Finding:
    if finding.id not in opinions or finding.explanation.detector == DETECTOR:  # added by an earlier one
        return finding
    said = "agrees" if opinions[finding.id] else "does_not_see_it"
    return replace(finding, attributes={**finding.attributes, "second_opinion": said})


def _degraded(analysis: Analysis, what: str, reason: str, remedy: str) -> Analysis:
    said = Skipped(what, reason, f"degraded to the built-in result; {remedy}")
    return replace(analysis, skipped=(*analysis.skipped, said))


def assistant_over(
    services: Services,
    model: LanguageModel,
    templates: Mapping[str, PromptTemplate],
    *,
    daily_tokens: int,
    piece_characters: int,
    registered_host: str | None = None,
    host: str = "",
) -> Assistant:
    """The assistant of one process.

    Args:
        registered_host: sends for tenants alone whose register of processors has this host; None asks no register.
        host: where the model is, so that whose talks are sent there is counted if that is abroad.
    """

    def may_send(tenant_id: str) -> bool:
        if registered_host is None:
            return True
        with services.uow(write=False) as tx:
            known = tx.privacy.processors.find(tenant_id)
        return any((row.kind, row.host) == ("llm", registered_host) for row in known)

    counter = counter_over(services)

    def sent(tenant_id: str, visit_id: str, said: str) -> None:
        counter(Sent(tenant_id, host, partial(persons_of_visit, tenant_id=tenant_id, visit_id=visit_id), said))

    return Assistant(
        sent=sent,
        uow=services.uow,
        clock=services.clock,
        ids=services.ids,
        model=model,
        templates=templates,
        masker=load_masker(),
        titles=services.content.titles,
        daily_tokens=daily_tokens,
        piece_characters=piece_characters,
        may_send=may_send,
        core=services.core,
    )
