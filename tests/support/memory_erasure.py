"""Erasure in memory, with the rules of the SQL one."""

from dataclasses import replace

from service.domain.coaching_erasure import erase_coaching
from service.domain.playbooks.erasing import erase_playbooks
from service.domain.repositories import Erased
from tests.support.memory_coaching import MemoryCoachingStore
from tests.support.memory_llm import MemoryLlmLedger
from tests.support.memory_playbooks import MemoryPlaybooks
from tests.support.memory_state import State


class MemoryErasure:
    def __init__(self, state: State) -> None:
        self._state = state

    def erase_words(self, tenant_id: str, visit_id: str, *, code: str) -> Erased:
        state, mine = self._state, (tenant_id, visit_id)
        recordings = [row for row in state.recordings.values() if (row.tenant_id, row.visit_id) == mine]
        for row in recordings:
            state.recordings[row.id] = replace(
                row, blob="", sha256="", display_name="", state="cancelled", detail_code=code, detail=""
            )
        uploads = [u for u in state.uploads.values() if (u.tenant_id, u.visit_id, u.state) == (*mine, "open")]
        for open_one in uploads:
            state.uploads[open_one.id] = replace(open_one, state="removed")
        for run in [run for run in state.runs.values() if (run.tenant_id, run.visit_id) == mine]:
            state.runs[run.id] = replace(run, input={}, output={}, progress={})
            for key in [key for key in state.checkpoints if key[0] == run.id]:
                del state.checkpoints[key]
        counts = {"recordings": len(recordings), **self._texts(mine), "events": self._events(mine)}
        answers = [k for k, a in state.answers.items() if k[0] == tenant_id and visit_id.encode() in a.body]
        for place in answers:
            del state.answers[place]
        MemoryLlmLedger(state).forget(tenant_id, visit_id)
        coached, _ = erase_coaching(MemoryCoachingStore(state), tenant_id, visit_id)
        erase_playbooks(MemoryPlaybooks(state), tenant_id, visit_id)
        return Erased(
            (*(row.blob for row in recordings if row.blob), *coached),
            tuple(open_one.part for open_one in uploads),
            tuple(row.id for row in recordings),
            {**counts, "answers": len(answers)},
        )

    def _texts(self, mine: tuple[str, str]) -> dict[str, int]:
        transcripts = [k for k, row in self._state.transcripts.items() if (row.tenant_id, row.visit_id) == mine]
        analyses = [k for k, row in self._state.analyses.items() if (row.tenant_id, row.visit_id) == mine]
        for place in transcripts:
            del self._state.transcripts[place]
        for place in analyses:
            del self._state.analyses[place]
        return {"transcripts": len(transcripts), "analyses": len(analyses)}

    def _events(self, mine: tuple[str, str]) -> int:
        events = [row for row in self._state.events.values() if (row.tenant_id, row.visit_id) == mine]
        ids = {row.id for row in events}
        for row in events:
            self._state.events[row.id] = replace(row, data={})
        for owed in [d for d in self._state.deliveries.values() if d.event_id in ids]:
            if owed.state in {"pending", "sending", "held"}:
                self._state.deliveries[owed.id] = replace(owed, state="cancelled", fence=owed.fence + 1)
        return len(events)
