"""Who is sent data of a tenant now, and whom of them the register of processors does not name."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from service.domain.delivery.deliveries import Endpoint
from service.domain.ports import UnitOfWork
from service.domain.privacy.duties import Installed
from service.domain.records import Page

READ = 200


def enabled_endpoints(tx: UnitOfWork, tenant_id: str) -> list[Endpoint]:
    """Webhooks and robots that something is sent to."""
    return [each for each in tx.endpoints.page(tenant_id, Page(READ)) if each.disabled_at is None]


def hosts_of(endpoints: Iterable[Endpoint]) -> list[str]:
    """Their hosts, by name."""
    return sorted({urlsplit(each.url).hostname or each.url for each in endpoints})


def hosts_told(tx: UnitOfWork, tenant_id: str, installed: Installed) -> list[str]:
    """Those, then what the settings name: the language model and the remote speech engine."""
    named = (host for host in (installed.llm_host, installed.speech_host) if host)
    return [*hosts_of(enabled_endpoints(tx, tenant_id)), *named]


def unregistered_hosts(tx: UnitOfWork, tenant_id: str, installed: Installed) -> list[str]:
    """Hosts that are sent data without an entry of any kind."""
    known = {row.host for row in tx.privacy.processors.find(tenant_id)}
    return [host for host in hosts_told(tx, tenant_id, installed) if host not in known]
