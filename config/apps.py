from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Site"

    def ready(self) -> None:
        import config.checks  # noqa: F401 (registers the system checks)
        from config import ratelimit, sitemap, tick

        sitemap.SITEMAP_SOURCES.register(sitemap.own_pages)
        tick.EVERY_MINUTE.register(ratelimit.tidy, tick.reap_tasks, tick.prune_tasks)
        tick.SCHEDULED.register(tick.Scheduled("41 3 * * *", tick.prune_runs))
