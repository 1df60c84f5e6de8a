from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    # A phone shows the last word of the name alone.
    *start, last = settings.SITE_NAME.split()
    return {
        "SITE_NAME": settings.SITE_NAME,
        "NAME_START": " ".join(start),
        "NAME_END": last,
        "SITE_URL": settings.SITE_URL,
        "DEBUG": settings.DEBUG,
    }
