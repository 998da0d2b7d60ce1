"""CRM events as tests write them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from service.domain.crm.events import CrmEvent, EntityKind, event_id
from tests.support.fakes import NOON

SOURCE = "/crm/test"
_numbers = count(1)


def an_event(
    kind: EntityKind = "opportunity",
    entity_id: str = "opp-1",
    *,
    verb: str = "updated",
    event_type: str = "",
    at: datetime | timedelta = NOON,
    external_id: str = "",
    source: str = SOURCE,
    **data: Any,
) -> CrmEvent:
    """One event; `at` may be a distance from noon; a fresh external id unless one is given."""
    external_id = external_id or f"test-{next(_numbers)}"
    moment = NOON + at if isinstance(at, timedelta) else at
    return CrmEvent(
        id=event_id(source, external_id),
        source=source,
        type=event_type or f"{kind}.{verb}",
        kind=kind,
        entity_id=entity_id,
        occurred_at=moment,
        received_at=moment,
        data=data,
        external_id=external_id,
    )


def a_cloud_event(
    event_type: str, subject: str, at: datetime, data: Mapping[str, Any], **attributes: Any
) -> dict[str, Any]:
    """A CloudEvents envelope in structured mode."""
    return {
        "specversion": "1.0",
        "id": f"ce-{next(_numbers)}",
        "source": SOURCE,
        "type": event_type,
        "subject": subject,
        "time": at.isoformat(),
        "data": dict(data),
        **attributes,
    }


def process_data() -> dict[str, Any]:
    """A small process as a file would say it."""
    review = {"types": "evidence.submitted", "where": {"node": "review", "result": "通过"}}
    reports = {"types": "evidence.submitted", "where": {"node": "reports"}, "has": ["file"]}
    return {
        "id": "made",
        "title": "定制件",
        "status": "active",
        "description": "测试用",
        "owner": "测试",
        "date": "2026-03-01",
        "applies": {"pipeline": "made"},
        "stages": [
            {"id": "need", "title": "需求确认", "names": ["需求确认"]},
            {
                "id": "design",
                "title": "方案设计",
                "names": ["方案设计"],
                "nodes": [
                    {"id": "review", "title": "评审", "evidence": review, "due_days": 3, "may_pass": ["engineer"],
                     "way_out": "请工程部评审。"},
                    {"id": "reports", "title": "报告", "evidence": reports, "count": 2, "distinct": "file",
                     "way_out": "去案例库找。"},
                ],
            },
            {"id": "quote", "title": "报价", "names": ["报价"]},
            {"id": "won", "title": "赢单", "names": ["赢单"]},
        ],
    }  # fmt: skip
