"""Preview an issue's form, saved or not, as mail and as page.

The form is saved, rendered and rolled back in one transaction, so a preview uses the same code as
sending. It is shown in a frame that runs no script.
"""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, render

from config.site import absolute
from config.static_files import MARK_IN_MAIL
from glossary.admin.preview import reading_time
from glossary.admin.versions import HistoryAdmin
from glossary.mentions import linked_names
from newsletter.issues import mentions
from newsletter.issues.composing.test_mails import editors_html, editors_text
from newsletter.issues.rendering import MailPicture, render_mail
from newsletter.models import Issue
from newsletter.views.archive import issue_page

WAYS = {
    "wide": "Mail",
    "narrow": "Mail, narrow",
    "dark": "Mail, dark",
    "text": "Text part",
    "page": "Web page",
}
TIME = "time"  # not the issue, but how long it takes to read
DARK = "(prefers-color-scheme: dark)"
# Some engines draw a frame's bar white beside a mail of another color.
BAR = "html { scrollbar-color: #888 transparent; }"
MAIL_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data: {mark}; frame-ancestors 'self'"
)
# With the origin of the site, so that its fonts can be loaded. Scripts are blocked.
PAGE_POLICY = (
    "sandbox allow-same-origin; default-src 'none'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; frame-ancestors 'self'"
)


def preview_issue(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    own: Any = admin.site.get_model_admin(Issue)
    issue = get_object_or_404(Issue.objects.select_related("newsletter"), pk=pk) if pk else None
    may = own.has_change_permission(request, issue) if issue else own.has_add_permission(request)
    if not may:
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    with transaction.atomic():
        answer = _drawn(own, request, issue)
        transaction.set_rollback(True)
    answer["X-Frame-Options"] = "SAMEORIGIN"
    mark = f"{absolute(settings.STATIC_URL)}{MARK_IN_MAIL}"
    answer.headers.setdefault("Content-Security-Policy", MAIL_POLICY.format(mark=mark))
    return answer


def _drawn(model_admin: HistoryAdmin, request: HttpRequest, issue: Issue | None) -> HttpResponse:
    news = model_admin.news(request, model_admin.fill(request, issue))
    filled = model_admin.fill(request, issue, request.POST)
    form, formsets = filled.form, filled.formsets
    if request.GET.get("as") == TIME:
        return HttpResponse(_time(form, formsets), content_type="text/plain")
    if wrong := [news] if news else list(_errors(form, formsets)):
        return render(request, "admin/newsletter/issue/no_preview.html", {"wrong": wrong})
    linked_names.hold()
    saved = form.save()
    for formset in formsets:
        formset.save()
    mentions.record_mentions(saved)
    return _shown(request, Issue.objects.select_related("newsletter").get(pk=saved.pk))


def _time(form: Any, formsets: Any) -> str:
    points = [point for formset in formsets for point in formset.forms]
    texts = [form["intro"], *(point[name] for point in points for name in ("headline", "comment"))]
    return reading_time(*(str(text.value() or "") for text in texts))


def _errors(form: Any, formsets: Any) -> Iterator[str]:
    for name, texts in form.errors.items():
        yield f"{name.replace('_', ' ').capitalize()}: {' '.join(texts)}"
    for formset in formsets:
        yield from formset.non_form_errors()
        for place, errors in enumerate(formset.errors, 1):
            for name, texts in errors.items():
                what = "" if name == "__all__" else f", {name.replace('_', ' ')}"
                yield f"Data point {place}{what}: {' '.join(texts)}"


def _shown(request: HttpRequest, issue: Issue) -> HttpResponse:
    way = request.GET.get("as", "wide")
    if way == "page":
        page = issue_page(request, issue, is_preview=True)
        page["Content-Security-Policy"] = PAGE_POLICY
        return page
    mail = render_mail(issue, has_pictures=way != "text")
    if way == "text":
        return HttpResponse(editors_text(mail), content_type="text/plain; charset=utf-8")
    # The frame has the color scheme of the editor's machine; the preview shows either one.
    scheme = "all" if way == "dark" else "not all"
    html = editors_html(mail, issue, _inline).replace(DARK, scheme)
    return HttpResponse(html.replace("</style>", f"{BAR}</style>"))


def _inline(picture: MailPicture) -> str:
    return f"data:image/png;base64,{b64encode(picture.png).decode()}"
