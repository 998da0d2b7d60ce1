"""The ledger of language model calls: paid once, reused for the same question about the same visit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, null, select, update

from service.domain.assist.ports import LlmCall
from service.storage.documents import columns_of
from service.storage.sealed import SealedColumns
from service.storage.tables_llm import llm_call


class SqlLlmLedger:
    """The LlmLedger port."""

    def __init__(self, connection: Connection, sealed: SealedColumns) -> None:
        self._connection = connection
        self._sealed = sealed

    def add(self, call: LlmCall) -> None:
        answer = None if call.answer is None else dict(call.answer)
        row = self._sealed.closed(llm_call, columns_of(call) | {"answer": answer})
        self._connection.execute(insert(llm_call).values(**row))

    def answer_of(self, tenant_id: str, visit_id: str, request_hash: str) -> Mapping[str, Any] | None:
        query = (
            select(llm_call)
            .where(llm_call.c.tenant_id == tenant_id, llm_call.c.visit_id == visit_id)
            .where(llm_call.c.request_hash == request_hash, llm_call.c.answer.is_not(None))
            .order_by(llm_call.c.id.desc())
            .limit(1)
        )
        row = self._connection.execute(query).one_or_none()
        return None if row is None else dict(self._sealed.opened(llm_call, row._asdict())["answer"])

    def spent(self, tenant_id: str, since: datetime) -> int:
        query = select(func.coalesce(func.sum(llm_call.c.tokens), 0))
        of_today = query.where(llm_call.c.tenant_id == tenant_id, llm_call.c.at >= since)
        return int(self._connection.execute(of_today).scalar_one())

    def forget(self, tenant_id: str, visit_id: str) -> int:
        erased = self._connection.execute(
            update(llm_call)
            .where(llm_call.c.tenant_id == tenant_id, llm_call.c.visit_id == visit_id, llm_call.c.answer.is_not(None))
            .values(answer=null())
        )
        return erased.rowcount
