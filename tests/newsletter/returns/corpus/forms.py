"""The forms in which servers and providers send an answer back, and complaints."""

import base64
import quopri

READER = "reader@example.net"
VERP = "bounces@news.example.org"
ORIGINAL = f"""\
Return-Path: <{VERP}>
Received: from relay.example.org (relay.example.org [192.0.2.9])
\tby mx.example.net with ESMTPS id 4Xabc; Fri, 20 Nov 2026 09:00:03 -0500
Message-ID: <123.aaaaaaaaaaaaaaaaaaaaaaaa@other.example>
From: AI Economy Pulse <pulse@news.example.org>
To: {READER}
Subject: Rents fell again, and your account
Date: Fri, 20 Nov 2026 14:00:00 +0000
List-Id: <ai-economy-pulse.news.example.org>
Precedence: bulk
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"

Three numbers: spam filters block 5.7.1 times more, user unknown, mailbox full.
"""


def mail(headers: str, body: str, *, crlf: bool = True) -> bytes:
    whole = f"{headers.strip()}\n\n{body}"
    return (whole.replace("\n", "\r\n") if crlf else whole).encode("utf-8", "surrogateescape")


def report(
    status: str,
    answer: str,
    *,
    action: str = "failed",
    human: str = "Your message could not be delivered.",
    sender: str = "MAILER-DAEMON@mx.example.org (Mail Delivery System)",
    subject: str = "Undelivered Mail Returned to Sender",
    headers: str = "",
    fields: str = "",
    diagnostic: str = "smtp; ",
    original: str = ORIGINAL,
    original_type: str = "message/rfc822",
    text_type: str = 'text/plain; charset="us-ascii"',
    crlf: bool = True,
) -> bytes:
    """Make a bounce in the form of RFC 3464."""
    answer = answer.replace("\n", "\n ")
    diagnosis = f"Diagnostic-Code: {diagnostic}{answer}\n" if answer else ""
    return mail(
        f"""\
Return-Path: <>
From: {sender}
To: {VERP}
Subject: {subject}
Date: Fri, 20 Nov 2026 14:00:11 +0000
{headers}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="=_b1"
""",
        f"""\
This is a MIME-encapsulated message.

--=_b1
Content-Type: {text_type}

{human}

--=_b1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Fri, 20 Nov 2026 14:00:03 +0000

Final-Recipient: rfc822; {READER}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.net
{diagnosis}{fields}
--=_b1
Content-Description: Undelivered Message
Content-Type: {original_type}

{original}
--=_b1--
""",
        crlf=crlf,
    )


def postfix(status: str, answer: str, **other) -> bytes:
    human = f"""This is the mail system at host mx.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

For further assistance, please send mail to postmaster.

If you do so, please include this problem report. You can
delete your own text from the attached returned message.

                   The mail system

<{READER}>: host mx.example.net[192.0.2.5] said: {answer.replace(chr(10), chr(10) + "    ")}"""
    return report(status, answer, human=human, headers="Auto-Submitted: auto-replied\n", **other)


def sendmail(status: str, answer: str, **other) -> bytes:
    human = f"""The original message was received at Fri, 20 Nov 2026 09:00:00 -0500
from relay.example.org [192.0.2.9]

   ----- The following addresses had permanent fatal errors -----
<{READER}>
    (reason: {answer.splitlines()[0]})

   ----- Transcript of session follows -----
... while talking to mx.example.net.:
>>> RCPT To:<{READER}>
<<< {answer.replace(chr(10), chr(10) + "<<< ")}
550 5.1.1 <{READER}>... """
    human = human.rpartition("\n")[0]
    return report(
        status, answer, human=human, sender="Mail Delivery Subsystem <MAILER-DAEMON@mx.example.org>",
        subject="Returned mail: see transcript for details", original_type="text/rfc822-headers",
        headers="Auto-Submitted: auto-generated (failure)\n", **other,
    )  # fmt: skip


def exchange(status: str, answer: str, **other) -> bytes:
    human = f"""<html><head><style>p {{ display: block; font-family: "Segoe UI" }}</style></head>
<body><p><b>Delivery has failed to these recipients or groups:</b></p>
<p><a href="mailto:{READER}">{READER}</a><br>Your message wasn't delivered. Please check it and try
sending it later, or contact the recipient directly.</p>
<p>Diagnostic information for administrators:</p><p>Generating server: EX01.example.net</p>
<p>{READER}<br>#{answer} ##</p><p>Original message headers:</p></body></html>"""
    return report(
        status, answer, human=human, text_type="text/html; charset=utf-8",
        sender="Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.net>",
        subject="Undeliverable: Rents fell again",
        headers="X-Auto-Response-Suppress: DR, OOF, AutoReply\nAuto-Submitted: auto-replied\n", **other,
    )  # fmt: skip


