"""Realistic examples of a tenant's own content."""

from service.api.schemas.examples import answer, body

_TEXT = """\
id: standard
title: 工作时间
status: active
description: 华东分公司：八点半上班，单休，司庆日放假。
owner: 销售运营
date: 2026-03-11
hours:
  open: "08:30"
  close: "17:30"
  free: [sunday]
  closed: [2026-05-18]
"""
CONTENT_IN = body({"kind": "office", "text": _TEXT, "author": "ops-1", "note": "改为单休"}, "ContentIn")
CONTENT_PUT_IN = body({"text": _TEXT, "author": "ops-1", "note": "改为单休"}, "ContentPutIn")
CONTENT_CHECK_IN = body({"kind": "office", "text": _TEXT}, "ContentCheckIn")
CONTENT_ROLLBACK_IN = body({"version": 0, "author": "ops-1", "note": "恢复双休"}, "RollbackIn")
CONTENT_CHECK_OUT = answer({"valid": True, "faults": []})
_ITEM = {
    "kind": "office",
    "id": "standard",
    "title": "工作时间",
    "status": "active",
    "description": "华东分公司：八点半上班，单休，司庆日放假。",
    "version": 1,
    "since": "2026-03-11T02:00:00.000Z",
    "author": "ops-1",
    "text": _TEXT,
}
CONTENT_OUT = answer(_ITEM)
CONTENT_PAGE = answer({"items": [_ITEM]})
_VERSION = {
    "id": "cnv_019cdb11c0de7a0c9b1f2e3d4c5b6a81",
    "kind": "office",
    "content": "standard",
    "version": 1,
    "author": "ops-1",
    "note": "改为单休",
    "created_at": "2026-03-11T02:00:00.000Z",
    "text": _TEXT,
}
CONTENT_VERSION_OUT = answer(_VERSION)
CONTENT_VERSIONS = answer({"items": [_VERSION]})
