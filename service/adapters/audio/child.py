"""The decoding child: `python -m service.adapters.audio.child`; one request, then it ends.

Invariant: it knows the input and the output directory by descriptors only, never by name.
"""

import os
from dataclasses import asdict
from typing import BinaryIO

from service.adapters.audio.confine import Emit, serve
from service.adapters.audio.lines import Message


def handle(request: Message, emit: Emit) -> Message:
    """Probe or decode the input that the request names by its descriptor."""
    # Imported here: limits must be on before a media library runs its first line.
    from service.adapters.audio.media import decode_media, open_media, probe_media

    with _plain(os.fdopen(int(request["input_fd"]), "rb"), str(request.get("key", ""))) as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        opened = open_media(stream, size)
        with opened.container:
            if request["op"] == "probe":
                return {"report": asdict(probe_media(opened))}
            report, use, windows = decode_media(
                opened,
                int(request["directory_fd"]),
                min_s=float(request["min_s"]),
                max_s=float(request["max_s"]),
                key=bytes.fromhex(request["work_key"]),
                on_progress=lambda share: emit({"type": "progress", "share": share}),
                position=lambda: min(1.0, stream.tell() / max(1, size)),
            )
    return {"report": asdict(report), "channel_use": use, "windows": [asdict(w) for w in windows]}


def _plain(stream: BinaryIO, key: str) -> BinaryIO:
    """The stream itself, or the plain bytes of a sealed one, opened piece by piece."""
    if not key:
        return stream
    from service.adapters.sealing import open_sealed

    return open_sealed(stream, bytes.fromhex(key))


if __name__ == "__main__":
    serve(handle)
