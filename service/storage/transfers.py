"""Persons whose data left the region, as digests: counted in the database, since a year may hold a million of them."""

from sqlalchemy import case, func, select, update

from service.domain.privacy.transfers import UNPLACED, HostCount, TransferredPerson
from service.storage.rows import SqlRows
from service.storage.tables_privacy import transferred_person as table


class SqlTransferredPersons(SqlRows[TransferredPerson]):
    """The TransferredPersons port."""

    def distinct(self, tenant_id: str, year: str) -> tuple[int, int]:
        sensitive = case((table.c.sensitive, table.c.subject))
        query = select(func.count(table.c.subject.distinct()), func.count(sensitive.distinct()))
        placed = (table.c.tenant_id == tenant_id, table.c.year == year, table.c.region != UNPLACED)
        persons, marked = self._connection.execute(query.where(*placed)).one()
        return int(persons), int(marked)

    def by_host(self, tenant_id: str, year: str) -> list[HostCount]:
        sensitive = func.sum(case((table.c.sensitive, 1), else_=0))
        query = select(table.c.host, func.max(table.c.region), func.count(), sensitive)
        mine = (table.c.tenant_id == tenant_id, table.c.year == year)
        rows = self._connection.execute(query.where(*mine).group_by(table.c.host).order_by(table.c.host))
        return [HostCount(host, region, int(persons), int(marked)) for host, region, persons, marked in rows]

    def years(self, tenant_id: str) -> list[str]:
        query = select(table.c.year).where(table.c.tenant_id == tenant_id).distinct().order_by(table.c.year)
        return list(self._connection.execute(query).scalars())

    def place(self, tenant_id: str, host: str, region: str) -> None:
        unplaced = (table.c.tenant_id == tenant_id, table.c.host == host, table.c.region == UNPLACED)
        self._connection.execute(update(table).where(*unplaced).values(region=region))
