"""The ledger of language model calls in memory."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from service.domain.assist.ports import LlmCall
from tests.support.memory_state import State


class MemoryLlmLedger:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, call: LlmCall) -> None:
        self._state.llm_calls[call.id] = call

    def answer_of(self, tenant_id: str, visit_id: str, request_hash: str) -> Mapping[str, Any] | None:
        place = tenant_id, visit_id, request_hash
        paid = [it for it in self._state.llm_calls.values() if (it.tenant_id, it.visit_id, it.request_hash) == place]
        return next((it.answer for it in reversed(paid) if it.answer is not None), None)

    def spent(self, tenant_id: str, since: datetime) -> int:
        return sum(it.tokens for it in self._state.llm_calls.values() if it.tenant_id == tenant_id and it.at >= since)

    def forget(self, tenant_id: str, visit_id: str) -> int:
        about = [
            it
            for it in self._state.llm_calls.values()
            if (it.tenant_id, it.visit_id) == (tenant_id, visit_id) and it.answer is not None
        ]
        self._state.llm_calls.update({it.id: replace(it, answer=None) for it in about})
        return len(about)
