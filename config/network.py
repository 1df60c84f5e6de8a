"""The address that a request comes from, as far as its headers can be trusted."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """Return the visitor's address: X-Forwarded-For from the right, one step per trusted proxy.

    Entries further left were written by the visitor and prove nothing.
    """
    hops = [
        hop.strip()
        for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if hop.strip()
    ]
    depth = settings.TRUSTED_PROXIES
    candidate = hops[-depth] if 0 < depth <= len(hops) else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ip_address(_host(candidate)))
    except ValueError:
        return "0.0.0.0"  # noqa: S104 (a bucket for the unknown, not a binding)


def _host(hop: str) -> str:
    """Return the address without the port and brackets that some proxies write, and its zone."""
    host = hop.partition("%")[0]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") == 1 else host


def client_network(request: HttpRequest, ipv4: int = 24, ipv6: int = 64) -> str:
    """Return the network of the visitor's address with this many bits, for rate limits."""
    address = ip_address(client_ip(request))
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped:
        address = mapped
    prefix = ipv4 if address.version == 4 else ipv6
    return str(ip_network(f"{address}/{prefix}", strict=False))
