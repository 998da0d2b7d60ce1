"""Erasure in memory, with the rules of the SQL one."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from service.domain.coaching.erasure import erase_coaching
from service.domain.delivery.deliveries import Event
from service.domain.playbooks.erasing import erase_playbooks
from service.domain.repositories import Erased
from service.domain.stages import CHAIN, HEARING, Stage
from tests.support.memory_coaching import MemoryCoachingStore
from tests.support.memory_llm import MemoryLlmLedger
from tests.support.memory_playbooks import MemoryPlaybooks
from tests.support.memory_state import State


class MemoryErasure:
    def __init__(self, state: State) -> None:
        self._state = state

    def erase_words(self, tenant_id: str, visit_id: str, *, code: str) -> Erased:
        state, mine = self._state, (tenant_id, visit_id)
        heard = self._audio(mine, code, CHAIN)
        counts = {**heard.counts, **self._texts(mine), "events": self._events(mine), "answers": self._answers(mine)}
        MemoryLlmLedger(state).forget(tenant_id, visit_id)
        coached, _ = erase_coaching(MemoryCoachingStore(state), tenant_id, visit_id)
        quoting = erase_playbooks(MemoryPlaybooks(state), tenant_id, visit_id)
        alerts = {alert.id for alert in quoting if len({proof.get("visit_id") for proof in alert.evidence}) > 1}
        counts["events"] += self._forget(
            row for row in state.events.values() if row.tenant_id == tenant_id and row.data.get("alert_id") in alerts
        )
        return replace(heard, blobs=(*heard.blobs, *coached), counts=counts)

    def erase_audio(self, tenant_id: str, visit_id: str, *, code: str) -> Erased:
        heard = self._audio((tenant_id, visit_id), code, HEARING)
        return replace(heard, counts={**heard.counts, "answers": self._answers((tenant_id, visit_id))})

    def erase_advice(self, tenant_id: str, visit_id: str, *, instead: Mapping[str, Any]) -> Erased:
        mine = (tenant_id, visit_id)
        coached, touched = erase_coaching(MemoryCoachingStore(self._state), tenant_id, visit_id)
        for place, row in self._state.analyses.items():
            if (row.tenant_id, row.visit_id) == mine:
                self._state.analyses[place] = replace(row, coaching=dict(instead))
        counts = {"coaching": touched, "events": self._events(mine), "answers": self._answers(mine)}
        return Erased(tuple(coached), (), (), counts)

    def _audio(self, mine: tuple[str, str], code: str, stages: Collection[Stage]) -> Erased:
        state = self._state
        recordings = [row for row in state.recordings.values() if (row.tenant_id, row.visit_id) == mine]
        for row in recordings:
            state.recordings[row.id] = replace(
                row, blob="", sha256="", display_name="", state="cancelled", detail_code=code, detail=""
            )
        uploads = [u for u in state.uploads.values() if (u.tenant_id, u.visit_id, u.state) == (*mine, "open")]
        for open_one in uploads:
            state.uploads[open_one.id] = replace(open_one, state="removed")
        for run in [run for run in state.runs.values() if (run.tenant_id, run.visit_id) == mine]:
            if run.stage not in stages:
                continue
            state.runs[run.id] = replace(run, input={}, output={}, progress={})
            for key in [key for key in state.checkpoints if key[0] == run.id]:
                del state.checkpoints[key]
        return Erased(
            tuple(row.blob for row in recordings if row.blob),
            tuple(open_one.part for open_one in uploads),
            tuple(row.id for row in recordings),
            {"recordings": len(recordings)},
        )

    def _answers(self, mine: tuple[str, str]) -> int:
        tenant_id, visit_id = mine
        answers = [k for k, a in self._state.answers.items() if k[0] == tenant_id and visit_id.encode() in a.body]
        for place in answers:
            del self._state.answers[place]
        return len(answers)

    def _texts(self, mine: tuple[str, str]) -> dict[str, int]:
        transcripts = [k for k, row in self._state.transcripts.items() if (row.tenant_id, row.visit_id) == mine]
        analyses = [k for k, row in self._state.analyses.items() if (row.tenant_id, row.visit_id) == mine]
        for place in transcripts:
            del self._state.transcripts[place]
        for place in analyses:
            del self._state.analyses[place]
        return {"transcripts": len(transcripts), "analyses": len(analyses)}

    def _events(self, mine: tuple[str, str]) -> int:
        return self._forget(row for row in self._state.events.values() if (row.tenant_id, row.visit_id) == mine)

    def _forget(self, rows: Iterable[Event]) -> int:
        events = list(rows)
        ids = {row.id for row in events}
        for row in events:
            self._state.events[row.id] = replace(row, data={})
        for owed in [d for d in self._state.deliveries.values() if d.event_id in ids]:
            if owed.state in {"pending", "sending", "held"}:
                self._state.deliveries[owed.id] = replace(owed, state="cancelled", fence=owed.fence + 1)
        return len(events)
