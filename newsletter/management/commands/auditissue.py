from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletter.mailing import arming
from newsletter.models import Issue
from newsletter.sending.audit import audit_issue


class Command(BaseCommand):
    help = "Check sent issues: no reader got one twice or was left out, and the numbers add up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", nargs="?", type=int, help="default: all issues")

    def handle(self, **options: Any) -> None:
        issues = Issue.objects.filter(snapshot__isnull=False).order_by("number")
        if options["number"] is not None:
            issues = issues.filter(number=options["number"])
            if not issues:
                raise CommandError(f"Issue {options['number']} was never sent from here.")
        broken = 0
        for issue in issues:
            self.stdout.write(f"Issue {issue.number}: {issue.subject}")
            for finding in audit_issue(issue):
                state = f"BROKEN by {finding.broken}" if finding.broken else "ok"
                self.stdout.write(f"  {state:<12} {finding.promise}")
                broken += finding.broken > 0
        if why := arming.reason_not_armed():
            raise CommandError(f"These numbers may be older than what was sent. {why}")
        if broken:
            raise CommandError(f"Broken promises: {broken}.")
