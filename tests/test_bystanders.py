"""The helper that watches bystanders detects changes to them."""

from operator import methodcaller

import pytest

from glossary.models import Category
from tests.builders import make_category
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db


def test_a_row_left_alone_passes():
    one, other = make_category("One"), make_category("Other")
    with unchanged(other):
        Category.objects.filter(pk=one.pk).update(name="New")


@pytest.mark.parametrize(
    "act", [methodcaller("update", name="New"), methodcaller("delete")], ids=str
)
def test_a_changed_or_deleted_row_fails(act):
    with pytest.raises(AssertionError, match="changed"), unchanged(make_category()):
        act(Category.objects.all())


def test_a_row_changed_by_an_action_that_then_raises_fails():
    def act():
        Category.objects.update(name="New")
        raise ValueError

    with pytest.raises(AssertionError, match="changed"), unchanged(make_category()):
        act()


def test_a_row_that_was_not_saved_is_no_bystander():
    with pytest.raises(AssertionError, match="saved first"), unchanged(Category(name="New")):
        pass
