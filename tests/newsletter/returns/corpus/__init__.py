"""Bounces, complaints and replies of our own making, in the forms of many servers and providers.

`mails()` yields (name, kind, bytes). Each answer of ANSWERS comes back in several forms, with
different line breaks, charsets and encodings. Reader, hosts and texts are invented; forms and
phrases are those that servers use.
"""

import base64
from collections.abc import Iterator

from tests.newsletter.returns.corpus.answers import ANSWERS
from tests.newsletter.returns.corpus.forms import (
    FORMS,
    ORIGINAL,
    READER,
    VERP,
    exchange,
    feedback,
    mail,
    postfix,
    report,
    sendmail,
)
from tests.newsletter.returns.corpus.texts import TEXTS


def bounces() -> Iterator[tuple[str, str, bytes]]:
    for number, (name, (kind, status, answer)) in enumerate(ANSWERS.items()):
        for step in range(len(FORMS)):
            form = FORMS[(number + step) % len(FORMS)]
            yield f"{name} by {form.__name__}", kind, form(status, answer.format(r=READER))


def status_reports() -> Iterator[tuple[str, str, bytes]]:
    """Reports that no answer decides, or in forms that their standards forbid."""
    plain = {"kind": "soft", "status": "5.0.0", "answer": "554 Transaction failed"}
    yield "just no", "soft", report(plain["status"], plain["answer"])
    yield "a program", "soft", report("5.3.0", "unknown mailer error 1", diagnostic="x-unix; ")
    yield "no answer", "hard", report("5.1.1", "")
    yield "no answer, 5.2.1", "hard", report("5.2.1 (mailbox disabled)", "")
    yield "no answer, 5.7.1", "policy", report("5.7.1", "")
    yield "no answer, 5.0.0", "soft", report("5.0.0", "")
    yield (
        "words around it",
        "hard",
        report(
            "5.0.0",
            "",
            human="The e-mail account does not exist at the organization this message was sent to.",
        ),
    )
    yield "unix", "hard", report("5.0.0", 'unknown user: "reader"', diagnostic="x-postfix; ")
    yield "notes", "hard", report(
        "5.1.1", "User reader (reader@example.net) not listed in public Name & Address Book",
        diagnostic="X-Notes; ", sender="Mail Router <postmaster@example.net>", subject="DELIVERY FAILURE",
    )  # fmt: skip
    yield "opensmtpd", "hard", report("5.1.1", "550 Invalid recipient", action="error")
    yield "comment", "hard", report("5.1.1", "550 no such user", action="failed (bad mailbox)")
    yield (
        "delayed",
        "delayed",
        postfix("4.4.1", "connect to mx: Connection timed out", action="delayed"),
    )
    yield (
        "delayed by exchange",
        "delayed",
        exchange("4.4.7", "400 4.4.7 Message delayed", action="Delayed"),
    )
    yield "delayed 5.1.1", "delayed", sendmail("4.1.1", "450 4.1.1 User unknown", action="delayed")
    for action in ("delivered", "relayed", "expanded"):
        yield (
            action,
            "receipt",
            report("2.0.0", "250 2.0.0 Ok", action=action, subject="Delivery report"),
        )
    yield "relayed by exchange", "receipt", exchange("2.0.0", "", action="relayed")
    two = """
Final-Recipient: rfc822; other@example.net
Action: delivered
Status: 2.1.5
"""
    yield "one of two", "hard", report("5.1.1", "550 5.1.1 no such user", fields=two)
    full = two.replace("delivered", "failed").replace("2.1.5", "5.2.2")
    yield "gone and full", "soft", report("5.1.1", "550 5.1.1 no such user", fields=full)
    gone = full.replace("5.2.2", "5.1.1")
    yield "both gone", "hard", report("5.1.1", "550 5.1.1 no such user", fields=gone)
    raw = report("5.1.1", "550 5.1.1 no such user", crlf=False)
    yield "parts lost", "hard", raw.replace(b'boundary="=_b1"', b'boundary="=_b2"')
    yield "parts lost, full", "soft", report("5.2.2", "552 full").replace(b"--=_b1", b" --=_b1")
    yield (
        "global",
        "hard",
        raw.replace(b"message/delivery-status", b"message/global-delivery-status").replace(
            b"rfc822; reader@example.net", "utf-8; läser@exämple.net".encode()
        ),
    )
    head, fields, tail = (
        raw.partition(b"Content-Type: message/delivery-status\n\n")[0],
        raw.partition(b"Content-Type: message/delivery-status\n\n")[2].partition(b"--=_b1")[0],
        b"\n--=_b1--\n",
    )
    packed = b"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
    yield "base64 fields", "hard", head + packed + base64.encodebytes(fields) + tail
    text = b"From: postmaster@example.net\nSubject: Undeliverable\n\nSorry.\n\n" + fields
    yield "fields in a text", "hard", text
    quoted = b"From: boss@example.org\nSubject: Fwd: what is this\n\n> " + fields.replace(
        b"\n", b"\n> "
    )
    yield "fields in a quoted text", "hard", quoted
    yield (
        "spaces before colons",
        "hard",
        raw.replace(b"Status: ", b"Status : ")
        .replace(b"Action: ", b"Action\t: ")
        .replace(b"Final-Recipient: ", b"Final-Recipient : ")
        .replace(b"Diag", b"X-Diag"),
    )
    yield "no end", "hard", raw[: raw.index(b"--=_b1--")]
    yield "cut", "hard", raw[: raw.index(b"Remote-MTA")]
    languages = {
        "de": ("Die E-Mail-Adresse existiert nicht", "Nicht zustellbar: Mieten", "hard"),
        "fr": ("L'adresse du destinataire est inconnue", "Non remis : loyers", "hard"),
        "es": ("No existe el usuario", "No entregado: alquileres", "hard"),
        "ja": ("宛先のメールアドレスは存在しません。", "配信不能: 家賃", "hard"),
        "ru": ("Пользователь не найден", "Недоставленное сообщение", "hard"),
        "zh": ("收件人邮件地址不存在，邮件无法送达。", "系统退信", "hard"),
        "it": ("La casella di posta è piena", "Mancata consegna", "soft"),
    }
    charsets = {"ja": "iso-2022-jp", "ru": "windows-1251", "zh": "gb18030", "fr": "iso-8859-15"}
    for language, (words, subject, kind) in languages.items():
        charset = charsets.get(language, "utf-8")
        body = base64.encodebytes(words.encode(charset)).decode()
        title = base64.b64encode(subject.encode(charset)).decode()
        yield f"in {language}", kind, mail(
            f"From: postmaster@example.net\nTo: {VERP}\nSubject: =?{charset}?B?{title}?=\n"
            f"MIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\n"
            "Content-Transfer-Encoding: base64", body,
        )  # fmt: skip


