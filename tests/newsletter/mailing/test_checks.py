"""System checks of what comes back."""

from newsletter.mailing.checks import check_returns


def test_a_mailbox_without_a_bounce_domain_is_warned_about(settings):
    settings.BOUNCE_MAILBOX, settings.BOUNCE_DOMAIN = "/var/mail/bounces", ""
    assert [each.id for each in check_returns()] == ["newsletter.W001"]
    settings.BOUNCE_DOMAIN = "bounces.example.org"
    assert list(check_returns()) == []
    settings.BOUNCE_MAILBOX, settings.BOUNCE_DOMAIN = None, ""
    assert list(check_returns()) == []
