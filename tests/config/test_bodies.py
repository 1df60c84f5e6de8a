"""What is too large gets 413 before it is read, let alone kept on disk."""

from base64 import b64encode
from io import BytesIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from config.bodies import PUBLIC_BYTES
from glossary.models import Upload
from newsletter.mailing.signed_links import Purpose, sign
from tests.builders import make_series, make_subscription, make_term, make_upload
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

URLENCODED = "application/x-www-form-urlencoded"
IMPORT = "/admin/glossary/term/import/"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def editor(client):
    return log_in(client, "Editors")


def log_in(client, group, **fields):
    user = User.objects.create_user(group, **({"is_staff": True} | fields))
    user.groups.add(Group.objects.get(name=group))
    client.force_login(user)
    return client


def send(client, path, body, kind=MULTIPART_CONTENT, *, method="POST", **environ):
    """Send a body; return the answer's status and how much of the body the site has read."""
    sent = BytesIO(body)
    if "wsgi.input_terminated" not in environ:
        environ.setdefault("CONTENT_LENGTH", str(len(body)))
    environ |= {"CONTENT_TYPE": kind, "wsgi.input": sent}
    return client.generic(method, path, **environ).status_code, sent.tell()


def send_chunked(client, path, body, kind=MULTIPART_CONTENT):
    """Send a body without its length. Like gunicorn's, the test's input ends where it ends."""
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    return send(client, path, body, kind, **chunked)


def form_with_file(size, **fields):
    file = SimpleUploadedFile("big.csv", b"x" * size)
    return encode_multipart(BOUNDARY, {**fields, "file": file})


