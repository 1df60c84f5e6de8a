from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangosAdminConfig


class AdminConfig(DjangosAdminConfig):
    default_site = "config.admin_site.Site"


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Site"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate, pre_migrate

        import config.checks  # noqa: F401 (registers the system checks)
        from config import content_stamp, logins, ratelimit, running, sitemap, tick

        running.join()
        pre_migrate.connect(content_stamp.uninstall, sender=self)
        post_migrate.connect(content_stamp.install, sender=self)
        sitemap.SITEMAP_SOURCES.register(sitemap.own_pages)
        tick.EVERY_MINUTE.register(ratelimit.tidy, tick.reap_tasks, tick.prune_tasks)
        tick.SCHEDULED.register(
            tick.Scheduled("41 3 * * *", tick.prune_runs),
            tick.Scheduled("43 3 * * *", logins.prune_attempts),
            tick.Scheduled("45 3 * * *", logins.prune_sessions),
        )
