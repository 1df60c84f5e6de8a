"""`gunicorn tests.benchmarks.plain.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.plain.settings"
application = get_wsgi_application()
