from django.db import models


class Bucket(models.Model):
    """The recent hits of one rate limit key, for a rolling window (see config/ratelimit.py)."""

    key = models.CharField(max_length=64, unique=True)
    hits = models.JSONField(default=list)  # Unix seconds, oldest first
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    def __str__(self) -> str:
        return self.key[:12]


class JobRun(models.Model):
    """One scheduled job at one of its times. The clock that inserts the row runs the job.

    A run without `finished_at` is under way, or its process died.
    """

    job = models.CharField(max_length=200)
    slot = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    report = models.TextField(blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-slot", "job"]
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="job_once_a_slot")]

    def __str__(self) -> str:
        return f"{self.job} of {self.slot:%Y-%m-%d %H:%M}"
