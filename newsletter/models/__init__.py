from newsletter.models.issues import DataPoint, Issue
from newsletter.models.mentions import IssueMention
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
    "IssueMention",
    "MergedSubscription",
    "Newsletter",
    "SignupRequest",
    "Subscriber",
    "Subscription",
    "Suppression",
]
