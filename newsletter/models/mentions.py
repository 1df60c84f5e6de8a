"""Terms that are mentioned in an issue's texts."""

from django.db import models
from django.db.models import F, Q

from glossary.models import PlacedMention, Term
from glossary.models.fields import is_one_of
from glossary.models.mentions import WHY, MentionQuerySet
from newsletter.models.issues import Issue


class IssueMention(PlacedMention):
    """A term named in an issue: in the intro (position 0) or in a data point's comment.

    The links of a sent issue are frozen in its HTML; these rows show where a term is used.
    """

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="mentions")
    position = models.PositiveSmallIntegerField()
    term = models.ForeignKey(Term, models.CASCADE, related_name="mentioned_in_issues")

    objects = MentionQuerySet["IssueMention"].as_manager()

    class Meta(PlacedMention.Meta):
        constraints = [
            is_one_of("state", WHY, "issue_mention_state_known"),
            models.CheckConstraint(
                condition=Q(start__lt=F("end")), name="issue_mention_has_length"
            ),
            models.UniqueConstraint(
                fields=["issue", "position", "block", "start"], name="issue_mention_one_a_place"
            ),
            models.UniqueConstraint(
                fields=["issue", "term"],
                condition=Q(is_manual=False),
                name="issue_mention_one_an_issue_unless_manual",
            ),
        ]
