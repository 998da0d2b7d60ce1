"""The language core of a process that runs for weeks: it notices at its next job that another model was promoted.

Invariant: a job is done by one core from beginning to end; a version that cannot be read leaves the one in use, and is
tried again only when somebody promotes once more. What nobody uses any more is given back to the machine.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from threading import Lock, Thread

import structlog

from nlp.churn.account import AccountHistory, AccountRisk
from nlp.classify import TriageVerdict
from nlp.errors import ModelMissing, NlpError
from nlp.types import Analysis, Claim, Finding, Role, Transcript, Turn, VisitContext
from service.adapters.text_core import TextCore, TextModels

log = structlog.get_logger(__name__)
Start = Callable[[Callable[[], object]], object]


def in_background(work: Callable[[], object]) -> Thread:
    """Do `work` in a thread of its own, which does not keep the process alive."""
    thread = Thread(target=work, name="promoted-models", daemon=True)
    thread.start()
    return thread


class FollowedCore:
    """LanguageCore, Triage and AccountModel in one, always of the versions in use.

    An analysis takes a second anyway and waits for the new version; a message or a sentence of a talk that goes on is
    judged by the old one while the new one is read in the background.
    """

    def __init__(
        self,
        core: TextCore,
        *,
        stamp: Callable[[], object],
        load: Callable[[TextModels], TextModels],
        start: Start = in_background,
    ) -> None:
        """Holds `core`, which was just loaded.

        Args:
            stamp: something that is another after each promotion, cheap to ask for.
            load: the models in use now, given those held; takes those that did not change from there.
            start: how work is done in the background.
        """
        self._core = core
        self._stamp = stamp
        self._load = load
        self._start = start
        self._seen = stamp()
        self._reading = Lock()

    def current(self) -> TextCore:
        """The core of the versions in use, read now if they were just promoted."""
        if self._stamp() != self._seen:
            with self._reading:
                self._refresh()
        return self._core

    def at_hand(self) -> TextCore:
        """The core that is loaded; others are read in the background if they were promoted."""
        if self._stamp() != self._seen and self._reading.acquire(blocking=False):
            self._start(self._refresh_and_release)
        return self._core

    def analyze(self, transcript: Transcript, *, context: VisitContext) -> Analysis:
        """The analysis of one visit."""
        return self.current().analyzer.analyze(transcript, context=context)

    def hear(self, earlier: Sequence[Turn], turn: Turn, *, context: VisitContext) -> tuple[Turn, tuple[Finding, ...]]:
        """One sentence of a talk that still goes on."""
        return self.at_hand().analyzer.hear(earlier, turn, context=context)

    def reconsider(self, analysis: Analysis, claims: Sequence[Claim], *, context: VisitContext, by: str) -> Analysis:
        """The analysis with what another opinion claims and the models do not rule out."""
        return self.current().analyzer.reconsider(analysis, claims, context=context, by=by)

    def attribute(self, transcript: Transcript) -> Transcript:
        """The transcript with a role for every turn."""
        return self.at_hand().analyzer.attribute(transcript)

    def judge(self, text: str, *, sender: Role, context: str) -> TriageVerdict:
        """The verdict on one message."""
        return self.at_hand().triage.judge(text, sender=sender, context=context)

    @property
    def simulated(self) -> bool:
        """Whether the account model learnt from simulated accounts alone."""
        accounts = self.at_hand().models.accounts
        return accounts is None or accounts.simulated

    def assess(self, history: AccountHistory, *, now: datetime) -> AccountRisk:
        """The risk of one account.

        Raises:
            ModelMissing: there is no account risk model.
        """
        accounts = self.at_hand().models.accounts
        if accounts is None:
            raise ModelMissing("there is no account risk model", remedy="restore models/accounts")
        return accounts.assess(history, now=now)

    def _refresh_and_release(self) -> None:
        try:
            self._refresh()
        finally:
            self._reading.release()

    def _refresh(self) -> None:
        """Take what was promoted; whoever comes second finds it done."""
        stamp = self._stamp()
        if stamp == self._seen:
            return
        before = self._core
        try:
            self._core = before.with_models(self._load(before.models))
        except (NlpError, OSError) as fault:
            log.exception("models_not_reloaded", detail=str(fault), still=dict(before.versions))
        else:
            log.info("models_reloaded", before=dict(before.versions), now=dict(self._core.versions))
        self._seen = stamp


class VersionsInUse(Mapping[str, str]):
    """Names of what makes results now: `others`, which never change, and the core's."""

    def __init__(self, followed: FollowedCore, **others: str) -> None:
        self._followed = followed
        self._others = others

    def _now(self) -> dict[str, str]:
        return {**self._others, **self._followed.at_hand().versions}

    def __getitem__(self, name: str) -> str:
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())
