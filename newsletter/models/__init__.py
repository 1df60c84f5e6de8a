from newsletter.models.issues import DataPoint, Issue
from newsletter.models.readers import (
    ConfirmationToken,
    ConsentEvent,
    MergedSubscription,
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
    "MergedSubscription",
    "Newsletter",
    "SignupRequest",
    "Subscriber",
    "Subscription",
    "Suppression",
]
