"""How many signups were held back: by hour, reason and network, without an address."""

from django.db import models

from glossary.models.fields import is_one_of


class HeldSignup(models.Model):
    class Reason(models.TextChoices):
        TRAP = "trap", "filled in by a program"
        DISPOSABLE = "disposable", "disposable address"
        NETWORK = "network", "too many from a network"
        ADDRESS = "address", "too many to an address"
        REFUSED = "refused", "address refuses our mail"
        BREAKER = "breaker", "waited: too many in all"

    hour = models.DateTimeField()
    reason = models.CharField(max_length=10, choices=Reason)
    # A /24 or /40; the beginning of a hash where only that is known; "" for networks beyond number.
    network = models.CharField(max_length=50, blank=True)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-hour", "reason", "network"]
        constraints = [
            models.UniqueConstraint(fields=["hour", "reason", "network"], name="held_signup_once"),
            is_one_of(
                "reason",
                "trap disposable network address refused breaker",
                "held_signup_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00}, {self.reason}: {self.count}"
