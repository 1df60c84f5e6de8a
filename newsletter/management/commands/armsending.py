from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletter.mailing import arming
from newsletter.sending.release import Released, release_mail
from newsletter.subscribers import leave_log
from newsletter.subscribers.leave_replay import Replayed, replay


class Command(BaseCommand):
    help = (
        "Let a copied or restored database send mail from this machine, once you have checked what "
        "was sent already. First it unsubscribes those who left after the backup."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "files",
            nargs="*",
            type=Path,
            help=f"the {leave_log.FILE} of other machines; the one in DATA_DIR is always read",
        )
        parser.add_argument(
            "--without-leaves",
            action="store_true",
            help="there is no such file, so that those who left since get mail again",
        )

    def handle(self, files: list[Path], without_leaves: bool, **options: Any) -> None:
        why = arming.reason_not_armed()
        if why and not (files or without_leaves or arming.knows_who_left()):
            raise CommandError(f"{why}\n{NO_FILE}")
        try:
            for path in files:
                if not leave_log.read([path]):
                    raise CommandError(f"{path} lists no reader who left. Name a {leave_log.FILE}.")
            files = [*files, *leave_log.own_file()]
            if why:
                self.stdout.write(why)
                self._report(release_mail(files), files)
            elif files:
                self._report_leaves(replay(leave_log.read(files)), files)
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.") from error
        except leave_log.DamagedLog as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        arming.require_armed()
        self.stdout.write("Mail goes out from here.")

    def _report(self, released: Released, files: list[Path]) -> None:
        self._report_leaves(released.left, files)
        for issue, count in released.doubtful.items():
            self.stdout.write(
                f"Issue {issue.number} was being sent: {count} deliveries may have arrived. They "
                "are unknown and wait for you on its Sending page."
            )
        for issue in released.expired:
            self.stdout.write(
                f"Issue {issue.number} was approved for {issue.send_at:%Y-%m-%d %H:%M} and has "
                "expired: it may have been sent already. Check, then approve it again."
            )
        if released.given_up:
            self.stdout.write(
                "Single mails that may have been sent already and are given up: "
                f"{released.given_up}. Readers who miss a link ask for it again."
            )
        if released.waiting:
            self.stdout.write(f"Single mails that waited and go out now: {released.waiting}.")

    def _report_leaves(self, left: Replayed, files: list[Path]) -> None:
        read = ", ".join(map(str, files)) or "no file"
        self.stdout.write(
            f"Readers who left since: {left.unsubscribed} unsubscribed, {left.suppressed} "
            f"suppressed, by {read}. Other machines that ran the site have files of their own; "
            "to add one: manage.py armsending FILE"
        )


NO_FILE = (
    f"Who left after the backup is in {leave_log.FILE} in DATA_DIR of each machine that ran the "
    "site, and this one has none. Name those files: manage.py armsending FILE …  If they are lost, "
    "run: manage.py armsending --without-leaves"
)
