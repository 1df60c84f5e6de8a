"""The application a web server runs: `gunicorn config.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_wsgi_application()

from config.page_cache import in_front_of  # noqa: E402 (needs the settings)

application = in_front_of(django)
