"""Services over fakes, for use cases that need no application around them."""

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import Any

from service.adapters.parts import DiskParts
from service.domain.content.bundle import Content
from service.usecases.services import Limits, Services
from tests.support.api import ExampleUrls, NoFetcher, OneAnalysis, WordTriage, probe_header
from tests.support.fakes import FakeClock, FakeDoorbell, FakeIds, FolderBlobStore, MemoryDatabase


def services_over(*, content: Content, folder: Path | None = None, **changes: Any) -> Services:
    """Fakes everywhere; `changes` replaces single ports."""
    ids = FakeIds()
    place = folder or passing_folder()
    ports: dict[str, Any] = {
        "uow": MemoryDatabase(ids),
        "clock": FakeClock(),
        "ids": ids,
        "blobs": FolderBlobStore(place),
        "parts": DiskParts(place / "parts"),
        "doorbell": FakeDoorbell(),
        "urls": ExampleUrls(),
        "fetcher": NoFetcher(),
        "probe": probe_header,
        "core": OneAnalysis(),
        "content": content,
        "triage": WordTriage(),
        "limits": Limits(),
        "versions": {"service": "0.1.0"},
    }
    return Services(**{**ports, **changes})


def passing_folder() -> Path:
    """A directory that is removed when the test process ends."""
    folder = tempfile.mkdtemp(prefix="fieldcue-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
