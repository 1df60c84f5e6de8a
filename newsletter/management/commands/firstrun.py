import secrets
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model

from config.site import absolute
from glossary.exchange.import_formats import read_path
from glossary.exchange.term_import import make_categories
from glossary.models import Series, Term
from newsletter.models import Issue

STARTER_DATA = Path("glossary/starter/series")
STARTER_TERMS = Path("glossary/starter/terms")
STARTER_ISSUES = Path("newsletter/starter/issues")


class Command(BaseCommand):
    help = "Make a development site ready: database, starter content, admin account."

    def handle(self, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "firstrun is for development. In production: migrate, createsuperuser."
            )
        call_command("migrate", verbosity=0)
        if not Series.objects.exists():
            make_categories(read_path(settings.BASE_DIR / STARTER_TERMS))
            self._fill("importdata", STARTER_DATA, Series)
        if not Term.objects.exists():
            self._fill("importterms", STARTER_TERMS, Term)
        if not Issue.objects.exists():
            self._fill("importissues", STARTER_ISSUES, Issue)
        self._say("Site", absolute("/"))
        self._say("Admin", absolute("/admin/"))
        self._say("Mail sent", absolute("/dev/mail/"))
        users, password = get_user_model().objects, secrets.token_urlsafe(9)
        log_in = "as before; forgotten: .venv/bin/python manage.py changepassword admin"
        if not users.filter(is_superuser=True).exists():
            users.create_superuser("admin", "admin@example.org", password)
            log_in = f"admin / {password}   (shown this once)"
        self._say("Log-in", log_in)

    def _fill(self, command: str, folder: Path, model: type[Model]) -> None:
        """Import starter content, and say how much; the lines of the command are for editors."""
        call_command(command, settings.BASE_DIR / folder, stdout=StringIO())
        self._say("New", f"{model._default_manager.count()} {model._meta.verbose_name_plural}")

    def _say(self, name: str, text: str) -> None:
        self.stdout.write(f"  {name:<10} {text}")
