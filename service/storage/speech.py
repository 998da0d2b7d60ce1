"""Speech choices in the database."""

from sqlalchemy import Connection, delete, select

from service.domain.speech.choice import SpeechChoice
from service.storage.documents import columns_of
from service.storage.tables_speech import speech_choice
from service.storage.upserts import insert_into


class SqlSpeechChoices:
    """The SpeechChoices port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, choice: SpeechChoice) -> None:
        row = columns_of(choice)
        statement = insert_into(self._connection, speech_choice).values(**row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["tenant_id"], set_=row))

    def get(self, tenant_id: str) -> SpeechChoice | None:
        query = select(speech_choice).where(speech_choice.c.tenant_id == tenant_id)
        row = self._connection.execute(query).one_or_none()
        return None if row is None else SpeechChoice(**row._asdict())

    def remove(self, tenant_id: str) -> bool:
        statement = delete(speech_choice).where(speech_choice.c.tenant_id == tenant_id)
        return self._connection.execute(statement).rowcount == 1
