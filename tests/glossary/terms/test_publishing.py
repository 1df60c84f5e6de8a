"""Drafts become pages when an editor publishes them or when their time comes: each way has the same
rules."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from glossary.exchange.import_formats import read_terms
from glossary.exchange.term_files import TermsRefused
from glossary.exchange.term_import import import_terms
from glossary.mentions.relinking import relink_changed
from glossary.models import Term
from glossary.terms import history, publishing
from tests.builders import make_term
from tests.bystanders import unchanged
from tests.glossary.admin.test_terms import form_data, staff

pytestmark = pytest.mark.django_db

# By the database's clock: the first has passed on any day this runs, the second has not.
PAST, FAR = datetime(2020, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
TIME_AS_TYPED = {"publish_at_0": "2020-01-01", "publish_at_1": "00:00:00"}
BROKEN = "There are {{ nothing-such }}."


@pytest.fixture
def editor(client):
    return staff(client, "Editors")


def by_form(client, term, status, **fields):
    fields = {"definition": term.definition, "explanation": term.explanation} | fields
    page = f"/admin/glossary/term/{term.pk}/change/"
    return client.post(page, form_data(status=status, **fields)).text


def by_action(client, term, status):
    name = {"published": "publish", "draft": "withdraw"}[status]
    data = {"action": name, "_selected_action": term.pk}
    return client.post("/admin/glossary/term/", data, follow=True).text


def by_file(client, term, status):
    try:
        import_terms(read_terms(f"slug,status\n{term.slug},{status}\n".encode(), "terms.csv"))
    except TermsRefused as refused:
        return str(refused)
    return ""


def by_clock(client, term, status):
    return publishing.publish_due()


def by_deletion(client, term, status):
    pk = term.pk
    term.delete()
    history.bring_back(pk)


def by_old_version(client, term, status):
    """Restore the version before this one."""
    version = term.history.all()[1]
    words = {"headword": version.headword, "category": version.category_id}
    words |= {"definition": version.definition, "explanation": version.explanation}
    return client.post(f"/admin/glossary/term/{term.pk}/history/{version.pk}/", words).text


PUBLISHING = {"form": by_form, "action": by_action, "file": by_file, "clock": by_clock}
WITHDRAWING = {"form": by_form, "action": by_action, "file": by_file, "deletion": by_deletion}


@pytest.mark.parametrize("withdrawn", WITHDRAWING)
@pytest.mark.parametrize("published", PUBLISHING)
def test_what_was_scheduled_published_and_withdrawn_is_left_alone_by_the_clock(
    editor, published, withdrawn
):
    scheduled = make_term("Later", status="draft", publish_at=FAR)
    term = make_term("Token", status="draft", publish_at=PAST)
    typed = TIME_AS_TYPED if published == "form" else {}
    with unchanged(scheduled):
        PUBLISHING[published](editor, term, "published", **typed)
        term.refresh_from_db()
        assert (term.status, term.publish_at) == ("published", None)
        WITHDRAWING[withdrawn](editor, term, "draft")
        assert publishing.publish_due() == ""
    term = Term.objects.get(slug="token")
    assert (term.status, term.publish_at) == ("draft", None)


@pytest.mark.parametrize(
    ("door", "said"),
    [
        ("form", "Correct the text, or make the term a draft first."),
        ("action", "Nothing was published. Token, line 1: There is no series “nothing-such”"),
        ("file", "explanation, line 1: There is no series “nothing-such”"),
        ("clock", ""),
    ],
)
def test_a_text_that_cannot_be_read_is_published_in_no_way(editor, door, said):
    other = make_term("Later", status="draft", publish_at=FAR, explanation=BROKEN)
    term = make_term("Token", status="draft", publish_at=PAST, explanation=BROKEN)
    with unchanged(other):
        assert said in PUBLISHING[door](editor, term, "published")
    term.refresh_from_db()
    assert (term.status, term.publish_at, term.explanation) == ("draft", PAST, BROKEN)


def test_a_scheduled_text_that_cannot_be_read_is_told_once_for_each_save(editor, caplog):
    other = make_term("Later", status="draft", publish_at=FAR, explanation=BROKEN)
    term = make_term("Token", status="draft", publish_at=PAST, explanation=BROKEN)
    with unchanged(other):
        for _ in range(3):
            by_clock(editor, term, "published")
        assert [said.getMessage() for said in caplog.records] == [
            "A scheduled term was not published. Token, line 1: There is no series “nothing-such”."
        ]
        page = editor.get("/admin/").text
        assert "term scheduled but not published: a figure or link cannot be read" in page
        assert "“Token” is published" not in page
        by_form(editor, term, "draft", explanation=f"{BROKEN} Many.", **TIME_AS_TYPED)
        by_clock(editor, term, "published")
        assert len(caplog.records) == 2
        by_form(editor, term, "draft", explanation="There are many.", **TIME_AS_TYPED)
        assert "scheduled but not published" not in editor.get("/admin/").text
        assert by_clock(editor, term, "published") == "1 scheduled term published"


def test_a_published_term_is_not_restored_to_a_text_that_cannot_be_read(editor):
    term = make_term("Token", status="draft", explanation=BROKEN)
    term.explanation, term.status = "Much compute.", "published"
    term.save()
    with unchanged(term, make_term("Other")):
        page = by_old_version(editor, term, "published")
        assert "Line 1: There is no series “nothing-such”" in page
        assert "Correct the text, or make the term a draft first." in page
        assert BROKEN in page
    by_action(editor, term, "draft")
    by_old_version(editor, term, "draft")
    term.refresh_from_db()
    assert (term.explanation, term.status) == ("Much compute.", "draft")


def test_a_deleted_term_with_such_a_text_comes_back_as_a_draft():
    term = make_term("Token", explanation=BROKEN)
    by_deletion(None, term, "draft")
    assert Term.objects.get().status == "draft"


def test_a_published_term_with_such_a_text_can_be_withdrawn_by_a_file():
    by_file(None, make_term("Token", explanation=BROKEN), "draft")
    assert Term.objects.get().status == "draft"


@pytest.mark.django_db(transaction=True)
def test_an_old_version_is_restored_where_nothing_surrounds_it_with_a_transaction(client):
    """The library's page opens none, and PostgreSQL locks no row without one."""
    term = make_term("Token", explanation="Right.")
    term.explanation = "Wrong."
    term.save()
    client.force_login(User.objects.create_superuser("root"))
    by_old_version(client, term, "published")
    term.refresh_from_db()
    assert term.explanation == "Right."


