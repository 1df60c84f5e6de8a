"""Fetches newer data from publishers: by a daily job, a command, or a button in admin.

A fetched file is planned and accepted like an upload. It is accepted automatically only when
nothing needs a person. After a failure the old data stay, and editors see why.
"""

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import Message
from pathlib import PurePosixPath
from random import SystemRandom
from urllib.parse import unquote, urlsplit

from django.core.mail import mail_admins
from django.db.models import Max, Q
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone

from config.health import Finding, State, age, ago
from config.site import absolute, user_agent
from glossary.fetching.connecting import STRICT, Policy
from glossary.fetching.errors import FetchError
from glossary.fetching.fetch import Fetched, NotModified, Wanted, backoff, fetch_all
from glossary.ingest import plans
from glossary.ingest.columns import Columns
from glossary.ingest.encodings import first_name
from glossary.ingest.guessing import ChoiceNeeded
from glossary.ingest.problems import DataRefused
from glossary.ingest.revisions import RevisionKind
from glossary.ingest.steps.declaration import BadSteps, read_steps
from glossary.ingest.uploads import Stale
from glossary.models import Fetch, Series, Upload
from glossary.models.series import SeriesQuerySet

logger = logging.getLogger(__name__)
random = SystemRandom()

# How long one clock has to fetch a series before another may start.
CLAIMED_FOR = timedelta(minutes=10)
# One bad day of a publisher is normal; three are reported.
PATIENCE = timedelta(days=3)
SAME_FILE = "Not changed since the last look."


@dataclass(frozen=True)
class RefreshOutcome:
    """The result for one series, in words."""

    series: Series
    text: str
    is_failure: bool = False
    waits: Upload | None = None  # for a person
    is_news: bool = False


def refresh_due() -> str:
    """Fetch every series whose next fetch is due (a scheduled job)."""
    now = timezone.now()
    return _report(_claimed(_fetched().filter(Q(fetch=None) | Q(fetch__next_at__lte=now)), now))


def look_at_new() -> str:
    """Fetch the series that were never fetched (a job of every minute): at the first start."""
    return _report(_claimed(_fetched().filter(fetch=None), timezone.now()))


def retry_failed() -> str:
    """Fetch failed series again after their pause (a scheduled job)."""
    now = timezone.now()
    return _report(_claimed(_fetched().filter(fetch__failures__gt=0, fetch__next_at__lte=now), now))


def tell_operators() -> str:
    """Mail operators the series that have failed for days (a scheduled job, once a day)."""
    failing = Fetch.objects.filter(failing_since__lte=timezone.now() - PATIENCE)
    said = [
        f"{each.series.title}, since {each.failing_since:%Y-%m-%d}\n{each.problem}\n"
        + absolute(reverse("admin:glossary_series_change", args=[each.series_id]))
        for each in failing.filter(series__in=_fetched())
        .select_related("series")
        .order_by("failing_since")
    ]
    if not said:
        return ""
    count = f"{len(said)} series cannot be fetched"
    mail_admins(subject=count, message="\n\n".join(said))
    return f"operators told that {count}"


def fetching() -> Finding:
    """Return a Finding: when a fetch last worked (a look of config.health)."""
    newest = _fetched().aggregate(at=Max("fetch__worked_at"))["at"]
    if newest is None and not _fetched().exists():
        return Finding(State.OK, "No series is fetched.")
    text = f"A fetch last worked {ago(newest)}." if newest else "No fetch has worked yet."
    seconds = age(newest) if newest else None
    if newest and timezone.now() - newest <= PATIENCE:
        return Finding(State.OK, text, seconds)
    return Finding(State.LOOK, f"{text} Can this machine reach other sites?", seconds)


def refresh_series(
    series: Iterable[Series], again: bool = False, policy: Policy = STRICT
) -> Iterator[RefreshOutcome]:
    """Fetch series and import what is new; yield results in the order of arrival.

    With `again` the file is read even if it is unchanged. An address that several series share is
    requested once.
    """
    asked: dict[Wanted, list[Series]] = {}
    for each in series:
        asked.setdefault(_wanted(each, again), []).append(each)
    for wanted, found in fetch_all(asked, user_agent(), policy):
        for each in asked[wanted]:
            yield settle(each, found, again)


def accepts_itself(planned: plans.ReleasePlan) -> bool:
    """Return whether a fetched file may become a release automatically.

    Not when a person must decide, or has not seen its columns: a first file is taken only if the
    series has steps. All else can be withdrawn, and is listed on the editors' desk.
    """
    is_first = planned.difference.kind is RevisionKind.FIRST
    was_seen = planned.file.was_seen and (bool(planned.series.steps) or not is_first)
    return was_seen and not planned.needs_a_person and not planned.changes_nothing


def _fetched() -> SeriesQuerySet:
    return Series.objects.fetched().with_page()


def _claimed(series: Iterable[Series], now: datetime) -> list[Series]:
    """Claim the series that no other clock is fetching now."""
    return [each for each in series if _claim(_fetch_of(each), now)]


def _claim(fetch: Fetch, now: datetime) -> bool:
    same = Fetch.objects.filter(pk=fetch.pk, next_at=fetch.next_at)
    return same.update(next_at=now + CLAIMED_FOR) == 1


def _fetch_of(series: Series) -> Fetch:
    return Fetch.objects.get_or_create(series=series)[0]


def _wanted(series: Series, again: bool) -> Wanted:
    fetch = _fetch_of(series)
    url, link = address_on(series.fetch_url, timezone.localdate()), ""
    with suppress(BadSteps):  # reading the file says what is wrong
        link = read_steps(series.steps).link if series.steps else ""
    if again or _has_new_month(series, fetch):
        return Wanted(url, link=link)
    return Wanted(url, fetch.etag, fetch.last_modified, fetch.final_url, link)


