"""Bodies of a tenant's own content: items, their versions, checks."""

from service.api.rendering import instant
from service.api.schemas.base import In, Key, Label, Out
from service.api.schemas.playbooks import RuleText
from service.domain.content.owned import OwnedName
from service.domain.content_store import ContentVersion
from service.usecases.playbooks.edit_content import OwnedItem


class ContentIn(In):
    """A new item as YAML, by whom, and why."""

    kind: OwnedName
    text: RuleText
    author: Key | None = None
    note: Label = ""


class ContentPutIn(In):
    """An item's next version as YAML, by whom, and why."""

    text: RuleText
    author: Key | None = None
    note: Label = ""


class ContentCheckIn(In):
    """A text that is not to be stored yet."""

    kind: OwnedName
    text: RuleText


class ContentCheckOut(Out):
    """Whether a text holds, and its faults with their lines."""

    valid: bool
    faults: list[str]


class ContentOut(Out):
    """An item in force; `version` is 0 and `since` null where it is the shipped one."""

    kind: str
    id: str
    title: str
    status: str
    description: str
    version: int
    since: str | None
    author: str
    text: str

    @classmethod
    def of(cls, found: OwnedItem) -> "ContentOut":
        """From the item."""
        change = found.version
        return cls(
            kind=found.kind,
            id=found.item.id,
            title=found.item.title,
            status=found.item.status,
            description=found.item.description,
            version=change.version if change else 0,
            since=instant(change.created_at) if change else None,
            author=change.author if change else "",
            text=found.text,
        )


class ContentPageOut(Out):
    """The items of a kind in force, by id."""

    items: list[ContentOut]


class ContentVersionOut(Out):
    """One change; an empty text is the shipped item again."""

    id: str
    kind: str
    content: str
    version: int
    author: str
    note: str
    created_at: str
    text: str

    @classmethod
    def of(cls, version: ContentVersion) -> "ContentVersionOut":
        """From the row."""
        return cls(
            id=version.id,
            kind=version.kind,
            content=version.item_id,
            version=version.version,
            author=version.author,
            note=version.note,
            created_at=instant(version.created_at),
            text=version.text,
        )


class ContentVersionsOut(Out):
    """Every change of an item, the newest first."""

    items: list[ContentVersionOut]
