"""The ledger of erasures as a file beside the database: one stone a line, appended and synced, never rewritten.

Why a file: a restored database has forgotten the erasures since its backup; what names them is not restored with it.
"""

import json
import os
import threading
from datetime import datetime
from pathlib import Path

from service.domain.errors import Permanent
from service.domain.privacy.rules import SUBJECT_KINDS, TombstoneRow


class FileLedger:
    """The ErasureLedger port."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def write(self, stone: TombstoneRow) -> None:
        line = json.dumps(
            {"id": stone.id, "tenant": stone.tenant_id, "at": stone.at.isoformat(), "kind": stone.kind,
             "receipt": stone.receipt_id},
        )  # fmt: skip
        with self._lock:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, line.encode() + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def read(self) -> list[TombstoneRow]:
        """All stones; a line that a crash cut off at the end is left out.

        Raises:
            Permanent: a line within the file is none of ours (`ledger_unreadable`).
        """
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").split("\n")
        stones = []
        for number, line in enumerate(lines[:-1], 1):
            try:
                stones.append(_stone(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                fault = f"line {number} of {self._path} is no erasure; restore the file"
                raise Permanent(fault, code="ledger_unreadable") from error
        return stones


def _stone(row: dict[str, str]) -> TombstoneRow:
    kind = next(kind for kind in SUBJECT_KINDS if kind == row["kind"]) if row["kind"] in SUBJECT_KINDS else None
    if kind is None:
        raise ValueError(row["kind"])
    return TombstoneRow(row["id"], row["tenant"], datetime.fromisoformat(row["at"]), kind, row["receipt"])
