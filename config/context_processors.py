from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Add what every page may need of the site itself."""
    # The last word of the name stays on one line with what is drawn beside it.
    *start, last = settings.SITE_NAME.split()
    return {
        "SITE_NAME": settings.SITE_NAME,
        "NAME_START": " ".join(start),
        "NAME_END": last,
        "SITE_URL": settings.SITE_URL,
        "DEBUG": settings.DEBUG,
    }
