"""What comes back after sending: bounces, complaints, automatic replies, requests to leave.

`incoming` takes a mail apart, `reports` says what it is by its fields and by the words of `wording`
(all pure). `matching` finds the delivery, and `intake` stores each event, then acts on it once.
Ways in are `mailboxes`, a provider's webhook (views), and the answers of our own mail server.
"""
