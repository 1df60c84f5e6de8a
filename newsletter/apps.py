from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    name = "newsletter"
    verbose_name = "Newsletter"

    def ready(self) -> None:
        """Register what this app adds to other packages (config/registry.py)."""
        from django.db.models.signals import post_migrate

        from config.backups.restoring import CARRY_OVER
        from config.sitemap import SITEMAP_SOURCES
        from glossary.api.openapi import OPENAPI_SOURCES
        from glossary.fetching.link_health import LINKED_ADDRESSES
        from glossary.mentions.relinking import TEXTS_WITH_TERMS
        from glossary.search import SEARCH_SOURCES, SearchSource
        from glossary.series.figure_uses import NUMBERS_FOLLOWED, TEXTS_WITH_FIGURES
        from glossary.terms.own_pages import PAGES_OF_ROWS, PageOfRow
        from glossary.terms.timeline import TERM_USES
        from newsletter.issues import corrections, figure_texts, listings, mentions, openapi
        from newsletter.issues.composing import address_checks
        from newsletter.mailing import checks  # noqa: F401 (registers the system check)
        from newsletter.subscribers import address_search
        from newsletter.subscribers.leave_replay import carry_over

        CARRY_OVER.register(carry_over)
        SITEMAP_SOURCES.register(listings.sitemap_issues)
        OPENAPI_SOURCES.register(lambda: (openapi.PATHS, openapi.SCHEMAS))
        SEARCH_SOURCES.register(SearchSource("issue", listings.issue_pages))
        LINKED_ADDRESSES.register(address_checks.links_of_open_issues)
        TEXTS_WITH_FIGURES.register(figure_texts.draft_texts)
        NUMBERS_FOLLOWED.register(corrections.record_corrections)
        TEXTS_WITH_TERMS.register(mentions.draft_pages)
        TERM_USES.register(mentions.issue_events)
        PAGES_OF_ROWS.register(
            PageOfRow("newsletter:issue", address_checks.issue_exists),
            PageOfRow("newsletter:archive", address_checks.newsletter_exists),
            PageOfRow("newsletter:issues_feed", address_checks.newsletter_exists),
        )
        post_migrate.connect(address_search.install, sender=self)
        self._register_content()
        self._register_admin()
        self._register_mails()
        self._register_jobs()

    def _register_content(self) -> None:
        """Say what public pages are made of."""
        from config.content_stamp import PUBLIC_MODELS, SHOWN, UNSEEN
        from newsletter import models

        # Not the tables of readers and of sending: they change all the time.
        PUBLIC_MODELS.register(
            models.Newsletter, models.Issue, models.DataPoint, models.IssueMention,
            models.Correction, models.Snapshot, models.IssuePicture,
        )  # fmt: skip
        SHOWN[models.Issue] = "{}.sent_at IS NOT NULL"
        # What sending changes. Whether an issue is a sample, its number says too.
        UNSEEN[models.Issue] = ("status", "pause_reason")
        UNSEEN[models.Snapshot] = ("judged_from", "finished_at")

    def _register_admin(self) -> None:
        from config.second_factor import POWERS
        from glossary.admin.desk import DESKS, ROOMS, Room
        from newsletter.admin import desk

        POWERS.register(
            "newsletter.send_issue",
            "newsletter.export_list",
            "newsletter.export_person",
            "newsletter.erase_subscriber",
            "newsletter.export_suppression",
        )
        DESKS.register(desk.mail_needs, desk.issue_needs)
        ROOMS.register(
            Room("Issues", "newsletter", ("Issue", "Newsletter")),
            Room(
                "Readers",
                "newsletter",
                ("Subscriber", "Suppression", "MailEvent", "ConsentEvent", "ReaderAction"),
            ),
        )

    def _register_mails(self) -> None:
        from newsletter.mailing.outbox import WRITERS, Kind
        from newsletter.subscribers import letters

        WRITERS[Kind.CONFIRMATION] = letters.write_confirmation
        WRITERS[Kind.WELCOME] = letters.write_welcome
        WRITERS[Kind.OWN_DATA] = letters.write_own_data
        WRITERS[Kind.CHANGE_NOTE] = letters.write_change_note

    def _register_jobs(self) -> None:
        from config.health import LOOKS
        from config.tick import EVERY_MINUTE, SCHEDULED, Scheduled
        from newsletter.issues.composing import recurrence
        from newsletter.mailing import arming, outbox
        from newsletter.returns import intake, mailboxes
        from newsletter.sending import launch
        from newsletter.subscribers import held_signups, imports, retention, signups, subscriptions

        LOOKS.register(arming.armed, outbox.single_mails)
        EVERY_MINUTE.register(
            arming.keep_mark,
            subscriptions.resume_paused,
            signups.decide_waiting,
            imports.keep_going,
            outbox.send_waiting,
            launch.start_due,
            launch.keep_going,
            retention.delete_stale,
            recurrence.make_drafts,
            recurrence.propose_due,
            recurrence.warn_late,
            recurrence.expire_late,
            intake.judge_waiting,
            intake.take_refusals,
        )
        SCHEDULED.register(
            Scheduled("*/5 * * * *", mailboxes.read_configured),
            Scheduled("51 3 * * *", intake.prune),
            Scheduled("53 3 * * *", held_signups.prune),
        )