def test_the_database_keeps_no_time_for_a_published_term():
    term = make_term("Token")
    with unchanged(term), pytest.raises(IntegrityError), transaction.atomic():
        Term.objects.filter(pk=term.pk).update(publish_at=FAR)
    draft = make_term("Draft", status="draft", publish_at=FAR)
    with unchanged(draft), pytest.raises(IntegrityError), transaction.atomic():
        Term.objects.filter(pk=draft.pk).update(status="published")


def test_a_draft_is_scheduled_in_the_form(editor):
    term = make_term("Token", status="draft")
    by_form(editor, term, "draft", **TIME_AS_TYPED)
    term.refresh_from_db()
    assert (term.status, term.publish_at) == ("draft", PAST)


def test_withdrawing_a_scheduled_draft_takes_its_time_away(editor):
    term = make_term("Token", status="draft", publish_at=FAR)
    with unchanged(make_term("Later", status="draft", publish_at=FAR)):
        by_action(editor, term, "draft")
    term.refresh_from_db()
    assert (term.status, term.publish_at) == ("draft", None)


def test_a_scheduled_draft_is_published_when_its_time_has_come():
    make_term("Due", status="draft", publish_at=PAST)
    make_term("Later", status="draft", publish_at=FAR)
    make_term("Unscheduled", status="draft")
    assert publishing.publish_due() == "1 scheduled term published"
    assert [term.headword for term in Term.objects.published()] == ["Due"]
    assert publishing.publish_due() == ""


def test_publishing_leaves_the_text_alone_and_writes_history():
    term = make_term("Token", status="draft")
    stale = Term.objects.get(pk=term.pk)
    Term.objects.filter(pk=term.pk).update(explanation="Saved by somebody else meanwhile.")
    assert publishing.publish([stale]) == 1
    term.refresh_from_db()
    assert term.is_published
    assert term.explanation == "Saved by somebody else meanwhile."
    assert term.history.count() == 2
    assert term.history.latest().explanation == "Saved by somebody else meanwhile."


def test_publishing_links_the_text_that_is_there_now():
    make_term("Compute")
    relink_changed()
    term = make_term("Token", status="draft", explanation="Nothing.")
    stale = Term.objects.get(pk=term.pk)
    Term.objects.filter(pk=term.pk).update(explanation="Much compute.")
    publishing.publish([stale])
    assert [each.shown for each in term.mentions.all()] == ["compute"]


def test_publishing_twice_changes_nothing_the_second_time():
    term = make_term("Token")
    with unchanged(make_term("Other")):
        assert publishing.publish([term]) == 0
        assert publishing.withdraw([term]) == 1
    assert [term.headword for term in Term.objects.published()] == ["Other"]