def _has_new_month(series: Series, fetch: Fetch) -> bool:
    """Return whether a month ended since the last look: the same file may have one more then.

    Steps leave out months that are not over, and days to come. A look that failed does not count.
    A file that a person withdrew is left alone.
    """
    if not series.steps or fetch.checked_at is None:
        return False
    looked, today = timezone.localdate(fetch.checked_at), timezone.localdate()
    if (looked.year, looked.month) == (today.year, today.month) and not fetch.failures:
        return False
    return not series.withdrawn_releases.filter(checksum=fetch.checksum).exists()


def address_on(url: str, today: date) -> str:
    """Return the address with {year}, {month} and {today} filled in: 2026, 11, 2026-11-28."""
    values = {"year": f"{today:%Y}", "month": f"{today:%m}", "today": today.isoformat()}
    return re.sub(r"\{(year|month|today)\}", lambda found: values[found[1]], url)


def _report(series: list[Series]) -> str:
    outcomes = list(refresh_series(series))
    news = sum(outcome.is_news for outcome in outcomes)
    waiting = sum(outcome.waits is not None for outcome in outcomes)
    counts = {
        f"new release{pluralize(news)}": news,
        f"file{pluralize(waiting)} waiting for an editor": waiting,
        "not fetched": sum(outcome.is_failure for outcome in outcomes),
    }
    what = ", ".join(f"{count} {noun}" for noun, count in counts.items() if count)
    return f"{len(outcomes)} series looked at: {what}" if what else ""


def settle(
    series: Series, found: Fetched | NotModified | FetchError, again: bool = False
) -> RefreshOutcome:
    """Import what was fetched for a series, or record why not. An error stops no other series."""
    fetch = _fetch_of(series)
    if isinstance(found, FetchError):
        return _failed(series, fetch, str(found), found.retry_after)
    try:
        outcome = _take(series, fetch, found, again)
    except DataRefused as refused:
        return _failed(series, fetch, f"The file cannot be taken. {refused}")
    except Stale:
        said = "Other data were imported meanwhile; the file is read again later."
        outcome = RefreshOutcome(series, said)
    except Exception as error:
        logger.exception("Refreshing %s failed.", series.slug)
        return _failed(series, fetch, f"Our own trouble with the file: {type(error).__name__}.")
    fetch.checked_at = fetch.worked_at = fetch.next_at = timezone.now()
    fetch.failures, fetch.failing_since, fetch.problem = 0, None, ""
    fetch.save()
    return outcome


def _take(
    series: Series, fetch: Fetch, found: Fetched | NotModified, again: bool
) -> RefreshOutcome:
    if isinstance(found, NotModified):
        return RefreshOutcome(series, SAME_FILE)
    checksum = hashlib.sha256(found.content).hexdigest()
    if checksum == fetch.checksum and not (again or _has_new_month(series, fetch)):
        return RefreshOutcome(series, SAME_FILE)
    # The day of fetching, not Last-Modified: that is when the file was copied to a server, which
    # may precede the newest release, and "as of" is about what this site showed.
    asked = Columns(encoding=_charset(found.content_type), is_fetched=True)
    today = timezone.localdate()
    try:
        planned = plans.plan_release(series, found.content, _name(found), today, asked)
    except ChoiceNeeded as needed:
        outcome = _keep_for_person(series, found, asked.encoding, str(needed))
    else:
        outcome = _accept_or_keep(planned, found, asked.encoding)
    # Validators are stored only for files that were handled; a failed one is fetched again.
    fetch.etag, fetch.last_modified = found.etag, found.last_modified
    fetch.final_url, fetch.checksum = found.final_url[:500], checksum
    return outcome


def _accept_or_keep(planned: plans.ReleasePlan, found: Fetched, encoding: str) -> RefreshOutcome:
    if planned.changes_nothing:
        return RefreshOutcome(planned.series, "It holds what we have.")
    if accepts_itself(planned):
        plans.accept_release(planned, is_automatic=True)
        return RefreshOutcome(planned.series, planned.summary, is_news=True)
    said = " ".join([planned.summary, *planned.questions])
    return _keep_for_person(planned.series, found, encoding, said)


def _keep_for_person(series: Series, found: Fetched, encoding: str, said: str) -> RefreshOutcome:
    """Keep only the newest fetched file, which replaces an older one that waits."""
    series.uploads.filter(is_fetched=True).delete()
    upload = Upload.objects.create(
        kind=Upload.Kind.DATA,
        series=series,
        name=_name(found),
        content=found.content,
        released_on=timezone.localdate(),
        encoding=first_name(encoding),
        is_fetched=True,
    )
    return RefreshOutcome(series, f"A file waits for an editor. {said}", waits=upload)


def _failed(
    series: Series, fetch: Fetch, problem: str, retry_after: timedelta | None = None
) -> RefreshOutcome:
    now = timezone.now()
    fetch.failures = min(fetch.failures + 1, 10_000)
    fetch.failing_since = fetch.failing_since or now
    fetch.checked_at, fetch.problem = now, problem
    fetch.next_at = now + max(backoff(fetch.failures, random), retry_after or timedelta())
    fetch.save()
    return RefreshOutcome(series, problem, is_failure=True)


def _name(found: Fetched) -> str:
    return PurePosixPath(unquote(urlsplit(found.final_url).path)).name[:200] or "data"


def _charset(content_type: str) -> str:
    """Return the encoding that the server declares, or ""."""
    message = Message()
    message["Content-Type"] = content_type
    return (message.get_content_charset() or "")[:20]
