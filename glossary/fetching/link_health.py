"""Dead links: every address that our texts link to is checked about once a week.

An address counts as dead only after failures on several days, and never when its server only
rejects robots.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
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
from glossary.fetching.connecting import STRICT, Deadline, Policy, Target, target_of
from glossary.fetching.errors import AddressRefused, FetchError, status_text
from glossary.fetching.fetch import REDIRECTS, Wanted, ask_all, host_of, next_target, send_request
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


@dataclass(frozen=True, slots=True)
class AddressState:
    """The result of a check, as the fields of a CheckedAddress."""

    state: CheckedAddress.State
    answer: int
    said: str = ""
    leads_to: str = ""
    failures: int = 0
    failing_since: datetime | None = None


def next_state(before: CheckedAddress, found: Seen | FetchError, now: datetime) -> AddressState:
    """Return the new state of an address from the result of a check and its state before."""
    if isinstance(found, FetchError):
        return _failing(before, AddressState(CheckedAddress.State.FAILS, 0, str(found)[:500]), now)
    status, leads_to = found.status, found.final_url[:LONGEST_URL]
    if 200 <= status < 300:
        return AddressState(CheckedAddress.State.WORKS, status, leads_to=leads_to)
    seen = AddressState(CheckedAddress.State.UNCLEAR, status, status_text(status), leads_to)
    # 401, 403, 429 and similar are about the client: the page may well open for a person.
    is_failure = status in GONE or 500 <= status < 600
    return _failing(before, seen, now) if is_failure else seen


def _failing(before: CheckedAddress, seen: AddressState, now: datetime) -> AddressState:
    since, failures = before.failing_since or now, before.failures + 1
    most, longest = PROOF_OF_GONE if seen.answer in GONE else PROOF_OF_SILENCE
    is_dead = failures >= most and now - since >= longest
    state = CheckedAddress.State.DEAD if is_dead else CheckedAddress.State.FAILS
    return replace(seen, state=state, failures=failures, failing_since=since)


# --- which addresses there are ---


def collect() -> str:
    """Store addresses that are new in texts, delete those no longer there (a scheduled job)."""
    used = {url for url in _in_use() if _is_elsewhere(url)}
    known = set(CheckedAddress.objects.values_list("url", flat=True))
    new = [CheckedAddress(url=url) for url in sorted(used - known)]
    CheckedAddress.objects.bulk_create(new, ignore_conflicts=True)
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
    rows = [CheckedAddress(url=url) for url in sorted(new)]
    CheckedAddress.objects.bulk_create(rows, ignore_conflicts=True)
    return list(CheckedAddress.objects.filter(url__in=new).values_list("pk", flat=True))


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
    if found and not _anybody_answered(found) and not _is_online(policy):
        raise Offline
    return [_record(address, each) for address, each in found]


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


def _is_online(policy: Policy) -> bool:
    """Check a few addresses that worked last time: if these fail too, the fault is ours."""
    probes = CheckedAddress.objects.working().order_by("-checked_at")[:PROBES]
    return _anybody_answered(_looked_at(probes, policy))


def _record(address: CheckedAddress, found: Seen | FetchError) -> CheckedAddress:
    now = timezone.now()
    standing = next_state(address, found, now)
    is_settled = standing.state != CheckedAddress.State.FAILS
    fields = asdict(standing) | {
        "checked_at": now,
        "next_at": now + (NEXT_LOOK if is_settled else SECOND_LOOK),
    }
    for name, value in fields.items():
        setattr(address, name, value)
    # By the row as it is now: an editor may have excused it during the check.
    excused_as = Case(When(excused_as=standing.answer, then=F("excused_as")))
    CheckedAddress.objects.filter(pk=address.pk).update(**fields, excused_as=excused_as)
    return address


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
    for url, user in chain(_by_field(found), _by_text(found)) if found else ():
        found[url][f"{user._meta.model_name} {user.pk}"] = user
    return {url: list(users.values()) for url, users in found.items()}


def _by_field(urls: Collection[str]) -> Iterator[tuple[str, User]]:
    for citation in Citation.objects.filter(url__in=urls).select_related("term"):
        yield citation.url, citation.term
    for source in Source.objects.filter(Q(url__in=urls) | Q(licence_url__in=urls)):
        yield from ((url, source) for url in {source.url, source.licence_url}.intersection(urls))


def _by_text(urls: Collection[str]) -> Iterator[tuple[str, User]]:
    """Yield (address, row) for texts: find rows by the host as typed, then read their links."""
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
    deadline = Deadline.after(policy.total_seconds)
    seen = _try(wanted.url, "HEAD", agent, policy, deadline)
    if isinstance(seen, AddressRefused):
        return seen
    if isinstance(seen, FetchError) or seen.status in WORTH_A_GET:
        return _try(wanted.url, "GET", agent, policy, deadline)
    return seen


def _try(
    url: str, method: str, agent: str, policy: Policy, deadline: Deadline
) -> Seen | FetchError:
    try:
        return _follow(target_of(url, policy), method, agent, policy, deadline)
    except FetchError as error:
        return error


def _follow(first: Target, method: str, agent: str, policy: Policy, deadline: Deadline) -> Seen:
    """Follow redirects as far as the rules allow; a further redirect is itself the answer."""
    target = first
    for _ in range(policy.max_redirects + 1):
        with send_request(target, method, agent, ACCEPT, policy, deadline) as (response, _line):
            status, location = response.status, response.headers.get("Location", "")
        if status not in REDIRECTS or not location:
            break
        try:
            target = next_target(target, location, policy)
        except AddressRefused:
            break
    return Seen(status, "" if target == first else target.url)
