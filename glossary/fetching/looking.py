"""Checks whether an address still answers, without reading the body of the answer.

The rules are those of fetching: public addresses only, every redirect checked, one deadline.
"""

from dataclasses import dataclass

from glossary.fetching.connecting import STRICT, Deadline, Policy, Target, target_of
from glossary.fetching.errors import AddressRefused, FetchError
from glossary.fetching.fetch import REDIRECTS, Wanted, next_target, send_request

# Some servers do not support HEAD, and some take its clients for robots: ask again by GET.
ACCEPT = {"Accept": "text/html,*/*;q=0.8"}
WORTH_A_GET = {400, 403, 404, 405, 406, 501, 503}


@dataclass(frozen=True, slots=True)
class Seen:
    """The status of the last answer, and where redirects led ("" without any)."""

    status: int
    final_url: str = ""


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
