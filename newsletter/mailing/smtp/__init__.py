"""Hands messages over to the mail server: an issue's over connections that stay open.

smtplib waits four times for each message. This client sends the envelope in one write and the
message in another, and distinguishes four outcomes: accepted, deferred, failed, and unknown, when
the connection broke after the server may have accepted the message.

`answers` interprets the server's replies (pure), `wire` reads and writes with deadlines, `opening`
connects and logs in, and `connection` hands messages over.
"""
