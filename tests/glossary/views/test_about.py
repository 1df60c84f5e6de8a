"""`/about/`: what the publisher writes, what the software does, and nothing invented."""

import pytest
from django.core.exceptions import ValidationError

from glossary.models import AboutText, Person
from newsletter.issues import corrections
from tests.builders import make_person
from tests.glossary.admin.test_terms import staff
from tests.glossary.views.test_term_page import assert_in_order, visible_text

pytestmark = pytest.mark.django_db

NOBODY = "The publisher has not named anybody here yet."


def about(client):
    return visible_text(client.get("/about/").text)


def test_a_new_site_names_its_office_and_says_what_is_not_written(client):
    text = about(client)
    assert_in_order(
        text,
        [
            "How we work",
            "People",
            "AI Economy Pulse editorial office",
            "Corrections",
            "Using our texts",
        ],
    )
    assert "answers for them: AI Economy Pulse editorial office." in text
    assert "Funding" not in text
    assert NOBODY not in text


def test_without_people_and_texts_it_says_so(client):
    Person.objects.all().delete()
    assert_in_order(about(client), ["People", NOBODY, "Corrections"])


def test_people_are_listed_with_role_and_page_if_they_are_to_be(client):
    make_person("Ada <b>", role="Editor, energy", url="https://ada.example/")
    make_person("Ben Quiet", is_listed=False)
    answer = client.get("/about/").text
    assert '<li><a href="https://ada.example/">Ada &lt;b&gt;</a>, Editor, energy' in answer
    assert "Ben Quiet" not in answer


def test_each_text_of_the_publisher_is_in_its_section(client):
    for section in AboutText.Section.values:
        text = f"About *{section}*, with <script>alert(1)</script>."
        AboutText.objects.create(section=section, text=text)
    answer = client.get("/about/").text
    assert "<p>About <em>funding</em>, with &lt;script&gt;" in answer
    assert '<a href="#funding">' in answer
    assert_in_order(
        visible_text(answer),
        [
            "How we work", "About method", "People", "AI Economy Pulse editorial office",
            "About people", "Corrections", "About corrections", "Funding", "About funding",
            "Using our texts",
        ],
    )  # fmt: skip


def test_a_text_of_the_publisher_about_people_is_enough(client):
    Person.objects.all().delete()
    AboutText.objects.create(section="people", text="We are two.")
    assert_in_order(about(client), ["People", "We are two.", "Corrections"])
    assert NOBODY not in about(client)


@pytest.mark.parametrize("text", ["We read {{ compute }}.", "See [[Token]]."])
def test_figures_and_links_by_hand_are_refused(text):
    with pytest.raises(ValidationError, match="do not work here"):
        AboutText(section="funding", text=text).full_clean()


def test_editors_write_it_and_a_section_has_one_text(client):
    editor = staff(client, "Editors")
    page = "/admin/glossary/abouttext/add/"
    answer = editor.post(page, {"section": "funding", "text": "Paid by readers."}, follow=True)
    assert (
        'href="/about/#funding"'
        in editor.get(f"/admin/glossary/abouttext/{AboutText.objects.get().pk}/change/").text
    )
    assert answer.status_code == 200
    again = editor.post(page, {"section": "funding", "text": "Another."})
    assert "already exists" in again.text
    assert "Paid by readers." in about(client)


def test_its_limits_of_corrections_are_those_of_the_software(client):
    limits = (corrections.TOLERANCE * 100, corrections.TOLERANCE_IN_POINTS)
    assert [str(each.normalize()) for each in limits] == ["1", "0.5"]
    said = "revised by 1 percent or more, or by half a point or more if it is a percentage"
    assert said in about(client)


def test_it_costs_few_queries(client, django_assert_max_num_queries):
    for number in range(20):
        make_person(f"Person {number}")
    with django_assert_max_num_queries(8):
        client.get("/about/")
