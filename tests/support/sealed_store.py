"""A store with the tenants' keys or without any, as processes of several versions and settings see one database."""

from sqlalchemy import Engine

from service.adapters.key_ring import KeyRing
from service.adapters.text_vault import TextVault
from service.domain.ports import UnitOfWorkFactory
from service.storage.unit_of_work import make_unit_of_work
from tests.support.fakes import FakeIds
from tests.support.seal import SEAL


def opened(engine: Engine, ring: KeyRing | None, *, seal: bool = True) -> UnitOfWorkFactory:
    """A process on this database; `seal` is whether it closes what it writes."""
    vault = None if ring is None else TextVault(ring, seal=seal)
    return make_unit_of_work(engine, ids=FakeIds(), secret_keys=[SEAL], seal=vault)
