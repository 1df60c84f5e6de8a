"""Readers sign up, confirm, leave, come back, bounce, complain and are erased, in any order.

After each step the database is what a small model says, and no mail goes to anybody who left,
bounced, complained, is suppressed or was erased.
"""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone
from hypothesis import Phase
from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from config.models import Bucket
from newsletter.mailing import signed_links
from newsletter.models import (
    Delivery,
    Newsletter,
    ReaderImport,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.returns import intake
from newsletter.sending import audience, ledger
from newsletter.sending.ledger import AttemptResult
from newsletter.subscribers import imports, personal_data, signups, suppression
from newsletter.subscribers.import_rows import STEP
from newsletter.subscribers.subscriptions import PAUSE_WEEKS
from newsletter.values.addresses import address_hash
from tests.builders import make_issue, make_newsletter
from tests.conftest import NUMBERS
from tests.newsletter.conftest import last_link, run_worker
from tests.newsletter.returns.conftest import addresses, bounce_of
from tests.newsletter.returns.corpus import forms
from tests.newsletter.subscribers import life

__all__ = ["addresses"]
pytestmark = pytest.mark.django_db

NAMES = ("ai-economy-pulse", "daily")
PEOPLE = ("ann@example.org", "bob@example.net")
ADDRESSES = st.sampled_from(PEOPLE)
NEWSLETTERS = st.sampled_from(NAMES)
SEVERAL = st.sampled_from((["ai-economy-pulse"], ["daily"], ["daily", "ai-economy-pulse"]))
ACCEPTED = AttemptResult(Delivery.State.ACCEPTED, code=250)
EDITOR = "mara"


class Lives(RuleBasedStateMachine):
    clock = None

    def __init__(self):
        super().__init__()
        self.clock.move_to("2026-11-23 09:00:00+00:00")
        # A machine of its own: a site notices that its database is older than its files.
        settings.DATA_DIR = settings.DATA_DIR.parent / f"life-{next(NUMBERS)}"
        settings.DATA_DIR.mkdir()
        cache.clear()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        for name in ("AI Economy Pulse", "Daily"):
            make_newsletter(name)
        self.editor = User.objects.create_user(EDITOR)
        self.client = Client()
        self.model = life.Model(timezone.now())
        self.ids = {}  # of the last subscription of each there ever was
        self.frozen, self.sent = [], []
        mail.outbox.clear()

    def teardown(self):
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @invariant()
    def the_database_is_as_the_model_says(self):
        readers = dict(Subscriber.objects.values_list("address", "status"))
        assert readers == {name: each.status for name, each in self.model.readers.items()}
        columns = ("subscriber__address", "newsletter__slug", "pk", "status", "unsubscribed_at")
        expected = {
            (address, name, each.pk, each.status, each.left_at)
            for address, reader in self.model.readers.items()
            for name, each in reader.subscriptions.items()
        }
        assert set(Subscription.objects.values_list(*columns)) == expected
        held = {address_hash(each) for each in self.model.suppressed}
        assert set(Suppression.objects.values_list("address_hash", flat=True)) == held

    @invariant()
    def only_those_who_want_it_would_get_an_issue(self):
        for newsletter in Newsletter.objects.all():
            mailed = sum(self.model.is_mailed(each, newsletter.slug) for each in self.model.readers)
            assert audience.count_audience(newsletter).recipients == mailed

    def pass_time(self, span=timedelta(seconds=1)):
        """No two steps happen at the same moment, and no rate limit outlives a step."""
        self.clock.shift(span)
        self.model.now = timezone.now()
        Bucket.objects.all().delete()
        mail.outbox.clear()

    def mailed(self, *addresses):
        run_worker()
        assert [message.to for message in mail.outbox] == [[each] for each in addresses]

    def join(self, address, newsletters, asked_at):
        """The newsletters ask for confirmation, by one mail."""
        self.mailed(*([address] if newsletters else []))
        for newsletter in newsletters:
            self.add(address, newsletter)
        if newsletters:
            about = {each: self.model.subscription(address, each) for each in newsletters}
            path = last_link("/confirm/")
            self.model.links.append(life.Link(path, address, about, asked_at, self.model.now))

    def add(self, address, newsletter, **fields):
        reader = self.model.readers.setdefault(address, life.Reader())
        if newsletter not in reader.subscriptions:
            own = Subscription.objects.filter(subscriber__address=address)
            pk = own.get(newsletter__slug=newsletter).pk
            reader.subscriptions[newsletter] = life.Subscription(pk, **fields)
            self.ids[address, newsletter] = pk

    def somebody(self, data):
        """Anybody who ever had a subscription, which may be erased since."""
        return data.draw(st.sampled_from(sorted(self.ids)))

    def link(self, address, newsletter, purpose=signed_links.Purpose.LEAVE):
        """The signed link in the last mail to somebody."""
        return signed_links.sign(purpose, self.ids[address, newsletter])

    def post(self, view, link, data=None):
        assert self.client.post(reverse(f"newsletter:{view}", args=[link]), data).status_code < 400

    @initialize(are_full=st.booleans())
    def begin(self, are_full):
        """Two readers got an issue, so that everything can happen to them, or three in vain."""
        for address in PEOPLE:
            self.import_readers(address, NAMES[0], has_proof=True)
        if are_full:
            self.meet_full_mailboxes(NAMES[0])
        else:
            self.freeze(NAMES[0])
            self.hand_over()

    @rule(days=st.sampled_from((0.02, 1, 8)))
    def wait(self, days):
        self.pass_time(timedelta(days=days))

    @rule(address=ADDRESSES, newsletters=SEVERAL, confirms=st.booleans())
    def sign_up(self, address, newsletters, confirms):
        self.pass_time()
        rows = [Newsletter.objects.get(slug=each) for each in newsletters]
        with TestCase.captureOnCommitCallbacks(execute=True):
            signups.add_request(rows, address, page="/", network="192.0.2.0/24")
        asked = self.model.asks(address, newsletters)
        self.join(address, asked, self.model.now)
        if asked and confirms:
            self.use(self.model.links[-1])

    @precondition(lambda self: self.model.links)
    @rule(data=st.data())
    def confirm(self, data):
        self.use(data.draw(st.sampled_from(self.model.links)))

    def use(self, link):
        self.pass_time()
        with TestCase.captureOnCommitCallbacks(execute=True):
            self.client.post(link.path)
        self.mailed(*[link.address] * self.model.confirm(link))

    @precondition(lambda self: self.model.links)
    @rule(data=st.data())
    def ask_for_another_link(self, data):
        self.pass_time()
        link = data.draw(st.sampled_from(self.model.links))
        is_there = any(
            self.model.subscription(link.address, name) is each for name, each in link.about.items()
        )
        with TestCase.captureOnCommitCallbacks(execute=True):
            self.client.post(f"{link.path}again/")
        asked = self.model.asks(link.address, list(link.about)) if is_there else []
        self.join(link.address, asked, self.model.now)

    @rule(data=st.data(), door=st.sampled_from(("page", "click", "mail")))
    def leave(self, data, door):
        self.pass_time()
        address, newsletter = self.somebody(data)
        link = self.link(address, newsletter)
        if door == "mail":
            to = f"From: {address}\nTo: leave@news.example.org\nSubject: {link}"
            intake.take_mail(forms.mail(to, str(self.model.now)))
        else:
            one_click = {"List-Unsubscribe": "One-Click"} if door == "click" else {}
            self.post("leave", link, one_click)
        self.model.leave(address, newsletter)

    @rule(data=st.data())
    def undo(self, data):
        self.pass_time()
        address, newsletter = self.somebody(data)
        self.post("undo", self.link(address, newsletter))
        self.model.undo(address, newsletter)

    @rule(data=st.data(), weeks=st.sampled_from((0, *PAUSE_WEEKS)))
    def pause(self, data, weeks):
        self.pass_time()
        address, newsletter = self.somebody(data)
        self.post("pause", self.link(address, newsletter), {"weeks": weeks})
        self.model.pause(address, newsletter, weeks)

    @rule(data=st.data(), is_own=st.booleans())
    def erase(self, data, is_own):
        """By an editor, or by the reader: “This was not me.”"""
        self.pass_time()
        address, newsletter = self.somebody(data)
        if is_own:
            link = self.link(address, newsletter, signed_links.Purpose.REFUSE)
            self.post("refuse", link)
            if self.model.subscription(address, newsletter) is None:
                return
        else:
            personal_data.erase_readers(Subscriber.objects.filter(address=address), self.editor)
        self.model.erase(address)

    @rule(address=ADDRESSES, newsletter=NEWSLETTERS, has_proof=st.booleans())
    def import_readers(self, address, newsletter, has_proof):
        self.pass_time()
        upload = ReaderImport(
            kind="readers",
            name="old.csv",
            newsletter=Newsletter.objects.get(slug=newsletter),
            content=f"address,consent_source,consent_date\n{address},form,2024-05-01\n".encode(),
            proof="the old site" if has_proof else "",
        )
        imports.add(upload)
        imports.run_slice(upload.pk)
        imports.accept(upload)
        imports.run_slice(upload.pk)
        is_new = self.model.imports(address, newsletter)
        if has_proof and is_new:
            self.add(address, newsletter, status="active", is_confirmed=True)
        turn = self.model.now + STEP
        self.pass_time(STEP + timedelta(seconds=2))
        with TestCase.captureOnCommitCallbacks(execute=True):
            signups.decide_waiting()
        self.join(address, [newsletter] if is_new and not has_proof else [], turn)

    @rule(newsletter=NEWSLETTERS)
    def freeze(self, newsletter):
        """An issue starts: its ledger has those who want it, and the messages wait for workers."""
        self.pass_time()
        row = Newsletter.objects.get(slug=newsletter)
        issue = make_issue(number=len(self.frozen) + 1, newsletter=row, status="sending")
        audience.fill_ledger(issue)
        rows = Delivery.objects.filter(issue=issue).values_list("pk", "subscriber__address")
        messages = [
            life.Message(pk, address, newsletter, self.model.readers[address])
            for pk, address in rows
        ]
        wanted = {each for each in self.model.readers if self.model.is_mailed(each, newsletter)}
        assert {each.address for each in messages} == wanted
        self.frozen.append((issue, messages))

    @precondition(lambda self: any(messages for _, messages in self.frozen))
    @rule()
    def hand_over(self):
        """Workers send all that waits; only those who want it at this moment get it."""
        self.pass_time()
        for issue, messages in self.frozen:
            claimed = ledger.claim_due(issue.pk, "lane", 9)
            begun = ledger.record_and_begin(issue.pk, [ledger.Step("lane", row) for row in claimed])
            wanted = [each for each in messages if self.is_wanted(each)]
            assert begun == {each.pk for each in wanted}
            for row in claimed:
                if row.pk in begun:
                    ledger.record_result("lane", row, ACCEPTED)
                else:
                    assert ledger.reason_to_skip(row)
            Delivery.objects.filter(pk__in=begun).update(begun_at=self.model.now)
            for each in wanted:
                each.begun_at = self.model.now
            self.sent += wanted
            messages.clear()

    def is_wanted(self, message):
        is_same = self.model.readers.get(message.address) is message.reader
        return is_same and self.model.is_mailed(message.address, message.newsletter)

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), status=st.sampled_from(("bounced", "complained")))
    def come_back(self, data, status):
        self.pass_time()
        message = data.draw(st.sampled_from(self.sent))
        delivery = Delivery.objects.get(pk=message.pk)
        raw = bounce_of(delivery)
        if status == "complained":
            link = signed_links.leave_link(delivery.subscription_id)
            raw = forms.feedback(original=f"List-Unsubscribe: <https://x/u/{link}>")
        intake.take_mail(raw + str(self.model.now).encode())
        self.model.hold(message, status)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def come_back_softly(self, data):
        self.pass_time()
        self.meet_a_full_mailbox(data.draw(st.sampled_from(self.sent)))

    @rule(newsletter=NEWSLETTERS)
    def meet_full_mailboxes(self, newsletter):
        """Three issues in a row come back from all who got them."""
        for _ in range(3):
            self.freeze(newsletter)
            before = len(self.sent)
            self.hand_over()
            for message in self.sent[before:]:
                self.meet_a_full_mailbox(message)

    def meet_a_full_mailbox(self, message):
        delivery = Delivery.objects.get(pk=message.pk)
        raw = bounce_of(delivery, "452 4.2.2 mailbox full")
        intake.take_mail(raw + f"{self.model.now} {next(NUMBERS)}".encode())
        self.model.hold_softly(message, self.sent)

    @rule(address=ADDRESSES)
    def lift(self, address):
        self.pass_time()
        suppression.lift(suppression.suppressions_of(address), "asked by mail")
        self.model.lift(address)


@pytest.mark.parametrize("examples", [5, pytest.param(100, marks=pytest.mark.slow)])
def test_model_and_database_agree_whatever_happens(clock, addresses, examples):
    Lives.clock = clock
    few = limits(
        max_examples=examples,
        stateful_step_count=30,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
    )
    run_state_machine_as_test(Lives, settings=few)
