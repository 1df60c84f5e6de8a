"""SPF, DKIM, DMARC, MX and PTR, asked of a real name server."""

from functools import partial

import pytest

from config.health import State, found_by
from newsletter.doctor import mail_dns
from newsletter.doctor.mail_dns import dkim, dmarc, mx, policy_record, ptr, resolver_of, spf
from tests.newsletter.doctor.servers import name_server

OK, LOOK, BROKEN, UNSEEN = State.OK, State.LOOK, State.BROKEN, State.UNSEEN


@pytest.fixture
def ask():
    """A function from records to a DNS that has them."""
    running = []

    def start(records):
        server = name_server(records)
        running.append(server)
        return resolver_of(server.__enter__())

    yield start
    for server in running:
        server.__exit__(None, None, None)


def state(look, *arguments):
    return found_by(partial(look, *arguments)).state


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (["v=spf1 include:relay.net -all"], OK),
        (["v=spf1"], OK),
        (["other", "v=spf1 -all"], OK),
        (["v=spf1 +all"], LOOK),
        (["v=spf1 mx all"], LOOK),
        (["v=spf10 -all"], BROKEN),
        (["v=spf1 -all", "v=spf1 mx -all"], BROKEN),
        (["other"], BROKEN),
        (None, BROKEN),
        ("NXDOMAIN", BROKEN),
        ("SERVFAIL", UNSEEN),
    ],
)
def test_spf(ask, records, expected):
    assert state(spf, ask({"pulse.org TXT": records}), "pulse.org") == expected


@pytest.mark.parametrize(
    ("selector", "record", "expected"),
    [
        ("s1", "v=DKIM1; k=rsa; p=MIGf", OK),
        ("s1", "p=MIGf", OK),
        ("s1", "v=DKIM1; p=", BROKEN),
        ("s2", "p=MIGf", BROKEN),
        ("", "p=MIGf", UNSEEN),
    ],
)
def test_dkim(ask, selector, record, expected):
    known = ask({"s1._domainkey.pulse.org TXT": [record]})
    assert state(dkim, known, "pulse.org", selector) == expected


@pytest.mark.parametrize(
    ("records", "expected", "said"),
    [
        ({"a.b.org": "v=DMARC1; p=reject"}, OK, "_dmarc.a.b.org has the policy reject."),
        ({"a.b.org": "v=DMARC1;p=none;rua=mailto:x@b.org"}, OK, "has the policy none."),
        ({"a.b.org": "v=DMARC1; p=none"}, LOOK, "Add rua=mailto:YOU"),
        ({"a.b.org": "v=DMARC1; p=reject; pct=50"}, LOOK, "no more pct: remove it."),
        ({"a.b.org": "v=DMARC1; rua=mailto:x@b.org"}, OK, "has the policy none."),
        ({"a.b.org": "v=DMARC1; p=always"}, BROKEN, "It may be none, quarantine or reject."),
        ({"b.org": "v=DMARC1; p=reject; sp=quarantine"}, OK, "_dmarc.b.org has the policy quar"),
        ({"b.org": "v=DMARC1; p=reject"}, OK, "_dmarc.b.org has the policy reject."),
        ({"a.b.org": "v=DMARC2; p=reject"}, BROKEN, "Publish a TXT record of _dmarc.a.b.org"),
        ({}, BROKEN, "Nothing says what becomes of forged mail."),
    ],
)
def test_dmarc(ask, records, expected, said):
    known = ask({f"_dmarc.{name} TXT": [text] for name, text in records.items()})
    found = found_by(partial(dmarc, known, "a.b.org"))
    assert found.state == expected
    assert said in found.text


@pytest.mark.parametrize(
    ("records", "policy_of"),
    [
        ({"a.b.c.org": "", "c.org": ""}, "a.b.c.org"),
        ({"b.c.org": "", "c.org": ""}, "c.org"),
        ({"b.c.org": "psd=n", "c.org": ""}, "b.c.org"),
        ({"c.org": "", "org": "psd=y"}, "c.org"),
        ({"b.c.org": "", "org": "psd=y"}, "org"),
        ({"org": "psd=y"}, "org"),
        ({}, ""),
    ],
)
def test_the_policy_is_found_by_the_walk_up_the_tree_of_rfc_9989(ask, records, policy_of):
    known = ask({f"_dmarc.{name} TXT": [f"v=DMARC1; {tag}"] for name, tag in records.items()})
    assert policy_record(known, "a.b.c.org")[0] == policy_of


def test_two_records_of_one_name_are_none(ask):
    known = ask({"_dmarc.b.org TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]})
    assert state(dmarc, known, "b.org") == BROKEN


def test_the_walk_asks_eight_names_at_most():
    walked = list(mail_dns.tree_walk("a.b.c.d.e.f.g.h.i.org"))
    assert len(walked) == 8
    assert (walked[1], walked[-1]) == ("d.e.f.g.h.i.org", "org")
    assert list(mail_dns.tree_walk("a.b.org")) == ["a.b.org", "b.org", "org"]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ({"p.org MX": ["10 mx.p.org."], "mx.p.org A": ["192.0.2.1"]}, OK),
        ({"p.org MX": ["10 mx.p.org."], "mx.p.org AAAA": ["2001:db8::1"]}, OK),
        ({"p.org MX": ["10 mx.p.org."]}, BROKEN),
        ({"p.org MX": ["0 ."], "p.org A": ["192.0.2.1"]}, BROKEN),
        ({"p.org A": ["192.0.2.1"]}, LOOK),
        ({}, BROKEN),
    ],
)
def test_mx(ask, records, expected):
    assert state(mx, ask(records), "p.org") == expected


NAMED = {"4.4.8.8.in-addr.arpa PTR": ["mail.p.org."], "mail.p.org A": ["8.8.4.4"]}


@pytest.mark.parametrize(
    ("host", "records", "expected"),
    [
        ("mail.p.org", NAMED, OK),
        ("8.8.4.4", NAMED, OK),
        ("mail.p.org", {"mail.p.org A": ["8.8.4.4"]}, LOOK),
        ("8.8.4.4", NAMED | {"mail.p.org A": ["8.8.8.8"]}, LOOK),
        ("127.0.0.1", {}, UNSEEN),
        ("mail.p.org", {"mail.p.org A": ["10.0.0.4"]}, UNSEEN),
    ],
)
def test_ptr(ask, host, records, expected):
    assert state(ptr, ask(records), host) == expected


def test_without_a_network_only_the_first_question_waits(ask, monkeypatch):
    monkeypatch.setattr(mail_dns, "SECONDS", 0.05)
    known = ask({"p.org TXT": "silence"})
    assert state(spf, known, "p.org") == UNSEEN
    assert known.silence == "DNS does not answer (LifetimeTimeout)."
    assert state(mx, known, "q.org") == UNSEEN


def test_every_domain_and_relay_is_looked_at_once():
    looks = mail_dns.mail_dns(None, ["p.org", "p.org"], "b.p.org", ["mail.net"], "s1")
    assert list(looks) == [
        "DMARC of p.org", "DKIM of p.org", "SPF of b.p.org", "MX of b.p.org", "MX of p.org",
        "PTR of mail.net",
    ]  # fmt: skip
