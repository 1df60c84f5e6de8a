"""Handing an issue's messages to the mail server, over connections that are kept open.

smtplib asks four times for each message and waits each time. Here the envelope goes out in one
write and the message in another, and every ending is told apart: accepted, put off, refused, or
not known, because the connection broke after the message may have been taken.

`answers` is pure: what a server's word means. `wire` reads and writes with deadlines, `opening`
gets as far as the log-in, `connection` hands over.
"""

from newsletter.mailing.smtp.answers import Answer, Outcome, is_about_us
from newsletter.mailing.smtp.connection import Connection, Outgoing, as_data
from newsletter.mailing.smtp.opening import Options, Patience, Unavailable

__all__ = [
    "Answer",
    "Connection",
    "Options",
    "Outcome",
    "Outgoing",
    "Patience",
    "Unavailable",
    "as_data",
    "is_about_us",
]
