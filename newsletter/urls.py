"""URLs of the newsletter. Those under /u/ are in every mail, so they are short and permanent."""

from django.urls import URLPattern, path, re_path, register_converter

from newsletter.views import answers, archive, leaving, preferences, provider_events, signup

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
        path(f"{issue}/", archive.issue, name="issue"),
        path(f"{issue}/card.png", archive.issue_card_png, name="issue_card_png"),
        path(f"{issue}.json", archive.issue_json, name="issue_json"),
        path(f"{issue}/<slug:name>.png", archive.issue_picture, name="issue_picture"),
    ]


urlpatterns = [
    path("newsletter/", archive.archive, name="archive"),
    *issue_pages("newsletter/"),
    path("feeds/issues.atom", archive.issues_atom, name="issues_feed"),
    path("newsletter/subscribe/", signup.subscribe, name="subscribe"),
    path("newsletter/subscribe/check-your-mail/", signup.check_mail, name="check_mail"),
    path("newsletter/confirm/<str:token>/", signup.confirm, name="confirm"),
    path("newsletter/confirm/<str:token>/again/", signup.confirm_again, name="confirm_again"),
    path("newsletter/refuse/<str:link>/", signup.refuse, name="refuse"),
    path("newsletter/mailed/<str:token>/", preferences.mailed_link, name="mailed_link"),
    path("webhooks/<slug:provider>/", provider_events.provider_events, name="provider_events"),
    re_path(CUT_OFF, answers.whole_link, name="whole_link"),
    re_path(LINK + r"/?$", leaving.leave, name="leave"),
    re_path(LINK + r"/undo/?$", leaving.undo, name="undo"),
    re_path(LINK + r"/reason/?$", leaving.reason, name="reason"),
    re_path(LINK + r"/pause/?$", leaving.pause, name="pause"),
    re_path(LINK + r"/preferences/?$", preferences.preferences, name="preferences"),
    # Newsletters other than the default one, last, because any word may be a slug.
    path("newsletter/<slug:newsletter>/", archive.archive, name="archive"),
    path("newsletter/<slug:newsletter>.atom", archive.issues_atom, name="issues_feed"),
    *issue_pages("newsletter/<slug:newsletter>/"),
]
