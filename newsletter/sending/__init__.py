"""Sending an issue, from its approval to the last reader, exactly once to each.

The ledger (models.Delivery) is the source of truth. `launch` freezes an issue, fills the ledger and
resumes it; `pump` and `lanes` send; `decisions` pauses, cancels and finishes; `limits` and
`breaker` are the rules; `release` lets a restored database send again; `audit` checks what we
promise.
"""
