"""Looking whether an address still answers, without taking what it gives.

By the same rules as fetching: public addresses only, every redirect checked again, one deadline.
"""

from dataclasses import dataclass

from glossary.fetching.connecting import STRICT, Deadline, Policy, Target, target_of
from glossary.fetching.errors import AddressRefused, FetchError
from glossary.fetching.fetch import REDIRECTS, Wanted, asked, followed

# Some servers know no HEAD, and some take every client that sends one for a robot: ask again.
ACCEPT = {"Accept": "text/html,*/*;q=0.8"}
WORTH_A_GET = {400, 403, 404, 405, 406, 501, 503}


@dataclass(frozen=True, slots=True)
class Seen:
    """The status of the last answer, and where redirects led ("" without any)."""

    status: int
    final_url: str = ""


def look_at(wanted: Wanted, agent: str, policy: Policy = STRICT) -> Seen | FetchError:
    """Ask by HEAD, then by GET where HEAD says little. A FetchError means no answer."""
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
    """Follow redirects as far as we may. One that leads further is itself the answer."""
    target = first
    for _ in range(policy.max_redirects + 1):
        with asked(target, method, agent, ACCEPT, policy, deadline) as (response, _line):
            status, location = response.status, response.headers.get("Location", "")
        if status not in REDIRECTS or not location:
            break
        try:
            target = followed(target, location, policy)
        except AddressRefused:
            break
    return Seen(status, "" if target == first else target.url)
