"""Free ports of loopback."""

import socket
from contextlib import closing


def free_port() -> int:
    """A port that nobody listens at, for a server that is started next."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
