"""Whether a URL that came from outside may be used, checked when it is given and again when it is connected to.

Invariant: no TCP connection is opened to an address that `addresses.why_forbidden` refuses, unless the operator named
the very host and port.
"""

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Collection
from urllib.parse import SplitResult, urlsplit

from service.adapters.addresses import why_forbidden
from service.domain.errors import Invalid, Transient

PORTS = frozenset({443, 8443})
MAX_CHARACTERS = 2_048
RESOLVE_S = 5.0
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_LOCAL_NAMES = re.compile(r"(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp)$")
_DEFAULT_PORT = {"https": 443, "http": 80}

Resolver = Callable[[str, int], list[str]]
"""All IP addresses of a host; OSError when it has none."""


def resolve_host(host: str, port: int) -> list[str]:
    """What the system's resolver says, within five seconds."""
    found: list[str] = []
    failures: list[OSError] = []

    def ask() -> None:
        try:
            found.extend(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=ask, name="resolve", daemon=True)
    thread.start()
    thread.join(RESOLVE_S)
    if failures:
        raise failures[0]
    if not found:
        raise TimeoutError(f"no answer from the resolver within {RESOLVE_S:.0f} s")
    return list(dict.fromkeys(found))


class UrlRules:
    """The UrlPolicy port, and the addresses that a checked host may be reached at."""

    def __init__(self, *, allowed_hosts: Collection[str] = (), resolve: Resolver = resolve_host) -> None:
        """`allowed_hosts`: `host:port` pairs the operator vouches for, over plain HTTP and on private addresses too."""
        self._allowed = frozenset(pair.lower() for pair in allowed_hosts)
        self._resolve = resolve

    def check(self, url: str) -> None:
        """Refuse a URL that may never be called; a host that does not resolve now may be given all the same.

        Raises:
            Invalid: `code="url_forbidden"`, naming the rule.
        """
        host, port = self.split(url)
        if self.vouches_for(host, port):
            return
        try:
            found = self._resolve(host, port)
        except OSError:
            return  # checked again at each connection, where it counts
        _refuse_forbidden(found)

    def split(self, url: str) -> tuple[str, int]:
        """Host and port of a URL whose form is allowed; Invalid otherwise."""
        if len(url) > MAX_CHARACTERS:
            raise _forbidden(f"an address may have {MAX_CHARACTERS} characters at most")
        if any(ord(c) <= 0x20 or c == "\\" or 0x7F <= ord(c) <= 0xA0 for c in url):
            raise _forbidden("an address holds no blank, backslash or control character")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _forbidden("this is no address") from None
        host = _host_of(parts)
        port = _DEFAULT_PORT.get(parts.scheme, 0) if port is None else port
        if parts.scheme not in _DEFAULT_PORT or (parts.scheme == "http" and not self.vouches_for(host, port)):
            raise _forbidden("addresses begin with https://")
        if not self.vouches_for(host, port):
            _refuse_unusual(host, port)
        return host, port

    def addresses(self, host: str, port: int) -> list[str]:
        """Every address of the host, all of them checked: one forbidden among them refuses the host.

        Raises:
            Invalid: an address is forbidden (`url_forbidden`). Transient: it does not resolve (`dns_failed`).
        """
        try:
            found = self._resolve(host, port)
        except OSError as error:
            raise Transient("the host's name does not resolve", code="dns_failed") from error
        if not self.vouches_for(host, port):
            _refuse_forbidden(found)
        return found

    def vouched_for(self, url: str) -> bool:
        """Whether the operator named the host and port of this URL."""
        return self.vouches_for(*self.split(url))

    def vouches_for(self, host: str, port: int) -> bool:
        """Whether the operator named this host and port."""
        host = host.lower()
        return f"{host}:{port}" in self._allowed or f"[{host}]:{port}" in self._allowed


def _host_of(parts: SplitResult) -> str:
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _forbidden("an address holds no user name or password")
    host = (parts.hostname or "").rstrip(".").lower()
    if not host:
        raise _forbidden("an address needs a host")
    if not host.isascii():
        raise _forbidden(f"write the host in ASCII: {_punycode(host)}")
    return host


def _refuse_unusual(host: str, port: int) -> None:
    if port not in PORTS:
        raise _forbidden(f"allowed ports are {', '.join(map(str, sorted(PORTS)))}")
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host) or len(host) > 253:
            raise _forbidden("this is no host name") from None
        if _LOCAL_NAMES.search(host):
            raise _forbidden("this host is local") from None
        if _is_numeric(host):
            raise _forbidden("write an IP address in its usual form") from None
        return
    _refuse_forbidden([str(literal)])


def _is_numeric(host: str) -> bool:
    """Whether libc would read the name as an IPv4 address: 2130706433, 0x7f000001, 127.1."""
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True


def _refuse_forbidden(addresses: list[str]) -> None:
    for address in addresses:
        reason = why_forbidden(address)
        if reason is not None:
            raise _forbidden(f"the host leads to an address that is {reason}")


def _punycode(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return "it has no such form"


def _forbidden(rule: str) -> Invalid:
    return Invalid(rule, code="url_forbidden")
