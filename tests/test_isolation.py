"""No test touches the developer's own site or files of another test."""

import pytest
from django.conf import settings
from django.db import connection

from newsletter.mailing import arming

OWN_SITE = str(settings.BASE_DIR / "var")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_arms_a_folder_of_its_own(turn):
    assert list(settings.DATA_DIR.iterdir()) == []
    arming.arm()
    assert [path.name for path in settings.DATA_DIR.iterdir()] == [arming.FILE]


@pytest.mark.django_db
def test_no_setting_and_no_connection_points_at_the_developers_site():
    known = {name: repr(getattr(settings, name)) for name in dir(settings) if name.isupper()}
    assert [name for name, shown in known.items() if OWN_SITE in shown] == []
    assert OWN_SITE not in repr(connection.settings_dict)
