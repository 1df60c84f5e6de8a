from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from config.backups import BackupError
from config.backups.folder import back_up, delete_old, locked_folder


class Command(BaseCommand):
    help = (
        "Write a backup of the database to BACKUP_DIR while the site runs, check it, and delete "
        "those that are kept no longer. It does not contain .env with its keys."
    )

    def handle(self, **options: Any) -> None:
        try:
            with locked_folder() as folder:
                path, what = back_up(folder)
                deleted = delete_old(folder)
        except (BackupError, OSError) as error:
            raise CommandError(f"No backup was made. {error}") from error
        size = filesizeformat(path.stat().st_size).replace("\xa0", " ")
        self.stdout.write(
            f"{path}: {what}, {size}; old ones deleted: {deleted}. Keep .env with its keys and "
            "DATA_DIR elsewhere, too: they are not in it."
        )
