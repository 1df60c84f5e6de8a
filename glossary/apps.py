from django.apps import AppConfig


class GlossaryConfig(AppConfig):
    name = "glossary"
    verbose_name = "Glossary"

    def ready(self) -> None:
        """Register what this app adds to other packages (config/registry.py)."""
        from config.sitemap import SITEMAP_SOURCES
        from glossary.admin import desk
        from glossary.admin.desk import ROOMS, Room
        from glossary.api import sitemap
        from glossary.mentions.relinking import TEXTS_WITH_TERMS, term_pages
        from glossary.search import SEARCH_SOURCES, SearchSource, indexing
        from glossary.series.figure_uses import TEXTS_WITH_FIGURES, term_texts
        from glossary.terms import own_pages

        own_pages.PAGES_OF_ROWS.register(
            own_pages.PageOfRow("glossary:term", own_pages.term_exists),
            own_pages.PageOfRow("glossary:series", own_pages.series_exists),
            own_pages.PageOfRow("glossary:category", own_pages.category_exists),
        )
        SITEMAP_SOURCES.register(sitemap.sitemap_pages)
        SEARCH_SOURCES.register(
            SearchSource("term", indexing.searchable_terms),
            SearchSource("series", indexing.searchable_series),
        )
        TEXTS_WITH_FIGURES.register(term_texts)
        TEXTS_WITH_TERMS.register(term_pages)
        desk.DESKS.register(desk.term_work, desk.links, desk.series_work)
        ROOMS.register(
            Room("Terms", "glossary", ("Term", "Category", "CheckedAddress", "FormerSlug")),
            Room("Data", "glossary", ("Series", "Source", "Release", "Fetch")),
            Room("About", "glossary", ("AboutText", "Person")),
        )
        self._register_content()
        self._register_jobs()

    def _register_content(self) -> None:
        """Say what public pages are made of."""
        from config.content_stamp import PUBLIC_MODELS, SHOWN, SUBJECTS
        from glossary.models import (
            CheckedAddress,
            Fetch,
            FigureUse,
            Observation,
            Release,
            Series,
            Term,
            Upload,
        )

        # Not what each look at a publisher or a link changes: what pages tell of these looks may be
        # as old as they are kept. No page reads the history of series.
        others = (Fetch, CheckedAddress, Series.history.model)
        PUBLIC_MODELS.register(*(model for model in self.get_models() if model not in others))
        # What a release changes, so that only pages with its series are rendered again.
        of_series = (Observation, Release, FigureUse, Upload)
        SUBJECTS.update({Series: "id"} | dict.fromkeys(of_series, "series_id"))
        published = f"{{}}.status = '{Term.Status.PUBLISHED}'"
        SHOWN.update({Term: published, Term.history.model: published})
        SHOWN[Series] = "{}.current_release_id IS NOT NULL"

    def _register_jobs(self) -> None:
        from config.health import LOOKS
        from config.tick import EVERY_MINUTE, SCHEDULED, Scheduled
        from config.watching import ALL_IS_WELL
        from glossary import search
        from glossary.fetching import link_health
        from glossary.fetching.ping import ping
        from glossary.ingest import refreshing, sums, uploads
        from glossary.mentions import relinking
        from glossary.terms import publishing, text_problems

        LOOKS.register(refreshing.fetching)
        ALL_IS_WELL.register(ping)
        EVERY_MINUTE.register(
            publishing.publish_due, relinking.relink_changed, search.refresh_changed,
            refreshing.look_at_new, sums.add_up_changed,
        )  # fmt: skip
        # At odd minutes, so that not all sites ask publishers on the hour.
        SCHEDULED.register(
            Scheduled("47 3 * * *", uploads.drop_old),
            Scheduled("23 0 * * *", link_health.collect),
            Scheduled("29 2 * * *", text_problems.record_all_broken),
            Scheduled("37 2 * * *", text_problems.record_all_remarks),
            # A few links at a time: the clock waits for each run, and no host may be flooded.
            Scheduled("3-59/15 1-4 * * *", link_health.check_due),
            Scheduled("17 5 * * *", refreshing.refresh_due),
            Scheduled("*/15 * * * *", refreshing.retry_failed),
            Scheduled("7 8 * * *", refreshing.tell_operators),
        )
