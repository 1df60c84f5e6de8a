from datetime import UTC, datetime
import pytest
from django.utils import timezone
from glossary.linking.relinking import relink_changed
from glossary.models import CheckedAddress, Series
from newsletter import mentions, since
from newsletter.composing import proposing, answering, mail_contents
from newsletter.composing.answering import dead
from newsletter.models import DataPoint, Issue
from newsletter.rendering import render_words
from tests.builders import *
from tests.newsletter.drafts import *

pytestmark = pytest.mark.django_db

def shown(issue):
    return [(each.position, each.shown) for each in issue.mentions.linked().order_by("position")]

def test_a_late_form(admin_client, clock):
    issue = make_draft(slot_on="2026-11-27"); make_three_series()
    data = form_of(issue, {"headline": "Mine", "series": Series.objects.first().pk})
    proposing.propose(issue)
    r = admin_client.post(page(issue), data)
    print(r.status_code, r.text[:3000] if r.status_code==200 else "")
    r = admin_client.post(page(issue, "preview"), data)
    print(r.status_code, r.text)
    assert 0

def test_b_replaced(admin_client, clock):
    issue = make_ready_draft()
    make_series("other", category=Series.objects.first().category); release(Series.objects.get(slug="other"), "2024,10 2025,30", day="2026-11-20")
    data = form_of(issue, {"headline": "Mine"})
    proposing.use(issue, "other", 1)
    r = admin_client.post(page(issue), data)
    import re
    print(r.status_code, re.findall("errorlist.*", r.text)[:5] if r.status_code==200 else "")
    assert 0

def test_c_restored(admin_client, clock):
    make_term("Compute"); relink_changed()
    issue = make_draft(intro="No link here. Much compute.")
    first = issue.history.first().history_id
    issue.intro = "Compute first"; issue.save(); mentions.record(issue)
    data = form_of(issue, intro="No link here. Much compute.")
    admin_client.post(f"/admin/newsletter/issue/{issue.pk}/history/{first}/", data)
    issue.refresh_from_db()
    print(issue.intro, [(m.start, m.end) for m in issue.mentions.all()])
    assert 0

def test_d_use(clock):
    make_term("Compute"); relink_changed()
    issue = make_ready_draft()
    DataPoint.objects.filter(position=1).update(comment="Compute a"); DataPoint.objects.filter(position=2).update(comment="compute b")
    mentions.record(issue)
    make_series("other", category=Series.objects.first().category); release(Series.objects.get(slug="other"), "2024,10 2025,30", day="2026-11-20")
    proposing.use(issue, "other", 1)
    print(shown(issue))
    assert 0

def test_e_source(admin_client, clock):
    issue = make_ready_draft()
    other = make_series("other", category=Series.objects.first().category); release(other, "2024,10 2025,30", day="2026-11-20")
    other.source.title="OTHER"; other.source.save()
    point = issue.data_points.get(position=1); point.proposed_because="Its highest"; point.save()
    data = form_of(issue, {"series": other.pk})
    print(admin_client.post(page(issue), data).status_code)
    point = issue.data_points.get(position=1); print(point.series, point.source_title, other.source.title, point.source_url, point.proposed_because)
    assert 0

@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_f_far(admin_client, clock, day):
    issue = make_ready_draft()
    q = {"when": "time", "day": day, "time": "23:59"}
    r = admin_client.get(page(issue, "approve"), q); print(r.status_code)
    r = admin_client.post(page(issue, "approve"), q); print(r.status_code)
    issue.refresh_from_db(); print(issue.status, issue.send_at)
    print(admin_client.get(page(issue)).status_code)
    print(admin_client.get("/admin/newsletter/issue/").status_code)
    assert 0

def test_g_links(clock):
    issue = make_ready_draft(intro="[a](https://example.org/?a=1&b=2) [b](https://bücher.example/ä b) <https://example.org/x%20y?q=ü> [c](HTTPS://Example.ORG/Up) [d](https://example.org) [e](https://example.org/?q=a|b) [f](//cdn.example/x) [g](http://127.0.0.1:8000) [h](http://127.0.0.1:8000?x)")
    answering.look(issue)
    taken = set(CheckedAddress.objects.values_list("url", flat=True))
    mailed = set(mail_contents.links_in(render_words(issue).html))
    print("taken not mailed", taken - mailed); print("mailed not taken", mailed - taken)
    assert 0

def test_j_days(clock):
    from newsletter.social import card_of
    from newsletter import searching
    issue = make_issue(1, "S", newsletter=make_newsletter(time_zone="America/Los_Angeles"), sent_at=datetime(2026,11,21,2,tzinfo=UTC))
    print(card_of(issue, []).kicker, next(searching.issues()).note, issue.sent_on)
    assert 0
def test_k_source_empty(client):
    issue = make_issue(1, "S"); s = make_series("x"); release(s, "2024,1")
    make_data_point(issue, series=s, source_publisher="", source_title="T")
    t = client.get(issue.get_absolute_url()).text
    print(t[t.index("Source:"):][:80]); assert 0
