from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.fetching.public_addresses import is_public

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "93.184.215.14",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "168.63.129.15",
    "168.63.129.17",
    "172.15.255.255",
    "172.32.0.0",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "223.255.255.255",
    "2600::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82b::200e",
    "2001:200::1",
    "2001:4860:4860::8888",
    "3ffe::1",
    "::ffff:8.8.8.8",
]

REFUSED = {
    "this host": ["0.0.0.0", "0.1.2.3", "::"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
    "unique local": ["fc00::1", "fd12:3456::1", "fd00:ec2::254"],
    "carrier NAT": ["100.64.0.1", "100.100.100.200", "100.127.255.255"],
    "link-local": ["169.254.169.254", "169.254.170.2", "fe80::1", "febf::1"],
    "with a zone": ["fe80::1%eth0", "2606:4700:4700::1111%eth0"],
    "site-local": ["fec0::1", "feff::1"],
    "protocol assignments": ["192.0.0.9", "192.0.0.10", "192.0.0.192", "2001:1::1", "2001:20::1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "benchmarks": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "multicast": ["224.0.0.1", "233.252.0.1", "239.255.255.250", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "254.1.2.3", "4000::1", "8000::1", "e000::1", "100::1"],
    "broadcast": ["255.255.255.255"],
    "6to4 relay": ["192.88.99.0", "192.88.99.1", "192.88.99.255"],
    "Azure's host agent": ["168.63.129.16"],
    "IPv4-compatible": ["::8.8.8.8", "::127.0.0.1", "::a9fe:a9fe"],
    "IPv4-mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::ffff:0.0.0.0"],
    "IPv4-mapped special": ["::ffff:168.63.129.16", "::ffff:192.88.99.1", "::ffff:224.0.0.1"],
    "IPv4-translated": ["::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8"],
    "NAT64": ["64:ff9b::127.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::1"],
    "6to4": ["2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1"],
    "Teredo": ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "segment routing": ["5f00::1", "5f00:ffff::1"],
    "no address": [
        "",
        "localhost",
        "2130706433",
        "0x7f000001",
        "127.1",
        "0177.0.0.1",
        "1.2.3.4:80",
    ],
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(address, id=f"{why} {address}")
        for why, addresses in REFUSED.items()
        for address in addresses
    ],
)
def test_all_other_addresses_are_refused(address):
    assert not is_public(address)


@given(st.ip_addresses(v=4))
@settings(deadline=None)
def test_an_ipv4_address_is_judged_alike_when_mapped_into_ipv6(address: IPv4Address):
    assert is_public(f"::ffff:{address}") is is_public(str(address))


@given(st.ip_addresses(v=4))
@settings(deadline=None)
def test_no_tunnel_or_translator_is_a_way_around(address: IPv4Address):
    number = int(address)
    disguises = [
        IPv6Address(number),  # IPv4-compatible
        IPv6Address((0xFFFF0000 << 32) | number),  # IPv4-translated
        IPv6Address((0x0064FF9B << 96) | number),  # NAT64
        IPv6Address((0x2002 << 112) | (number << 80) | 1),  # 6to4
        IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF)),  # Teredo's client
    ]
    assert not any(is_public(str(disguise)) for disguise in disguises)


@given(st.ip_addresses())
@settings(deadline=None)
def test_nothing_is_public_that_python_calls_private(address):
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_private
        assert not address.is_loopback
        assert not address.is_link_local
