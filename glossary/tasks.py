"""Work for the background worker. Tasks carry ids only; what they do may be done twice."""

from contextlib import suppress

from django.tasks import task

from glossary import link_check
from glossary.linking import relinking
from glossary.models import CheckedAddress


@task
def check_links(ids: list[int]) -> None:
    # Where nobody can be reached nothing is recorded, and the clock looks again in the night.
    with suppress(link_check.Offline):
        link_check.check(CheckedAddress.objects.filter(pk__in=ids))


@task
def relink() -> None:
    relinking.relink_changed()
