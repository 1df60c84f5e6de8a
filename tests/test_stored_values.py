"""The values of each choice that rows hold, written out.

A value that is renamed here alone leaves rows behind that no code knows: it needs a migration that
renames it in the rows too. A new value is added here.
"""

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from glossary.models import LinkedName, Mention, Term
from newsletter.models import (
    Delivery,
    HeldSignup,
    Issue,
    IssueMention,
    MailEvent,
    ReaderImport,
    SendingEvent,
    Subscription,
)
from tests.builders import make_citation, make_mail, make_term, relate
from tests.config.site import make_site

MENTIONS = ["linked", "crowded", "heading", "quote", "flagged", "forbidden"]
NAMES = ["synonym", "abbreviation", "spelling", "hidden"]
STORED = {
    "config.LoginAttempt.kind": ["password", "code"],
    "glossary.AboutText.section": ["method", "people", "corrections", "funding"],
    "glossary.Alias.kind": NAMES,
    "glossary.CheckedAddress.state": ["new", "works", "fails", "dead", "unclear"],
    "glossary.LinkedName.kind": ["headword", *NAMES],
    "glossary.Mention.state": MENTIONS,
    "glossary.Observation.status": ["final", "provisional", "projected"],
    "glossary.Relation.kind": ["related", "broader", "narrower", "contrast"],
    "glossary.Release.kind": ["first", "append", "revision"],
    "glossary.Series.chart_form": ["line", "step", "bar"],
    "glossary.Series.chart_scale": ["linear", "log"],
    "glossary.Series.denotes": ["around", "ending", "day"],
    "glossary.Series.frequency": [
        "daily", "weekly", "monthly", "quarterly", "annual", "irregular",
    ],
    "glossary.Series.kind": ["observed", "estimated", "modelled", "projected"],
    "glossary.Term.status": ["draft", "published"],
    "glossary.Upload.kind": ["data", "terms"],
    "newsletter.ConfirmationToken.purpose": ["confirm", "change", "export", "erase"],
    "newsletter.ConsentEvent.kind": [
        "requested", "confirmed", "unsubscribed", "undone", "paused", "resumed", "refused",
        "changed", "exported", "erased",
    ],
    "newsletter.Delivery.state": [
        "queued", "claimed", "handing_over", "accepted", "deferred", "failed", "skipped",
        "unknown", "bounced", "complained",
    ],
    "newsletter.HeldSignup.reason": [
        "trap", "disposable", "network", "address", "refused", "breaker",
    ],
    "newsletter.Issue.status": [
        "draft", "approved", "sending", "paused", "sent", "canceled", "expired",
        "sample",
    ],
    "newsletter.IssueMention.state": MENTIONS,
    "newsletter.MailEvent.kind": [
        "hard", "soft", "policy", "delayed", "receipt", "reply", "complaint", "leave", "unknown",
        "parked",
    ],
    "newsletter.MailEvent.state": ["waiting", "matched", "ignored", "unmatched", "done"],
    "newsletter.Newsletter.weekday": [0, 1, 2, 3, 4, 5, 6],
    "newsletter.OutboxMail.kind": ["confirmation", "welcome", "own_data", "change_note"],
    "newsletter.OutboxMail.state": ["waiting", "handing_over", "given_up"],
    "newsletter.ReaderAction.kind": [
        "imported", "exported", "person", "erased", "suppressed", "list", "lifted",
        "restored",
    ],
    "newsletter.ReaderImport.kind": ["readers", "suppressions"],
    "newsletter.ReaderImport.state": ["trying", "tried", "refused", "running", "done"],
    "newsletter.SendingEvent.kind": [
        "started", "paused", "resumed", "canceled", "resent", "finished", "expired",
    ],
    "newsletter.Subscriber.status": ["ok", "bounced", "complained"],
    "newsletter.Subscription.leaving_reason": ["often", "expected", "time", "never", "else"],
    "newsletter.Subscription.status": ["pending", "active", "paused", "unsubscribed"],
    "newsletter.Suppression.reason": ["refused", "erased", "bounced", "complained", "by hand"],
}  # fmt: skip


def fields_with_choices():
    return [
        field
        for app in ("config", "glossary", "newsletter")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if field.choices and not model.__name__.startswith("Historical")
    ]


def test_no_stored_value_changes():
    known = {
        f"{each.model._meta.label}.{each.name}": each.flatchoices for each in fields_with_choices()
    }
    assert {name: [value for value, _ in pairs] for name, pairs in known.items()} == STORED


@pytest.fixture
def rows(db):
    """One row or more of each model that has a field with choices."""
    make_site()
    term, other = Term.objects.get(), make_term("Token")
    issue, place = Issue.objects.first(), {"block": 0, "start": 0, "end": 5, "shown": "token"}
    relate(term, other)
    relate(other, term)
    make_citation(term)
    Mention.objects.create(in_term=term, term=other, state="linked", **place)
    IssueMention.objects.create(issue=issue, term=other, position=0, state="linked", **place)
    LinkedName.objects.create(
        term_pk=term.pk, kind="headword", name="A", is_case_sensitive=False, is_autolinked=True
    )
    make_mail(Subscription.objects.get())
    Delivery.objects.create(issue=issue, subscription_id=1, domain="example.org")
    SendingEvent.objects.create(issue=issue, kind="started")
    MailEvent.objects.create(source="mail", key="1")
    ReaderImport.objects.create(kind="readers", name="a.csv", content=b"a")
    HeldSignup.objects.create(hour=issue.sent_at, reason="trap", network="192.0.2.0/24", count=1)


@pytest.mark.parametrize("field", STORED)
def test_the_database_refuses_a_value_that_is_no_choice(rows, field):
    label, _, name = field.rpartition(".")
    found = apps.get_model(label)._base_manager.all()
    with pytest.raises(IntegrityError, match=r"(CHECK|check) constraint"), transaction.atomic():
        found.filter(pk=found.first().pk).update(**{name: 9 if name == "weekday" else "?"})


@pytest.mark.parametrize(
    ("label", "names"),
    {
        "glossary.Category": "name slug",
        "glossary.Citation": "publisher title",
        "glossary.Series": "slug title unit expected_days",
        "glossary.Source": "publisher title",
        "glossary.Term": "headword slug definition review_interval",
        "newsletter.Newsletter": "name slug",
        "newsletter.Subscriber": "address_key address_hash",
        "newsletter.Suppression": "address_hash",
    }.items(),
)
def test_the_database_refuses_empty_names_and_spans_of_no_day(rows, label, names):
    found = apps.get_model(label)._base_manager.all()
    for name in names.split():
        empty = 0 if name in ("expected_days", "review_interval") else ""
        with pytest.raises(IntegrityError, match=r"(CHECK|check) constraint"), transaction.atomic():
            found.filter(pk=found.first().pk).update(**{name: empty})


def test_a_constraint_that_lists_values_lists_those_of_its_field():
    for field in fields_with_choices():
        conditions = [getattr(each, "condition", None) for each in field.model._meta.constraints]
        children = [each.children[0] for each in conditions if each and len(each.children) == 1]
        lists = [set(each[1]) for each in children if each[0] == f"{field.name}__in"]
        choices = {value for value, _ in field.flatchoices} | ({""} if field.blank else set())
        assert lists in ([], [choices]), field
