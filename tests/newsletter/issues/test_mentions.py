"""Issues link to terms: drafts follow the glossary, sent issues keep their links."""

import pytest
from django.contrib.auth.models import User

from glossary.mentions.relinking import relink_changed
from newsletter.issues import mentions
from newsletter.issues.composing import proposals
from newsletter.issues.freezing import UnreadableFigure, freeze
from tests.builders import (
    make_alias,
    make_data_point,
    make_issue,
    make_series,
    make_term,
    release,
)
from tests.newsletter.drafts import form_of

pytestmark = pytest.mark.django_db

LINK = '<a class="term" href="/glossary/{}/" rel="noopener">{}</a>'


@pytest.fixture
def compute():
    term = make_term("Compute")
    relink_changed()
    return term


def issue_of(intro="Much compute.", comment="More compute, one benchmark.", **fields):
    issue = make_issue(1, "Chips", intro=intro, **fields)
    make_data_point(issue, comment=comment)
    return issue


def shown(issue):
    return [(each.position, each.shown) for each in issue.mentions.linked().order_by("position")]


def test_an_issue_links_a_term_once_in_all_its_texts(compute, client):
    make_term("Benchmark")
    relink_changed()
    issue = issue_of()
    freeze(issue)
    text = client.get(issue.get_absolute_url()).text
    assert text.count('class="term"') == 2
    assert "Much " + LINK.format("compute", "compute") in text
    assert "one " + LINK.format("benchmark", "benchmark") in text
    assert shown(issue) == [(0, "compute"), (1, "benchmark")]


def test_a_sent_issue_keeps_its_links_when_terms_change(compute, client):
    issue = issue_of()
    freeze(issue)
    before, _, words = client.get(issue.get_absolute_url()).text.partition('id="words"')
    assert "Compute</a>" in words
    compute.headword = "Horsepower"
    compute.slug = "horsepower"
    compute.save()
    relink_changed()
    text, _, words = client.get(issue.get_absolute_url()).text.partition('id="words"')
    assert text == before
    assert "Horsepower</a>" in words
    assert client.get("/glossary/compute/").status_code == 301


def test_a_draft_is_linked_again_when_names_change(compute):
    issue = issue_of(intro="Much horsepower.", status="draft", sent_at=None)
    mentions.record_mentions(issue)
    assert shown(issue) == [(1, "compute")]
    make_alias(compute, "horsepower")
    assert relink_changed() == "links to terms renewed on 1 page"
    assert shown(issue) == [(0, "horsepower")]


def test_a_sent_issue_is_not_linked_again(compute):
    issue = issue_of(intro="Much horsepower.")
    freeze(issue)
    make_alias(compute, "horsepower")
    assert relink_changed() == ""
    assert shown(issue) == [(1, "compute")]


def test_saving_a_draft_links_it_and_its_page_shows_the_links(compute, client):
    client.force_login(User.objects.create_superuser("chief"))
    issue = issue_of(status="draft", sent_at=None)
    mentions.record_mentions(issue)
    assert LINK.format("compute", "compute") in client.get(issue.get_absolute_url()).text


def test_a_restored_version_is_linked_again(compute, admin_client):
    issue = issue_of(intro="Once more, compute.", status="draft", sent_at=None)
    oldest = issue.history.last().history_id
    issue.intro = "Compute first."
    issue.save()
    mentions.record_mentions(issue)
    data = form_of(issue, intro="Once more, compute.")
    admin_client.post(f"/admin/newsletter/issue/{issue.pk}/history/{oldest}/", data)
    assert LINK.format("compute", "compute") in admin_client.get(issue.get_absolute_url()).text


def test_a_replaced_data_point_takes_its_links_with_it(compute, clock):
    series = make_series()
    release(series, "2024,10 2025,12", day="2026-11-20")
    issue = issue_of(intro="", status="draft", sent_at=None)
    make_data_point(issue, 2, comment="Compute again.")
    mentions.record_mentions(issue)
    assert shown(issue) == [(1, "compute")]
    proposals.use_candidate(issue, "compute", 1)
    assert shown(issue) == [(2, "Compute")]


def test_a_link_to_an_unknown_term_prevents_sending(compute):
    issue = issue_of(comment="So.\n\n[[Nobody]] knows.")
    with pytest.raises(
        UnreadableFigure, match=r"Data point 1, line 3: \[\[Nobody\]\]: no term has"
    ):
        freeze(issue)
    assert not issue.mentions.exists()


def test_a_term_page_lists_the_newest_issues_that_link_to_it(compute, client):
    for number in range(1, 15):
        issue = make_issue(number, f"Subject {number:02}", intro="Much compute.")
        freeze(issue)
    draft = make_issue(15, "Not yet", intro="Much compute.", status="draft", sent_at=None)
    mentions.record_mentions(draft)
    text = client.get("/glossary/compute/").text
    used = text[text.index("Used In") :].partition("</section>")[0]
    assert used.index("Subject 14") < used.index("Subject 03")
    assert used.count("<a ") == 12
    assert "and 2 more" in used
    assert "Not yet" not in used


def test_a_term_page_lists_issues_with_a_data_point_about_it(compute, client):
    issue = make_issue(1, "Chips")
    make_data_point(issue, term=compute, comment="No word of it.")
    freeze(issue)
    make_data_point(make_issue(2, "Power"), term=make_term("Power"))
    make_data_point(make_issue(3, "Nothing"))
    text = client.get("/glossary/compute/").text
    used = text[text.index("Used In") :].partition("</section>")[0]
    assert "/newsletter/1-chips/" in used
    assert used.count("/newsletter/") == 1
