"""The client address of a request, when forwarded headers can be trusted and when not."""

import pytest
from django.test import RequestFactory

from config.network import client_ip, client_network


def request(remote="203.0.113.9", forwarded=None):
    extra = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    return RequestFactory().get("/", REMOTE_ADDR=remote, **extra)


def test_without_a_trusted_proxy_the_header_counts_for_nothing(settings):
    settings.TRUSTED_PROXIES = 0
    assert client_ip(request(forwarded="198.51.100.1")) == "203.0.113.9"


@pytest.mark.parametrize(
    ("proxies", "expected"), [(1, "198.51.100.7"), (2, "198.51.100.1"), (3, "6.6.6.6")]
)
def test_the_header_is_read_from_the_right_one_step_a_proxy(settings, proxies, expected):
    settings.TRUSTED_PROXIES = proxies
    assert client_ip(request(forwarded="6.6.6.6, 198.51.100.1, 198.51.100.7")) == expected


def test_a_header_shorter_than_the_proxies_or_not_an_address_is_not_believed(settings):
    settings.TRUSTED_PROXIES = 2
    assert client_ip(request(forwarded="198.51.100.1")) == "203.0.113.9"
    settings.TRUSTED_PROXIES = 1
    assert client_ip(request(forwarded="not an address")) == "0.0.0.0"


@pytest.mark.parametrize(
    ("hop", "address"),
    [
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%eth0]:4711", "fe80::1"),
        ("198.51.100.7:x:1", "0.0.0.0"),
        ("[198.51.100.7", "198.51.100.7"),
        ("unknown", "0.0.0.0"),
        ("1.2.3:80", "0.0.0.0"),
    ],
)
def test_a_hop_may_name_its_port(settings, hop, address):
    settings.TRUSTED_PROXIES = 1
    assert client_ip(request(forwarded=f"6.6.6.6, {hop}")) == address
    assert client_network(request(forwarded=hop))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_limits_count_networks(address, network):
    assert client_network(request(remote=address)) == network


def test_the_bits_of_a_network_are_chosen_by_version():
    assert client_network(request(remote="203.0.113.9"), 32, 48) == "203.0.113.9/32"
    assert client_network(request(remote="2001:db8:1:2::3"), 32, 48) == "2001:db8:1::/48"
