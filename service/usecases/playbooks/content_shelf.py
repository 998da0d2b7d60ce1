"""The content in force for a tenant: what was shipped, with the tenant's own items laid over it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from nlp.errors import ContentInvalid
from service.domain.content.bundle import Content
from service.domain.content.header import Header
from service.domain.content.owned import with_item
from service.domain.content_store import ContentVersion
from service.domain.ports import UnitOfWork

TENANTS_KEPT = 1_000
PROCESSES = "processes"


class ContentReader(Protocol):
    """Reads the text of one item."""

    def read(self, kind: str, text: str) -> Header:
        """The item by its schema alone; raises ContentInvalid with one line a fault, each with line and way out."""
        ...

    def check(self, kind: str, text: str, *, content: Content) -> Header:
        """As `read`; also refuses what does not fit in among `content`."""
        ...

    def misfits(self, content: Content) -> list[tuple[str, str]]:
        """Kind and id of every item that names something that is not there."""
        ...


class _NoReader:
    """Reads nothing: a program without tenants' content takes none."""

    def read(self, kind: str, text: str) -> Header:
        del text
        raise ContentInvalid(f"{kind}: this installation reads no content of tenants")

    def check(self, kind: str, text: str, *, content: Content) -> Header:
        del content
        return self.read(kind, text)

    def misfits(self, content: Content) -> list[tuple[str, str]]:
        del content
        return []


@dataclass(slots=True)
class ContentShelf:
    """Reads tenants' own items; what was read is kept until the tenant changes something."""

    reader: ContentReader = field(default_factory=_NoReader)
    _kept: dict[str, tuple[int, Content]] = field(default_factory=dict)

    def content_for(self, tx: UnitOfWork, tenant_id: str, shipped: Content) -> Content:
        """The tenant's content, newest versions."""
        stamp = tx.contents.stamp(tenant_id)
        if stamp == 0:
            return shipped
        kept = self._kept.get(tenant_id)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        content = self._overlaid(shipped, tx.contents.current(tenant_id))
        if len(self._kept) >= TENANTS_KEPT:
            self._kept.clear()
        self._kept[tenant_id] = (stamp, content)
        return content

    def _overlaid(self, shipped: Content, changes: list[ContentVersion]) -> Content:
        own = dict(self._read_all(changes))
        while True:
            content = shipped
            for (kind, _), item in own.items():
                content = with_item(content, kind, item)
            misfits = set(self.reader.misfits(content))
            # All fitted when they were written; another release ships other names. What is shipped stands instead.
            wrong = misfits & own.keys() or {key for key in own if misfits and key[0] == PROCESSES}
            if not wrong:
                break
            own = {key: item for key, item in own.items() if key not in wrong}
        if not own:
            return shipped
        texts = [f"{one.kind}/{one.item_id}\n{one.text}" for one in changes if (one.kind, one.item_id) in own]
        said = hashlib.sha256("\n".join([shipped.digest, *texts]).encode())
        return replace(content, digest=said.hexdigest())

    def _read_all(self, changes: list[ContentVersion]) -> Mapping[tuple[str, str], Header]:
        found: dict[tuple[str, str], Header] = {}
        for change in changes:
            try:
                if change.text:
                    found[change.kind, change.item_id] = self.reader.read(change.kind, change.text)
            except ContentInvalid:
                continue  # it was read once; its schema has changed since, and the shipped item stands
        return found
