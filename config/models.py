from django.db import models


class Bucket(models.Model):
    """The recent hits of one rate limit key, for a rolling window (see config/ratelimit.py)."""

    key = models.CharField(max_length=64, unique=True)
    hits = models.JSONField(default=list)  # Unix seconds, oldest first
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    def __str__(self) -> str:
        return self.key[:12]