def gmail(status: str, answer: str, **other) -> bytes:
    human = f"""** Message not delivered **

There was a problem delivering your message to {READER}. See the technical details below.

The response from the remote server was:
{answer}"""
    return report(
        status, answer, human=human, crlf=False, subject="Delivery Status Notification (Failure)",
        sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        headers="Auto-Submitted: auto-replied\nX-Failed-Recipients: reader@example.net\n",
        fields="Last-Attempt-Date: Fri, 20 Nov 2026 06:00:11 -0800 (PST)\n", **other,
    )  # fmt: skip


def exim(status: str, answer: str) -> bytes:
    """Exim before 4.82, and many since: no fields, only words."""
    return mail(
        f"""\
Return-path: <>
X-Failed-Recipients: {READER}
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
To: {VERP}
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1tDabc-0003AD-Ga@mx.example.org>
""",
        f"""\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {READER}
    SMTP error from remote mail server after RCPT TO:<{READER}>:
    host mx.example.net [192.0.2.5]: {answer.replace(chr(10), chr(10) + "    ")}

------ This is a copy of the message, including all the headers. ------

{ORIGINAL}""",
    )


def qmail(status: str, answer: str) -> bytes:
    """QSBMF, which is no RFC 3464."""
    said = (
        f"192.0.2.5 does not like recipient.\nRemote host said: {answer}\nGiving up on 192.0.2.5."
    )
    return mail(
        f"""\
Return-Path: <>
Received: (qmail 12345 invoked for bounce); 20 Nov 2026 14:00:11 -0000
From: MAILER-DAEMON@mx.example.org
To: {VERP}
Subject: failure notice
""",
        f"""\
Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{READER}>:
{said if answer[:3].isdigit() else answer}

--- Below this line is a copy of the message.

{ORIGINAL}""",
        crlf=False,
    )


def yahoo(status: str, answer: str) -> bytes:
    return mail(
        f"""\
From: MAILER-DAEMON@yahoo.com
To: {VERP}
Subject: Failure Notice
""",
        f"""\
Sorry, we were unable to deliver your message to the following address.

<{READER}>:
{answer}

--- Below this line is a copy of the message.

{ORIGINAL}""",
    )


def domino(status: str, answer: str) -> bytes:
    return mail(
        f"""\
From: Postmaster@example.net
To: {VERP}
Subject: DELIVERY FAILURE: {answer.splitlines()[0]}
X-Mailer: Lotus Domino Release 8.5
""",
        f"""\
Your message

  Subject: Rents fell again

was not delivered to:

  {READER}

because:

  {answer}
""",
    )


def exchange_old(status: str, answer: str) -> bytes:
    return mail(
        f"""\
From: System Administrator <postmaster@example.net>
To: {VERP}
Subject: Undeliverable: Rents fell again
X-Mailer: Internet Mail Service (5.5.2657.72)
""",
        f"""\
Your message

  To:      {READER}
  Subject: Rents fell again
  Sent:    Fri, 20 Nov 2026 14:00:00 -0000

did not reach the following recipient(s):

{READER} on Fri, 20 Nov 2026 14:00:11 -0000
    {answer}
    MSEXCH:IMS:EXAMPLE:SITE:EX01 0 (000B09B6) {answer}
""",
    )


def encoded(status: str, answer: str) -> bytes:
    """A report whose text is base64 in another charset, and whose lines end in CR alone."""
    human = base64.encodebytes(f"Сообщение не доставлено.\n{answer}".encode("koi8-r", "replace"))
    raw = report(
        status, answer, human=human.decode(), sender="=?koi8-r?B?8M/e1MENDQ==?= <postmaster@example.net>",
        text_type='text/plain; charset="koi8-r"\nContent-Transfer-Encoding: base64', crlf=False,
        subject="=?utf-8?b?0J3QtdC00L7RgdGC0LDQstC70LXQvdC+?=",
    )  # fmt: skip
    return raw.replace(b"\n", b"\r")


def forwarded(status: str, answer: str) -> bytes:
    """A bounce that a person sent on as an attachment, quoted-printable around it."""
    inner = postfix(status, answer, crlf=False).decode()
    return mail(
        f"""\
From: Office <office@news.example.org>
To: {VERP}
Subject: Fwd: one of these again
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="out"
""",
        f"""\
--out
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

{quopri.encodestring("Für dich".encode("latin-1")).decode()}
--out
Content-Type: message/rfc822

{inner}
--out--
""",
    )


FORMS = (postfix, sendmail, exchange, gmail, exim, qmail, yahoo, exchange_old, encoded, forwarded)


def feedback(kind: str = "abuse", *, original: str = ORIGINAL, fields: str = "") -> bytes:
    """Make a complaint in the form of RFC 5965."""
    return mail(
        """\
From: <feedback@example.net>
To: <fbl@news.example.org>
Subject: FW: Rents fell again
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
     boundary="b2"
""",
        f"""\
--b2
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message received from IP
192.0.2.9 on Fri, 20 Nov 2026 14:00:00 +0000.

--b2
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
{fields}
--b2
Content-Type: message/rfc822
Content-Disposition: inline

{original}
--b2--
""",
    )
