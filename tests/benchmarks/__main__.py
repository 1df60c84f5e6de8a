"""`make bench`: our figures beside the limit and beside plain Django, in a few minutes.

The figures in the docs come from here and name the machine. `make bench-scale` measures how it
grows (tests/benchmarks/scale.py).
"""

import os
import subprocess
import sys
import tempfile

from tests.benchmarks import pages, sending
from tests.benchmarks.table import show_machine

PRODUCTION = {
    "DEBUG": "0",
    "SITE_URL": "http://127.0.0.1",
    "SECRET_KEY": "k9XQ2mJr7wT4vB8nL1pZ6sD3fG5hY0cE-aUiOqWxRtNyMzKb-Vd7Hc2",
    "LINK_KEYS": "k1:q8Wm3Zr6Tn1Yb5Vx",
    "ADDRESS_KEY": "h4Jd9Ls2Pf7Gk0Qw",
    "MAIL_URL": "smtp://127.0.0.1",
    "MAIL_FROM": "AI Economy Pulse <pulse@example.org>",
    "LOG_LEVEL": "ERROR",
    "DJANGO_SETTINGS_MODULE": "config.settings",
}
COMMANDS = (
    "migrate -v0",
    "collectstatic --no-input -v0",
    "importdata glossary/starter/series",
    "importterms glossary/starter/terms",
    "importissues newsletter/starter/issues",
)


def main() -> None:
    show_machine()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= PRODUCTION | {"DATA_DIR": folder}
        for command in COMMANDS:
            child = [sys.executable, "manage.py", *command.split()]
            subprocess.run(child, check=True, stdout=subprocess.DEVNULL)
        pages.report()
        subprocess.run([sys.executable, "-m", "tests.benchmarks.search"], check=True)
        sending.report()


if __name__ == "__main__":
    main()
