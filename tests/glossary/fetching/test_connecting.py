"""Where the fetcher connects and where not: addresses, names, certificates."""

import re
import shutil
import socket
import ssl
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.fetching.connecting import Policy, target_of
from glossary.fetching.errors import (
    AddressRefused,
    BadCertificate,
    FetchError,
    TooSlow,
    Truncated,
    Unreachable,
)
from glossary.fetching.fetch import Wanted, fetch
from tests.glossary.publisher import (
    AGENT,
    CSV,
    PLAIN,
    answer,
    get,
    policy_for,
    publishers,
    says_nothing,
)


@pytest.fixture
def publish():
    yield from publishers()


# Addresses


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "must begin with"),
        ("data.csv", "must begin with"),
        ("//data.example/x", "must begin with"),
        ("file:///etc/passwd", "must begin with"),
        ("ftp://data.example/x", "must begin with"),
        ("gopher://data.example/x", "must begin with"),
        ("data:text/csv,1", "must begin with"),
        ("http:///x", "not a host name"),
        ("http://", "not a host name"),
        ("http://user@data.example/", "before an @"),
        ("http://user:pw@data.example/", "before an @"),
        ("http://@data.example/", "before an @"),
        ("http://data.example\\@10.0.0.1/", "before an @"),
        ("http://data.example:22/", "port 22"),
        ("http://data.example:0/", "port 0"),
        ("https://data.example:8443/", "port 8443"),
        ("http://data.example:99999/", "not a web address"),
        ("http://data.example:x/", "not a web address"),
        ("http://[::1/", "not a web address"),
        ("http://[fe80::1%25eth0]/", "not a host name"),
        ("http://data%2eexample/", "not a host name"),
        ("http://däta.example/", "xn--"),
        ("http://data..example/", "not a host name"),
        ("http://data.example./", "not a host name"),
        ("http://" + "a" * 64 + ".example/", "not a host name"),
        ("http://" + "a." * 127 + "example/", "not a host name"),
        ("http://data.example\\.evil.example/", "not a host name"),
        ("http://data.example/\r\nX-Evil: 1", "control characters"),
        ("http://data.example/\x00", "control characters"),
        ("http://data.example/\t", "control characters"),
        ("http://data.example/" + "x" * 2000, "longer than"),
    ],
)
def test_addresses_that_break_a_rule_are_refused_with_the_rule(url, why):
    with pytest.raises(AddressRefused, match=why) as refusal:
        fetch(Wanted(url), AGENT)
    assert refusal.value.retry is False
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("http://data.example", "data.example", "/"),
        ("HTTPS://Data.Example:443/A?b=c#d", "data.example", "/A?b=c"),
        ("http://data.example?x=1", "data.example", "/?x=1"),
        ("https://[2606:4700::1111]/x", "[2606:4700::1111]", "/x"),
        ("http://data.example:443/", "data.example:443", "/"),
        ("http://data.example/%41%2F?a=%26", "data.example", "/%41%2F?a=%26"),
        ('http://data.example/a b"<é>', "data.example", "/a%20b%22%3C%C3%A9%3E"),
    ],
)
def test_good_addresses_are_taken_apart(url, authority, path):
    target = target_of(url)
    assert (target.authority, target.path) == (authority, path)
    assert target_of(target.url) == target


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://data.example"]))
@settings(deadline=None, max_examples=150)
def test_any_text_is_an_address_that_keeps_the_rules_or_is_refused(text, start):
    try:
        target = target_of(start + text)
    except AddressRefused:
        return
    assert target.port in (80, 443)
    assert re.fullmatch(r"[a-z0-9_.:-]+", target.host)
    assert re.fullmatch(r"/[\x21-\x7e]*", target.path)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "0"]
)
def test_our_own_machine_is_refused_however_its_address_is_written(host):
    with pytest.raises(AddressRefused, match="public internet"):
        fetch(Wanted(f"http://{host}/"), AGENT)


def test_the_metadata_address_is_refused_before_anything_is_sent(monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("connected"))
    with pytest.raises(AddressRefused, match=r"169\.254\.169\.254"):
        fetch(Wanted("http://169.254.169.254/latest/meta-data/"), AGENT)


@pytest.mark.parametrize("private", ["10.0.0.5", "::1", "169.254.169.254", "fe80::1%eth0", "junk"])
@pytest.mark.parametrize("is_first", [True, False])
def test_one_private_address_among_public_ones_refuses_the_name(monkeypatch, private, is_first):
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("connected"))
    addresses = ["93.184.215.14", "2606:4700::1111"]
    addresses.insert(0 if is_first else 2, private)
    with pytest.raises(AddressRefused, match=f"leads to {private}"):
        fetch(Wanted("http://data.example/"), AGENT, Policy(resolve=lambda _: addresses))


