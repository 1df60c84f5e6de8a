"""What DNS says about the domains that mail comes from: SPF, DKIM, DMARC, MX and PTR."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from typing import Any

import dns.exception
import dns.resolver
import dns.reversename

from config.health import Finding, Look, State, either

SECONDS = 5.0  # to wait for an answer
OF_OLD = {"pct", "rf", "ri"}  # tags that RFC 9989 has no more
ABSENT = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)


@dataclass
class DNS:
    """Asks a name server. Raises OSError when it does not answer; no record is an empty list."""

    resolver: dns.resolver.Resolver
    silence: str = field(default="", init=False)

    def ask(self, name: str, kind: str) -> list[Any]:
        if self.silence:  # without a network each question would wait
            raise OSError(self.silence)
        try:
            return list(self.resolver.resolve(name, kind, lifetime=SECONDS, search=False))
        except ABSENT:
            return []
        except dns.exception.DNSException as error:
            text = f"DNS does not answer ({type(error).__name__})."
            self.silence = text if isinstance(error, dns.exception.Timeout) else ""
            raise OSError(text) from error

    def texts(self, name: str, version: str) -> list[str]:
        """Return the TXT records of a name that begin with `version`."""
        found = [
            b"".join(each.strings).decode("utf-8", "replace") for each in self.ask(name, "TXT")
        ]
        return [text for text in found if re.match(rf"{version}\s*(?:[;\s]|$)", text)]

    def addresses(self, host: str) -> list[str]:
        if re.fullmatch(r"[\d.]+|.*:.*", host):
            return [host]
        return [each.address for kind in ("A", "AAAA") for each in self.ask(host, kind)]


def resolver_of(nameserver: str) -> DNS:
    """Return the DNS of this machine, or of a name server such as 1.1.1.1 or 127.0.0.1:5353."""
    if not nameserver:
        return DNS(dns.resolver.Resolver())
    host, _, port = nameserver.partition(":")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = [host], int(port or 53)
    return DNS(resolver)


def spf(ask: DNS, domain: str) -> Finding:
    """Check the SPF record of an envelope's domain (RFC 7208)."""
    found = ask.texts(domain, "v=spf1")
    if len(found) != 1:
        cure = "It needs one TXT record, such as: v=spf1 include:RELAY -all"
        return Finding(State.BROKEN, f"It has {len(found)} SPF records. {cure}")
    if re.search(r"\s\+?all\b", found[0]):
        return Finding(State.LOOK, f"It lets every server send: {found[0]}. End it with -all")
    return Finding(State.OK, found[0])


def dkim(ask: DNS, domain: str, selector: str) -> Finding:
    """Check the DKIM key of the relay (RFC 6376)."""
    if not selector:
        return Finding(State.UNSEEN, "Set DKIM_SELECTOR to the selector that your relay names.")
    name = f"{selector}._domainkey.{domain}"
    texts = (b"".join(each.strings).decode("ascii", "replace") for each in ask.ask(name, "TXT"))
    keys = [tags_of(text).get("p", "") for text in texts]
    cure = "Publish the TXT that your relay names."
    return either(any(keys), f"{name} has a key.", f"{name} has no key. {cure}")


def dmarc(ask: DNS, domain: str) -> Finding:
    """Check the DMARC policy for mail from a domain (RFC 9989)."""
    name, record = policy_record(ask, domain)
    if not name:
        cure = f"Publish a TXT record of _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:YOU"
        return Finding(State.BROKEN, f"Nothing says what becomes of forged mail. {cure}")
    tags = tags_of(record)
    policy = tags.get("p", "none") if name == domain else tags.get("sp", tags.get("p", "none"))
    text = f"_dmarc.{name} has the policy {policy}."
    if old := sorted(OF_OLD & tags.keys()):
        return Finding(State.LOOK, f"{text} RFC 9989 has no more {', '.join(old)}: remove it.")
    if policy not in ("none", "quarantine", "reject"):
        return Finding(State.BROKEN, f"{text} It may be none, quarantine or reject.")
    if policy == "none" and "rua" not in tags:
        return Finding(State.LOOK, f"{text} Add rua=mailto:YOU to hear of forged mail.")
    return Finding(State.OK, text)


