"""What refers to a reader moves to their new address, and is in the file of their data."""

from newsletter.models import Subscriber, Subscription


def relations(model):
    return {(each.related_model.__name__, each.field.name) for each in model._meta.related_objects}


def test_a_table_about_readers_is_moved_and_handed_out_before_it_is_named_here():
    """Its rows go in `_merge` of address_change.py and `collect_data` of personal_data.py."""
    assert relations(Subscriber) == {("Subscription", "subscriber"), ("Delivery", "subscriber")}
    assert relations(Subscription) == {
        ("ConfirmationToken", "subscription"),
        ("ConsentEvent", "subscription"),
        ("MergedSubscription", "into"),  # where former links lead: moved, no data of a reader
        ("OutboxMail", "subscription"),
    }
