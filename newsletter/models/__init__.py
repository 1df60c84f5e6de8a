from newsletter.models.issues import DataPoint, Issue
from newsletter.models.readers import (
    ConfirmationToken,
    ConsentEvent,
    Newsletter,
    SignupRequest,
    Subscriber,
    Subscription,
    Suppression,
)

__all__ = [
    "ConfirmationToken",
    "ConsentEvent",
    "DataPoint",
    "Issue",
    "Newsletter",
    "SignupRequest",
    "Subscriber",
    "Subscription",
    "Suppression",
]