def test_the_checked_address_is_the_one_connected_to(publish, monkeypatch):
    """DNS rebinding: the name leads elsewhere on every look-up after the first."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("looked up by itself"))
    publisher = publish(answer(body=CSV))
    looked_up, checked = [], []

    def rebinding(host):
        looked_up.append(host)
        return ["127.0.0.1"] if len(looked_up) == 1 else ["169.254.169.254"]

    def is_allowed(address):
        checked.append(address)
        return address == "127.0.0.1"

    assert get(publisher, resolve=rebinding, is_allowed=is_allowed).content == CSV
    assert looked_up == ["data.example"]
    assert checked == publisher.reached_at == ["127.0.0.1"]
    assert f"Host: data.example:{publisher.port}" in publisher.requests[0]


def test_a_name_that_rebinds_between_redirects_is_refused(publish):
    publisher = publish(answer("302 Found", Location="/next"), answer(body=CSV))
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    with pytest.raises(AddressRefused, match=r"leads to 10\.0\.0\.1"):
        get(publisher, resolve=lambda _: next(answers))
    assert len(publisher.requests) == 1


def test_the_next_address_is_tried_when_one_is_dead(publish):
    publisher = publish(answer(body=CSV))
    both = ["::1", "127.0.0.1"]
    assert get(publisher, resolve=lambda _: both, is_allowed=both.__contains__).content == CSV


@pytest.mark.parametrize("addresses", [["127.0.0.1"], []])
def test_nobody_there_is_worth_another_try(publish, addresses):
    closed = publish(says_nothing)
    closed.close()
    with pytest.raises(Unreachable, match=r"data\.example") as failure:
        get(closed, resolve=lambda _: addresses)
    assert failure.value.retry


def test_an_unknown_name_is_said_so(publish):
    def unknown(_):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(Unreachable, match="Name or service not known"):
        get(publish(says_nothing), resolve=unknown)


# Certificates


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for data.example: its file with the key, and itself as PEM."""
    folder = tmp_path_factory.mktemp("certificate")
    openssl = shutil.which("openssl")
    assert openssl, "These tests need the openssl command."
    subject = ["-subj", "/CN=data.example", "-addext", "subjectAltName=DNS:data.example"]
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    files = ["-nodes", "-days", "2", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    subprocess.run([*command, *subject, *files], check=True, capture_output=True)
    return folder


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context


def test_a_certificate_that_nobody_vouches_for_is_refused(publish, tls):
    publisher = publish(answer(body=CSV), tls=tls)
    with pytest.raises(BadCertificate, match="self-signed"):
        get(publisher)
    assert publisher.requests == []


def test_a_certificate_is_checked_against_the_name_and_not_the_address(publish, tls, certificate):
    names = []
    tls.sni_callback = lambda _line, name, _context: names.append(name)
    publisher = publish(answer(body=CSV), tls=tls)
    authority = (certificate / "cert.pem").read_text()
    assert get(publisher, extra_authority=authority).content == CSV
    assert names == ["data.example"]
    assert publisher.reached_at == ["127.0.0.1"]


@pytest.mark.parametrize("host", ["other.example", "127.0.0.1"])
def test_a_certificate_for_another_name_is_refused(publish, tls, certificate, host):
    publisher = publish(answer(body=CSV), tls=tls)
    authority = (certificate / "cert.pem").read_text()
    policy = policy_for(publisher, extra_authority=authority)
    with pytest.raises(BadCertificate, match="not valid for"):
        fetch(Wanted(publisher.url(host=host)), AGENT, policy)
    assert publisher.requests == []


def test_https_never_goes_down_to_http(publish, tls, certificate):
    plain = publish(answer(body=CSV))
    publisher = publish(answer("302 Found", Location=plain.url()), tls=tls)
    authority = (certificate / "cert.pem").read_text()
    with pytest.raises(AddressRefused, match="from https down to http"):
        fetch(
            Wanted(publisher.url()), AGENT, policy_for(publisher, plain, extra_authority=authority)
        )
    assert plain.requests == []


def test_http_may_go_up_to_https(publish, tls, certificate):
    publisher = publish(answer(body=CSV), tls=tls)
    plain = publish(answer("301 Moved Permanently", Location=publisher.url()))
    authority = (certificate / "cert.pem").read_text()
    policy = policy_for(publisher, plain, extra_authority=authority)
    assert fetch(Wanted(plain.url()), AGENT, policy).final_url == publisher.url()


def test_a_line_cut_under_tls_is_not_the_end_of_a_file(publish, tls, certificate):
    """Without a length only TLS's own farewell tells the end from a cut; this server omits it."""
    publisher = publish(PLAIN + CSV, tls=tls)
    with pytest.raises(Truncated):
        get(publisher, extra_authority=(certificate / "cert.pem").read_text())


def test_a_server_that_stalls_in_the_handshake_is_left(publish):
    publisher = publish(says_nothing)
    url = publisher.url().replace("http:", "https:")
    with pytest.raises(TooSlow):
        fetch(Wanted(url), AGENT, policy_for(publisher, connect_seconds=0.15))


def test_a_server_without_tls_is_said_so(publish):
    publisher = publish(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    url = publisher.url().replace("http:", "https:")
    with pytest.raises(FetchError, match=r"data\.example") as failure:
        fetch(Wanted(url), AGENT, policy_for(publisher))
    assert failure.value.retry