def texts() -> Iterator[tuple[str, str, bytes]]:
    for name, (kind, headers, body) in TEXTS.items():
        if not headers.startswith("From:"):
            headers = f"From: {headers}\nSubject: NOTICE: mail delivery status."
        yield name, kind, mail(f"{headers}\nTo: {VERP}", body)
        yield f"{name}, bare line feeds", kind, mail(f"{headers}\nTo: {VERP}", body, crlf=False)


def complaints() -> Iterator[tuple[str, str, bytes]]:
    for kind in ("abuse", "Abuse", "fraud", "opt-out", "other"):
        yield f"feedback {kind}", "complaint", feedback(kind)
    for kind in ("not-spam", "auth-failure"):
        yield f"feedback {kind}", "unknown", feedback(kind)
    untyped = feedback().replace(b"Feedback-Type: abuse", b"Auth-Failure: dmarc")
    yield "feedback about authentication, without a type", "unknown", untyped
    yield "feedback without a type", "complaint", untyped.replace(b"Auth-Failure: dmarc", b"A: b")
    redacted = ORIGINAL.replace(READER, "redacted@example.net").replace(
        VERP, "redacted@example.org"
    )
    yield "redacted", "complaint", feedback(original=redacted, fields="Redacted-Address: reader@\n")
    raw = feedback().replace(b"\r\n", b"\n")
    part = b"Content-Type: message/rfc822\nContent-Disposition: inline\n\n"
    head, _, rest = raw.partition(part)
    packed = base64.encodebytes(rest.partition(b"\n--b2--")[0])
    yield (
        "base64 original",
        "complaint",
        (head + part[:-1] + b"Content-Transfer-Encoding: base64\n\n" + packed + b"--b2--\n"),
    )
    yield "headers alone", "complaint", raw.replace(b"message/rfc822", b"text/rfc822-headers")
    yield "no original", "complaint", head + b"--\n"
    yield (
        "mixed",
        "complaint",
        raw.replace(b"multipart/report; report-type=feedback-report", b"multipart/mixed"),
    )


def mails() -> Iterator[tuple[str, str, bytes]]:
    """Yield (name, kind, bytes) of every mail of the corpus."""
    yield from bounces()
    yield from status_reports()
    yield from texts()
    yield from complaints()
