"""Which IP addresses a caller's URL may lead to: public unicast ones, whatever notation hides them.

Invariant: an address is allowed only when every address embedded in it (mapped, NAT64, 6to4) is allowed too.
Source: IANA special-purpose registries; `ipaddress.is_global` says True for NAT64, 6to4, compatible and multicast
forms of private addresses and for the platform address of one large cloud, so it is not used.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_FORBIDDEN_V4 = tuple(
    (ip_network(network), name)
    for network, name in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud platform's own"),
        ("169.254.0.0/16", "link-local, where clouds keep their metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_NAT64 = ip_network("64:ff9b::/96")
_PUBLIC_V6 = ip_network("2000::/3")
_FORBIDDEN_V6 = tuple(
    (ip_network(network), name)
    for network, name in (
        ("2001::/23", "reserved for protocols"),
        ("2001:db8::/32", "for documentation"),
        ("3fff::/20", "for documentation"),
    )
)


def why_forbidden(address: str) -> str | None:
    """What is wrong with connecting to this address, None when nothing is.

    Args:
        address: as the resolver gives it, without brackets or zone.
    """
    parsed = ip_address(address)
    return _why_v4(parsed) if isinstance(parsed, IPv4Address) else _why_v6(parsed)


def _why_v4(address: IPv4Address) -> str | None:
    return next((name for network, name in _FORBIDDEN_V4 if address in network), None)


def _why_v6(address: IPv6Address) -> str | None:
    if address.scope_id is not None:
        return "bound to an interface"
    embedded = _embedded_v4(address)
    if embedded is not None:
        return _why_v4(embedded)
    if address not in _PUBLIC_V6:
        return "not public unicast"
    return next((name for network, name in _FORBIDDEN_V6 if address in network), None)


def _embedded_v4(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
