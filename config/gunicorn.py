"""How the site is served: `gunicorn -c config/gunicorn.py`. Options after it override these."""

import os
import subprocess
import sys
from typing import Any

wsgi_app = "config.wsgi"
bind = "127.0.0.1:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
# Commands from a socket, which would lie in the home folder that a sandboxed service has not got.
control_socket_disable = True
LINE = {"()": "config.logs.Formatter", "format": "{asctime} {levelname} {name} {message}"}
ERRORS = {"level": "INFO", "handlers": ["console"], "propagate": False}
# Its errors name the addresses of requests, with readers' links in them. The proxy logs who asked.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": LINE | {"style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": []},
    "loggers": {"gunicorn.error": ERRORS, "gunicorn.access": {"level": "WARNING"}},
}


def on_starting(server: Any) -> None:
    """Log what is wrong with the settings. Another process does it: a reload loads new code."""
    command = [sys.executable, "manage.py", "check", "--deploy", "--verbosity", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode or "WARNINGS" in done.stderr:
        server.log.warning("%s", done.stderr.strip())
