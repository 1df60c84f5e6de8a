"""The values of each choice that rows hold, written out.

A value that is renamed here alone leaves rows behind that no code knows: it needs a migration that
renames it in the rows too. A new value is added here.
"""

from django.apps import apps

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
        "draft", "approved", "sending", "paused", "sent", "cancelled", "expired",
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
        "started", "paused", "resumed", "cancelled", "resent", "finished", "expired",
    ],
    "newsletter.Subscriber.status": ["ok", "bounced", "complained"],
    "newsletter.Subscription.leaving_reason": ["often", "expected", "time", "never", "else"],
    "newsletter.Subscription.status": ["pending", "active", "paused", "unsubscribed"],
    "newsletter.Suppression.reason": ["refused", "erased", "bounced", "complained", "by hand"],
}  # fmt: skip


def test_no_stored_value_changes():
    fields = [
        field
        for app in ("config", "glossary", "newsletter")
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if field.choices and not model.__name__.startswith("Historical")
    ]
    known = {f"{field.model._meta.label}.{field.name}": field.flatchoices for field in fields}
    assert {name: [value for value, _ in pairs] for name, pairs in known.items()} == STORED
