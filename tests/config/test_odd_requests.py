"""No odd request makes an error, and none puts an address or a secret link into the log.

`python -m tests.config.fuzz 100000` sends many more; a seed gives the same ones again.
"""

import logging
import os

import pytest
from django.db import connection, transaction

from config.wsgi import application
from tests.config.odd_requests import ADDRESS, Logged, Odd, faults
from tests.config.site import all_routes, client_for, make_site

COUNT = int(os.environ.get("FUZZ_COUNT", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "16"))
MOST = 1000  # with one seed


@pytest.fixture
def logged():
    handler, loggers = Logged(), [logging.getLogger(), logging.getLogger("django.security")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(SEED, SEED + max(1, COUNT // MOST)))
def test_no_odd_request_makes_an_error_or_is_logged_with_a_secret(
    seed, logged, settings, monkeypatch
):
    settings.ALLOWED_HOSTS = ["testserver"]
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    routes = all_routes(make_site())
    cookies = {}
    for role in ("superuser", "publisher"):
        client = client_for(role)
        client.get("/admin/")
        cookies[role] = f"sessionid={client.cookies['sessionid'].value}"
    links = [part for route in routes for part in route.path.split("/") if len(part) > 40]
    keys = [cookie.partition("=")[2] for cookie in cookies.values()]
    secrets = [ADDRESS, "reader@example.com", *links, *keys]
    odd, found, count = Odd(routes, cookies, seed), [], min(COUNT, MOST)
    for _ in range(count):
        with transaction.atomic():
            found += faults(odd, application, logged, secrets)
            transaction.set_rollback(True)
    print(f"{count} requests with seed {seed}:", dict(sorted(odd.statuses.items())))
    assert found == [], f"{len(found)} of {count}:\n" + "\n\n".join(found[:20])