@pytest.mark.parametrize(
    "path",
    [
        "/", "/no/such/page/", "/newsletter/subscribe/", "/u/unknown", "/healthz", "/admin",
        "/admin/login/", "/admin/no-such-page/", IMPORT,
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [MULTIPART_CONTENT, URLENCODED, "text/plain", ""])
def test_a_stranger_can_have_nothing_large_read_at_any_address(client, path, kind):
    assert send(client, path, form_with_file(17_000), kind) == (413, 0)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_no_method_is_an_exception(client, method):
    assert send(client, "/search/", b"x" * 20_000, method=method) == (413, 0)


@pytest.mark.parametrize(("length", "status"), [(PUBLIC_BYTES, 303), (PUBLIC_BYTES + 1, 413)])
def test_public_forms_take_16_kib(client, length, status):
    body = b"email=".ljust(length, b"x")
    assert send(client, "/newsletter/subscribe/", body, URLENCODED)[0] == status


def test_the_page_says_how_much_is_taken(client):
    answer = client.post("/newsletter/subscribe/", {"email": "x" * 20_000})
    assert "16.0\xa0KB at most" in answer.text
    assert "importterms" not in answer.text


def test_a_lie_about_the_length_gains_nothing(client):
    status, read = send(client, "/search/", b"x" * 50_000, URLENCODED, CONTENT_LENGTH="-1")
    assert (status, read) == (405, 0)


@pytest.mark.parametrize("send_by", [send, send_chunked])
def test_a_one_click_may_be_multipart_and_chunked(client, send_by):
    subscription, other = make_subscription(), make_subscription("other@example.com")
    path = f"/u/{sign(Purpose.LEAVE, subscription.pk)}"
    with unchanged(other):
        status, _ = send_by(client, path, encode_multipart(BOUNDARY, ONE_CLICK))
    subscription.refresh_from_db()
    assert (status, subscription.status) == (200, "unsubscribed")


def test_a_body_without_a_length_is_counted_up_to_the_limit(client):
    status, read = send_chunked(client, "/no/such/page/", b"x" * 1_000_000)
    assert (status, read) == (413, PUBLIC_BYTES + 1)


PASSWORD = "pulse:a-password-of-some-length"


@pytest.mark.parametrize(
    ("password", "size", "large"),
    [(PASSWORD, 20_000, 200), (PASSWORD, 3_000_000, 413), ("pulse:guess", 20_000, 413)],
)
def test_a_webhook_takes_more_from_who_has_its_password(client, settings, password, size, large):
    settings.ESP, settings.ANYMAIL = "postmark", {"WEBHOOK_SECRET": PASSWORD}
    basic = f"Basic {b64encode(password.encode()).decode()}"
    sent = {"kind": "application/json", "HTTP_AUTHORIZATION": basic}
    body = b'{"x": "%s"}' % (b"x" * size)
    assert send(client, "/webhooks/postmark/", body, **sent)[0] == large
    assert send(client, "/search/", b"x" * 20_000, **sent) == (413, 0)
    settings.ANYMAIL = {}
    sent["HTTP_AUTHORIZATION"] = "Basic "
    assert send(client, "/webhooks/postmark/", b"x" * 20_000, **sent) == (413, 0)


def test_a_webhook_without_a_length_is_not_cut_but_refused(client, settings):
    settings.ESP, settings.ANYMAIL = "postmark", {"WEBHOOK_SECRET": PASSWORD}
    basic = f"Basic {b64encode(PASSWORD.encode()).decode()}"
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    status, _ = send(
        client, "/webhooks/postmark/", b"x" * 20_000, HTTP_AUTHORIZATION=basic, **chunked
    )
    assert status == 413


def test_a_body_whose_chunks_are_broken_is_refused(client):
    class Broken(BytesIO):
        def read(self, *_):
            raise ValueError("invalid chunk size")

    environ = {"wsgi.input": Broken(), "wsgi.input_terminated": True}
    assert client.generic("POST", "/newsletter/subscribe/", **environ).status_code == 400


def test_a_visitor_who_hangs_up_is_refused(client):
    class Gone(BytesIO):
        def read(self, *_):
            raise OSError("connection reset")

    environ = {"wsgi.input": Gone(), "CONTENT_LENGTH": "100", "CONTENT_TYPE": URLENCODED}
    assert client.generic("POST", "/newsletter/subscribe/", **environ).status_code == 400


def test_editors_import_files_of_5_mb_and_the_form_says_what_is_a_little_more(editor):
    other = make_upload(make_series("other"))
    with unchanged(other):
        assert send(editor, IMPORT, form_with_file(5_000_000))[0] == 302
    assert Upload.objects.exclude(pk=other.pk).get().content == b"x" * 5_000_000
    assert send(editor, IMPORT, form_with_file(5_400_000))[0] == 200
    assert send(editor, IMPORT, form_with_file(5_500_000)) == (413, 0)
    assert Upload.objects.count() == 2


def test_editors_import_data_of_5_mb(editor):
    path = f"/admin/glossary/series/{make_series().pk}/import/"
    assert send(editor, path, form_with_file(5_000_000, released_on="2026-11-20"))[0] == 302
    assert send(editor, path, form_with_file(5_500_000)) == (413, 0)
    again = f"{path}{Upload.objects.get().pk}/"
    assert send(editor, again, form_with_file(5_400_000, action="change"))[0] == 200


@pytest.mark.parametrize("fields", [{"is_staff": False}, {"is_active": False}])
def test_who_is_no_editor_imports_nothing(client, fields):
    log_in(client, "Editors", **fields)
    assert send(client, IMPORT, form_with_file(20_000)) == (413, 0)


def test_staff_without_the_right_to_import_send_no_files_of_5_mb(client):
    log_in(client, "Publishers")
    assert send(client, IMPORT, form_with_file(5_000_000)) == (413, 0)
    assert send(client, IMPORT, form_with_file(20_000))[0] == 403


def test_other_forms_of_admin_take_the_longest_texts_and_public_ones_do_not(editor):
    term = make_term("Token")
    path = f"/admin/glossary/term/{term.pk}/change/"
    explanation = b"explanation=" + b"%E6%97%A5" * 100_000
    assert send(editor, path, explanation, URLENCODED)[0] == 200
    assert send(editor, path, b"x" * 3_000_000, URLENCODED) == (413, 0)
    assert send(editor, "/newsletter/subscribe/", explanation, URLENCODED) == (413, 0)
