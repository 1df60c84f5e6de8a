"""Work for the background worker. Tasks carry ids only; what they do may be done twice."""

from contextlib import suppress

from django.tasks import task

from glossary.fetching import link_health
from glossary.mentions import relinking
from glossary.models import CheckedAddress


@task
def check_links(ids: list[int]) -> None:
    # Where nobody can be reached nothing is recorded, and the clock looks again in the night.
    with suppress(link_health.Offline):
        link_health.check_addresses(CheckedAddress.objects.filter(pk__in=ids))


@task
def relink() -> None:
    relinking.relink_changed()