def policy_record(ask: DNS, domain: str) -> tuple[str, str]:
    """Return the domain whose record is the policy of `domain`, and the record; ("", "") if none.

    That is its own, else that of the organizational domain, found by a tree walk, else that of a
    public suffix (RFC 9989, 4.10).
    """
    found: dict[str, str] = {}
    walked: list[str] = []
    for name in tree_walk(domain):
        walked.append(name)
        records = ask.texts(f"_dmarc.{name}", "v=DMARC1")
        if len(records) != 1:
            continue
        found[name] = records[0]
        if name == domain:
            break
        suffix = tags_of(records[0]).get("psd", "u")
        if suffix == "y" and walked[-2] in found:
            return walked[-2], found[walked[-2]]
        if suffix in ("y", "n"):
            break
    name = next(reversed(found), "")
    return name, found.get(name, "")


def tree_walk(domain: str) -> Iterator[str]:
    """Yield the domain and its parent domains, eight at most."""
    labels = domain.split(".")
    yield domain
    rest = labels[-7:] if len(labels) > 8 else labels[1:]
    for first in range(len(rest)):
        yield ".".join(rest[first:])


def mx(ask: DNS, domain: str) -> Finding:
    """Check whether a domain takes mail: bounces or replies (RFC 5321, 5.1; RFC 7505)."""
    hosts = [str(each.exchange).rstrip(".") for each in ask.ask(domain, "MX")]
    if any(host and ask.addresses(host) for host in hosts):
        return Finding(State.OK, f"Its mail goes to {', '.join(hosts)}.")
    if not hosts and ask.addresses(domain):
        return Finding(State.LOOK, "It has no MX record; its mail goes to its own address.")
    return Finding(State.BROKEN, "It takes no mail. Publish an MX record that leads to a server.")


def ptr(ask: DNS, host: str) -> Finding:
    """Check whether the names of a mail server's addresses resolve to these addresses."""
    public = [each for each in ask.addresses(host) if ip_address(each).is_global]
    if not public:
        text = f"{host} has no public address that this machine knows."
        cure = "Look at the PTR record of the public address that it sends from."
        return Finding(State.UNSEEN, f"{text} {cure}")
    nameless = []
    for each in public:
        names = ask.ask(str(dns.reversename.from_address(each)), "PTR")
        if not any(each in ask.addresses(str(name.target).rstrip(".")) for name in names):
            nameless.append(each)
    if nameless:
        cure = "The owner of the address sets its PTR record."
        return Finding(State.LOOK, f"No name leads back to {', '.join(nameless)}. {cure}")
    return Finding(State.OK, f"The names of {', '.join(public)} lead back.")


def tags_of(record: str) -> dict[str, str]:
    """Return the tags of a record or signature, with names in small letters."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if value}


def mail_dns(
    ask: DNS, senders: Iterable[str], bounce_domain: str, relays: Iterable[str], selector: str
) -> dict[str, Look]:
    """Return the looks by title, such as “SPF of example.org”.

    DMARC and DKIM are looked up for each sender, SPF for the domain of the envelope, MX for both,
    and PTR for each relay.
    """
    senders = list(dict.fromkeys(senders))
    envelopes = [bounce_domain] if bounce_domain else senders
    takers = dict.fromkeys([*envelopes, *senders])
    return {
        **{f"DMARC of {each}": partial(dmarc, ask, each) for each in senders},
        **{f"DKIM of {each}": partial(dkim, ask, each, selector) for each in senders},
        **{f"SPF of {each}": partial(spf, ask, each) for each in envelopes},
        **{f"MX of {each}": partial(mx, ask, each) for each in takers},
        **{f"PTR of {each}": partial(ptr, ask, each) for each in relays},
    }
