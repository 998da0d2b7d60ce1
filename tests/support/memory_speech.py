"""Speech choices in memory, held to the same contract suite as the SQL ones; and engines that are all one."""

from dataclasses import dataclass, field

from nlp.asr.transcriber import SpeechEngine
from service.domain.speech.choice import SpeechChoice, SpeechOffer, SpeechOption
from tests.support.memory_state import State


class MemorySpeechChoices:
    def __init__(self, state: State) -> None:
        self._state = state

    def put(self, choice: SpeechChoice) -> None:
        self._state.speech_choices[choice.tenant_id] = choice

    def get(self, tenant_id: str) -> SpeechChoice | None:
        return self._state.speech_choices.get(tenant_id)

    def remove(self, tenant_id: str) -> bool:
        return self._state.speech_choices.pop(tenant_id, None) is not None


@dataclass
class OneEngine:
    """Whatever is asked for is the same engine; remembers what was asked for."""

    engine: SpeechEngine
    asked: list[SpeechOption | None] = field(default_factory=list)

    def of(self, option: SpeechOption | None) -> SpeechEngine:
        self.asked.append(option)
        return self.engine

    def offer(self) -> SpeechOffer:
        return SpeechOffer()
