"""The calendar of releases: its page, its feed, and the file for calendar programs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from config.caching import public_page
from glossary.api.data_feeds import calendar_feed
from glossary.api.icalendar import calendar_file
from glossary.series.calendar import expected_releases, release_calendar
from glossary.views.series import open_data


@require_safe
@public_page
def calendar(request: HttpRequest) -> HttpResponse:
    return render(request, "glossary/calendar.html", {"calendar": release_calendar()})


@public_page
@open_data
def calendar_ics(request: HttpRequest) -> HttpResponse:
    text = calendar_file(expected_releases())
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")


@public_page
@open_data
def calendar_atom(request: HttpRequest) -> HttpResponse:
    return calendar_feed(request)
