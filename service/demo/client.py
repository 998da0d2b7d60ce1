"""The CRM's sending end: the calls that a CRM makes, over HTTP, and nothing that it could not do."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx


class DemoFailed(Exception):
    """The demo did not get where it should; the message says where it stopped."""


class CrmClient:
    """Calls the API with one key."""

    def __init__(self, address: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=60, trust_env=False)

    def post(self, path: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - passed on to httpx
        """The answer's body; DemoFailed with the problem's text on anything but 2xx."""
        return self._checked(self._http.post(path, **arguments))

    def get(self, path: str) -> dict[str, Any]:
        """The answer's body."""
        return self._checked(self._http.get(path))

    def send_recording(self, visit_id: str, file: Path) -> dict[str, Any]:
        """Upload a recording as a browser would."""
        with file.open("rb") as stream:
            return self.post(f"/v1/visits/{visit_id}/recording", files={"file": (file.name, stream)})

    def send_transcript(self, visit_id: str, turns: list[Mapping[str, Any]]) -> dict[str, Any]:
        """Send a finished transcript."""
        return self._checked(self._http.put(f"/v1/visits/{visit_id}/transcript", json={"turns": turns}))

    def wait_for_recording(self, recording_id: str, *, timeout_s: float) -> dict[str, Any]:
        """The recording once it has ended or waits for a model."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            recording = self.get(f"/v1/recordings/{recording_id}")
            if recording["state"] not in {"received", "processing"}:
                return recording
            time.sleep(0.1)
        raise DemoFailed(f"the recording was not worked on within {timeout_s:.0f} s")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @staticmethod
    def _checked(response: httpx.Response) -> dict[str, Any]:
        if response.is_success:
            return dict(response.json())
        raise DemoFailed(
            f"{response.request.method} {response.request.url.path}: {response.status_code} {response.text}"
        )
