from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Add what every page may need of the site itself."""
    return {"SITE_URL": settings.SITE_URL, "DEBUG": settings.DEBUG}
