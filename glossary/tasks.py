"""Tasks of the background worker. Their arguments are only ids, and each may run twice."""

from contextlib import suppress

from django.tasks import task

from glossary.fetching import link_health
from glossary.mentions import relinking
from glossary.models import CheckedAddress


@task
def check_links(ids: list[int]) -> None:
    # If no server can be reached nothing is stored, and the nightly job checks them.
    with suppress(link_health.Offline):
        link_health.check_addresses(CheckedAddress.objects.filter(pk__in=ids))


@task
def relink() -> None:
    relinking.relink_changed()
