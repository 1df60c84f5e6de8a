"""Which IP addresses we may fetch from: only those that everyone on the internet can reach.

An editor types the address of a file and our server opens it, so without this check our server
would also open what only it can reach: its own ports, its neighbors' databases, the cloud's
metadata service that hands out keys.

Python's `is_global` alone is not enough: it changed between releases, calls multicast global,
and does not detect addresses that contain another address (tunnels and translators).
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# The only IPv6 block that IANA hands out for the public internet.
GLOBAL_UNICAST = IPv6Network("2000::/3")

# Refused beyond what `is_global`, `is_multicast` and `is_reserved` say. Listed even where
# today's Python agrees, because its rules have changed before.
REFUSED: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",  # "this host": Linux connects to itself
        "100.64.0.0/10",  # carrier NAT; one cloud's metadata is at 100.100.100.200
        "168.63.129.16/32",  # Azure's host agent, a public number with a private meaning
        "192.0.0.0/24",  # protocol assignments; another cloud's metadata is at 192.0.0.192
        "192.88.99.0/24",  # 6to4 relays (RFC 7526)
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "::/96",  # IPv4-compatible (RFC 4291), with loopback and unspecified
        "64:ff9b::/96",  # NAT64 (RFC 6052): any IPv4 address in disguise
        "64:ff9b:1::/48",  # NAT64 for local use (RFC 8215)
        "2001::/23",  # protocol assignments, among them Teredo (2001::/32, RFC 4380)
        "2002::/16",  # 6to4 (RFC 3056): any IPv4 address in disguise
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing (RFC 9602)
        "fec0::/10",  # site-local (RFC 3879)
        "ff00::/8",  # multicast
    )
)


def is_public(address: str) -> bool:
    """Return whether `address` is a public IP address; False for any other text."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return _is_public(parsed)
    if parsed.ipv4_mapped is not None:
        return _is_public(parsed.ipv4_mapped)
    # A zone (fe80::1%eth0) means "on this wire", which is not the internet.
    return parsed.scope_id is None and parsed in GLOBAL_UNICAST and _is_public(parsed)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    special = not address.is_global or address.is_multicast or address.is_reserved
    return not special and not any(address in block for block in REFUSED)
