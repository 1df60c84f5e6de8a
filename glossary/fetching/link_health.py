"""Dead links: every address that our texts link to is checked about once a week.

An address counts as dead only after failures on several days, and never when its server only
rejects robots.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from http import HTTPStatus
from itertools import batched, chain
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import Case, F, Q, QuerySet, When
from django.template.defaultfilters import pluralize
from django.utils import timezone

from config.registry import Registry
from config.site import user_agent
from glossary.fetching.connecting import STRICT, Policy, target_of
from glossary.fetching.errors import AddressRefused, FetchError, status_text
from glossary.fetching.fetch import (
    REDIRECTS,
    Visit,
    Wanted,
    ask_all,
    host_of,
    next_target,
    send_request,
)
from glossary.models import CheckedAddress, Citation, Series, Source, Term
from glossary.models.checked_addresses import LONGEST_URL
from glossary.models.terms import TermQuerySet
from glossary.prose.markdown.parser import parse_markdown

logger = logging.getLogger(__name__)

PATIENT = replace(STRICT, connect_seconds=8.0, total_seconds=15.0)
WORKERS = 8
# The most addresses of one run: the clock waits for it, and no host may be flooded.
MOST = 60
MOST_A_HOST = 6
# A little less than a week and a day, so that the run at the same hour finds it due again.
NEXT_LOOK = timedelta(days=6, hours=20)
SECOND_LOOK = timedelta(hours=20)

GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
# How many checks have to fail, and over how long: fewer for a missing page than for a server that
# does not answer.
PROOF_OF_GONE = (2, timedelta(hours=20))
PROOF_OF_SILENCE = (3, timedelta(days=2))
PROBES = 3
JUDGED = (
    *("state", "answer", "said", "leads_to", "failures", "failing_since", "checked_at", "next_at"),
)
# SQLite accepts at most a thousand parts in one condition.
HOSTS_AT_ONCE = 200

# Functions that return the addresses that another app's texts link to.
LINKED_ADDRESSES = Registry[Callable[[], Iterable[str]]]()
TEXTS: tuple[tuple[Any, str], ...] = ((Term, "explanation"), (Series, "notes"))
# Some servers do not support HEAD, and some take its clients for robots: ask again by GET.
ACCEPT = {"Accept": "text/html,*/*;q=0.8"}
WORTH_A_GET = {400, 403, 404, 405, 406, 501, 503}


@dataclass(frozen=True, slots=True)
class Seen:
    """The status of the last answer, and where redirects led ("" without any)."""

    status: int
    final_url: str = ""


class Offline(Exception):
    """No address answered, not even ones that worked before: our own connection is down."""


def judge(address: CheckedAddress, found: Seen | FetchError, now: datetime) -> None:
    """Set the state of an address by the result of a check and its state before."""
    status, leads_to = (found.status, found.final_url) if isinstance(found, Seen) else (0, "")
    works = 200 <= status < 300
    address.answer, address.leads_to = status, leads_to[:LONGEST_URL]
    address.said = "" if works else status_text(status) if status else str(found)[:500]
    address.checked_at, address.next_at = now, now + NEXT_LOOK
    # 401, 403, 429 and similar are about the client: the page may well open for a person.
    if status and status not in GONE and not 500 <= status < 600:
        address.failures, address.failing_since = 0, None
        address.state = CheckedAddress.State.WORKS if works else CheckedAddress.State.UNCLEAR
        return
    address.failures, address.failing_since = address.failures + 1, address.failing_since or now
    most, longest = PROOF_OF_GONE if status in GONE else PROOF_OF_SILENCE
    if address.failures >= most and now - address.failing_since >= longest:
        address.state = CheckedAddress.State.DEAD
    else:
        address.state, address.next_at = CheckedAddress.State.FAILS, now + SECOND_LOOK


# --- which addresses there are ---


def collect() -> str:
    """Store addresses that are new in texts, delete those no longer there (a scheduled job)."""
    used = {url for url in _in_use() if _is_elsewhere(url)}
    known = set(CheckedAddress.objects.values_list("url", flat=True))
    new = _add(used - known)
    for some in batched(known - used, 500):
        CheckedAddress.objects.filter(url__in=some).delete()
    return f"{len(new)} new link{pluralize(new)} to check" if new else ""


def addresses_in(text: str) -> set[str]:
    if "http" not in text.lower():
        return set()
    inner = chain.from_iterable(block.children or () for block in parse_markdown(text))
    return {str(token.attrs.get("href", "")) for token in inner if token.type == "link_open"}


def take_up(urls: Iterable[str]) -> list[int]:
    """Store the addresses that are not known yet; return their ids, for tasks.check_links."""
    wanted = {url for url in urls if _is_elsewhere(url)}
    new = wanted - set(CheckedAddress.objects.filter(url__in=wanted).values_list("url", flat=True))
    _add(new)
    return list(CheckedAddress.objects.filter(url__in=new).values_list("pk", flat=True))


def _add(urls: Iterable[str]) -> list[CheckedAddress]:
    rows = [CheckedAddress(url=url) for url in sorted(urls)]
    return CheckedAddress.objects.bulk_create(rows, ignore_conflicts=True)


def _in_use() -> Iterator[str]:
    for addresses in LINKED_ADDRESSES:
        yield from addresses()
    for model, field in ((Citation, "url"), (Source, "url"), (Source, "licence_url")):
        yield from model.objects.values_list(field, flat=True)
    for model, field in TEXTS:
        texts = model.objects.filter(**{f"{field}__icontains": "http"})
        for text in texts.values_list(field, flat=True).iterator():
            yield from addresses_in(text)


def _is_elsewhere(url: str) -> bool:
    is_web = url.lower().startswith(("http://", "https://"))
    return is_web and len(url) <= LONGEST_URL and not url.startswith(f"{settings.SITE_URL}/")


# --- checking them ---


def check_due(policy: Policy = PATIENT) -> str:
    """Check some of the addresses that are due (a scheduled job, several times a night)."""
    due = _polite(CheckedAddress.objects.due().iterator())
    try:
        looked = check_addresses(due, policy)
    except Offline:
        logger.error("No link could be checked: this machine reaches no server.")  # noqa: TRY400
        return "no link checked: this machine reaches no server"
    dead = sum(address.state == CheckedAddress.State.DEAD for address in looked)
    return f"{len(looked)} link{pluralize(looked)} checked, {dead} dead" if looked else ""


def check_addresses(
    addresses: Iterable[CheckedAddress], policy: Policy = PATIENT
) -> list[CheckedAddress]:
    """Check addresses and store the results. Raises Offline, and stores nothing then."""
    found = list(_looked_at(addresses, policy))
    if found and not _anybody_answered(found):
        # If a few addresses that worked last time fail too, the fault is ours.
        probes = CheckedAddress.objects.working().order_by("-checked_at")[:PROBES]
        if not _anybody_answered(_looked_at(probes, policy)):
            raise Offline
    for address, each in found:
        judge(address, each, timezone.now())
        _store(address)
    return [address for address, _ in found]


def excuse(addresses: Iterable[CheckedAddress]) -> int:
    """Mark addresses as working for an editor until they fail differently; return how many."""
    ids = [address.pk for address in addresses]
    return CheckedAddress.objects.filter(pk__in=ids).update(excused_as=F("answer"))


type Found = tuple[CheckedAddress, Seen | FetchError]


def _polite(due: Iterable[CheckedAddress]) -> list[CheckedAddress]:
    """Return up to MOST addresses in their order, at most MOST_A_HOST per host."""
    kept: list[CheckedAddress] = []
    hosts: Counter[str] = Counter()
    for address in due:
        host = host_of(address.url)
        hosts[host] += 1
        if hosts[host] <= MOST_A_HOST:
            kept.append(address)
        if len(kept) == MOST:
            break
    return kept


def _looked_at(addresses: Iterable[CheckedAddress], policy: Policy) -> Iterator[Found]:
    agent = user_agent()
    by_url = {address.url: address for address in addresses}
    wanted = map(Wanted, by_url)
    for one, found in ask_all(wanted, lambda one: look_at(one, agent, policy), WORKERS):
        yield by_url[one.url], found


def _anybody_answered(found: Iterable[Found]) -> bool:
    return any(isinstance(each, Seen) for _, each in found)


def _store(address: CheckedAddress) -> None:
    fields = {name: getattr(address, name) for name in JUDGED}
    # By the row as it is now: an editor may have excused it during the check.
    excused_as = Case(When(excused_as=address.answer, then=F("excused_as")))
    CheckedAddress.objects.filter(pk=address.pk).update(**fields, excused_as=excused_as)


# --- where they are used ---

type User = Term | Source | Series


def with_dead_links(terms: TermQuerySet) -> QuerySet[Term]:
    """Keep terms that cite a dead address or link to one in their explanation."""
    users = users_of(CheckedAddress.objects.dead().values_list("url", flat=True))
    found = {user.pk for using in users.values() for user in using if isinstance(user, Term)}
    return terms.filter(pk__in=found)


def users_of(urls: Iterable[str]) -> dict[str, list[User]]:
    """Return {address: terms, sources and series that link to it} for a few addresses.

    Computed on request: a stored list would still name a term that was corrected today.
    """
    found: dict[str, dict[str, User]] = {url: {} for url in urls}
    for url, user in _users(found) if found else ():
        found[url][f"{user._meta.model_name} {user.pk}"] = user
    return {url: list(users.values()) for url, users in found.items()}


def _users(urls: Collection[str]) -> Iterator[tuple[str, User]]:
    """Yield (address, row); those with texts are found by the host as typed, then read."""
    for citation in Citation.objects.filter(url__in=urls).select_related("term"):
        yield citation.url, citation.term
    for source in Source.objects.filter(Q(url__in=urls) | Q(licence_url__in=urls)):
        yield from ((url, source) for url in {source.url, source.licence_url}.intersection(urls))
    hosts = {typed for url in urls for typed in _typed(host_of(url))}
    for model, field in TEXTS:
        for some in batched(sorted(hosts), HOSTS_AT_ONCE):
            named = reduce(or_, (Q(**{f"{field}__icontains": host}) for host in some))
            for row in model.objects.filter(named):
                for url in addresses_in(getattr(row, field)).intersection(urls):
                    yield url, row


def _typed(host: str) -> set[str]:
    """Return the ways to type a host: Markdown turns bücher.example into xn--bcher-kva.example."""
    try:
        return {host, host.encode("ascii").decode("idna")} - {""}
    except UnicodeError:
        return {host}


# --- looking at one address, without reading the body of the answer ---
# The rules are those of fetching: public addresses only, every redirect checked, one deadline.


def look_at(wanted: Wanted, agent: str, policy: Policy = STRICT) -> Seen | FetchError:
    """Send a HEAD, then a GET if that tells too little. Returns a FetchError without an answer."""
    visit = Visit.begin(agent, policy)
    seen = _try(wanted.url, "HEAD", visit)
    if isinstance(seen, AddressRefused):
        return seen
    if isinstance(seen, FetchError) or seen.status in WORTH_A_GET:
        return _try(wanted.url, "GET", visit)
    return seen


def _try(url: str, method: str, visit: Visit) -> Seen | FetchError:
    """Follow redirects as far as the rules allow; a further redirect is itself the answer."""
    try:
        target = first = target_of(url, visit.policy)
        for _ in range(visit.policy.max_redirects + 1):
            with send_request(target, method, ACCEPT, visit) as (response, _line):
                status, location = response.status, response.headers.get("Location", "")
            if status not in REDIRECTS or not location:
                break
            try:
                target = next_target(target, location, visit.policy)
            except AddressRefused:
                break
    except FetchError as error:
        return error
    return Seen(status, "" if target == first else target.url)
