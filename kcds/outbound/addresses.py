"""Which addresses a listed name may lead to, so that a name that changes hands inside DNS opens nothing.

The operator listed the name, so private networks are allowed. Loopback only where the listed host says so itself;
link-local (where clouds serve their metadata), multicast, unspecified and reserved addresses never.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import TypeAlias

from kcds.errors import OutboundError
from kcds.outbound.places import is_loopback

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve: TypeAlias = Callable[[str], Sequence[str]]
"""Gives the addresses of a host name; may take long, may raise OSError."""

_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
_METADATA = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")))
"""Metadata services of clouds that are not link-local."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_MOST = 4
"""Addresses of one name that are tried."""


def addresses_of(host: str) -> list[str]:
    """Ask the system's resolver; raises OSError where there is no such host."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked(addresses: Sequence[str], host: str) -> list[str]:
    """Return the addresses that a listed host may be reached at; raises OutboundError unless all of them are fit."""
    if not addresses or not all(is_allowed(address, host) for address in addresses):
        raise OutboundError("address")
    return list(addresses[:_MOST])


def is_allowed(address: str, host: str) -> bool:
    """Whether a listed host may lead to this address."""
    try:
        found = _reached(ipaddress.ip_address(address))
    except ValueError:
        return False
    if found.is_loopback:
        return is_loopback(host)
    never = found.is_link_local or found.is_multicast or found.is_unspecified or found.is_reserved
    return not never and found not in _METADATA and (found.is_global or any(found in net for net in _PRIVATE))


def _reached(address: _Address) -> _Address:
    """Return the IPv4 address that is reached through an IPv6 address that carries one, else the address itself."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    nat64 = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
    return address.ipv4_mapped or address.sixtofour or nat64 or address
