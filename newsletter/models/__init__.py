from newsletter.models.corrections import Correction
from newsletter.models.held_signups import HeldSignup
from newsletter.models.issues import DataPoint, Issue
from newsletter.models.ledger import (
    Arming,
    Delivery,
    IssuePicture,
    Pace,
    Pump,
    SendingEvent,
    Snapshot,
)
from newsletter.models.mentions import IssueMention
from newsletter.models.newsletters import Newsletter
from newsletter.models.outbox import OutboxMail
from newsletter.models.reader_actions import ReaderAction
from newsletter.models.reader_imports import ReaderImport, RowResult
from newsletter.models.readers import (
    ConfirmationToken,
    ConsentEvent,
    MergedSubscription,
    SignupRequest,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.models.returns import MailEvent
