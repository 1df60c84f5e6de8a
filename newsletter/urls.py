"""URLs of the newsletter. Those under /u/ are in every mail, so they are short and permanent."""

from django.urls import URLPattern, path, re_path, register_converter

from newsletter import views

app_name = "newsletter"


class IssueNumber:
    """The number of an issue in its address; samples, whose number is 0, have “sample” there."""

    regex = "[1-9][0-9]*|sample"

    def to_python(self, text: str) -> int:
        return 0 if text == "sample" else int(text)

    def to_url(self, number: int) -> str:
        return str(number or "sample")


register_converter(IssueNumber, "issue")

# With or without the slash, never redirected: a one-click POST must not be (RFC 8058, 3.1).
# Any text matches, so that a link that a mail program broke gets an explanation.
LINK = r"^u/(?P<link>[^/]*)"
# What a mail program took for a part of a link: ")" after its slash.
CUT_OFF = (
    r"^(?P<path>newsletter/(?:confirm|mailed|refuse)/[^/]+/|u/[^/]+/(?:preferences/?)?)[^\w/][^/]*$"
)


def issue_pages(at: str) -> list[URLPattern]:
    """Return the pages of issues below an address. An issue of any newsletter is found at the
    addresses of the default one, because that may have been its newsletter when it was sent.
    """
    issue = f"{at}<issue:number>-<slug:slug>"
    return [
        path(f"{issue}/", views.issue, name="issue"),
        path(f"{issue}/card.png", views.issue_card_png, name="issue_card_png"),
        path(f"{issue}.json", views.issue_json, name="issue_json"),
        path(f"{issue}/<slug:name>.png", views.issue_picture, name="issue_picture"),
    ]


urlpatterns = [
    path("newsletter/", views.archive, name="archive"),
    *issue_pages("newsletter/"),
    path("feeds/issues.atom", views.issues_atom, name="issues_feed"),
    path("newsletter/subscribe/", views.subscribe, name="subscribe"),
    path("newsletter/subscribe/check-your-mail/", views.check_mail, name="check_mail"),
    path("newsletter/confirm/<str:token>/", views.confirm, name="confirm"),
    path("newsletter/confirm/<str:token>/again/", views.confirm_again, name="confirm_again"),
    path("newsletter/refuse/<str:link>/", views.refuse, name="refuse"),
    path("newsletter/mailed/<str:token>/", views.mailed_link, name="mailed_link"),
    path("webhooks/<slug:provider>/", views.provider_events, name="provider_events"),
    re_path(CUT_OFF, views.whole_link, name="whole_link"),
    re_path(LINK + r"/?$", views.leave, name="leave"),
    re_path(LINK + r"/undo/?$", views.undo, name="undo"),
    re_path(LINK + r"/reason/?$", views.reason, name="reason"),
    re_path(LINK + r"/pause/?$", views.pause, name="pause"),
    re_path(LINK + r"/preferences/?$", views.preferences, name="preferences"),
    # Newsletters other than the default one, last, because any word may be a slug.
    path("newsletter/<slug:newsletter>/", views.archive, name="archive"),
    path("newsletter/<slug:newsletter>.atom", views.issues_atom, name="issues_feed"),
    *issue_pages("newsletter/<slug:newsletter>/"),
]
