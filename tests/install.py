"""Installs a site in a bare Debian by following docs/operators.md, destroys it, and restores it.

    debootstrap --variant=minbase trixie ROOT
    python -m tests.install ROOT [--postgresql] [FILE …]

As root, with ports 80, 443 and 8000 free. ROOT is used up. The files and folders named after it are
seen in it at the same paths; variables that begin with PIP_ are passed on. What the guide leaves to
a person is done here: the values of `.env`, a certificate, `REPOSITORY`. No systemd runs in ROOT, so
a small systemctl there starts what the units say, without their sandbox.
"""

import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email import message_from_bytes, policy
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

REPOSITORY = Path(__file__).parents[1]
GUIDE = REPOSITORY / "docs/operators.md"
HOST = "pulse.internal"
POSTGRESQL = "17 main"  # of Debian 13
SECRETS = {"SECRET_KEY": "a" * 60, "LINK_KEYS": f"k1:{'b' * 40}", "ADDRESS_KEY": "c" * 40}
EDITOR = {
    "DJANGO_SUPERUSER_USERNAME": "editor",
    "DJANGO_SUPERUSER_PASSWORD": "only for this trial",
    "DJANGO_SUPERUSER_EMAIL": f"editor@{HOST}",
}
PAGES = ("/", "/glossary/", "/data/", "/newsletter/", "/about/", "/sitemap.xml", "/glossary.json")
MANAGE = "cd /srv/pulse; runuser -u pulse -- .venv/bin/python manage.py"
SYSTEMCTL = r"""#!/bin/bash
# Starts, stops and reloads what units say.
verb=$1; shift; [ "$1" = --now ] && shift
for name in "$@"; do
    name=${name%.service}; unit=/etc/systemd/system/$name.service; pid=/run/$name.trial
    if [ "$name" = nginx ]; then nginx -s reload 2>/dev/null || nginx; continue; fi
    [ -e $unit ] || continue
    of() { sed -n "s/^$1=//p" $unit; }
    if [ "$verb" = stop ]; then kill $(cat $pid) && tail --pid=$(cat $pid) -f /dev/null; continue; fi
    cd $(of WorkingDirectory)
    setpriv --reuid pulse --regid pulse --clear-groups \
        env -i PATH=$PATH $(of Environment) $(of ExecStart) >>/var/log/$name 2>&1 </dev/null &
    echo $! >$pid
done
"""
# An issue that is approved and due: the clock starts it, the worker sends it.
ISSUE = """
from django.utils import timezone
from newsletter.models import Newsletter
from tests.builders import make_data_point, make_issue
letter = Newsletter.objects.get()
Newsletter.objects.update(postal_address="1 Example Street, Exampletown")
now = timezone.now()
issue = make_issue(NUMBER, "Issue NUMBER", newsletter=letter, status="approved",
    approved_at=now, send_at=now, intro="Good morning.")
make_data_point(issue)
"""


class Root:
    """A root of a system, in which commands run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, script: str, **variables: str) -> str:
        """Run lines of a shell, which end at the first that fails; return what they print."""
        passed = {name: text for name, text in os.environ.items() if name.startswith("PIP_")}
        passed |= {"PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
        done = subprocess.run(
            ["chroot", str(self.path), "bash", "-ec", script],
            env=passed | variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{script}\n{done.stdout}")
        return done.stdout

    def manage(self, command: str, **variables: str) -> str:
        return self.run(f"{MANAGE} {command}", **variables)

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    @contextmanager
    def prepared(self, files: list[str]) -> Iterator[None]:
        """Mount what a running system has, and end what still runs in it."""
        self.write("usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
        self.write("usr/local/sbin/systemctl", SYSTEMCTL, 0o755)
        self.write("etc/apt/apt.conf.d/yes", 'APT::Get::Assume-Yes "true";\n')
        shutil.copy("/etc/resolv.conf", self.path / "etc/resolv.conf")
        with ExitStack() as mounts:
            for source in ("/proc", "/dev", f"{REPOSITORY}:/repository", *files):
                here, _, there = source.partition(":")
                self._mount(here, self.path / (there or here).lstrip("/"), mounts)
            yield

    def _mount(self, source: str, target: Path, mounts: ExitStack) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.mkdir(exist_ok=True) if Path(source).is_dir() else target.touch()
        subprocess.run(["mount", "--bind", source, str(target)], check=True)
        mounts.callback(subprocess.run, ["umount", "--lazy", str(target)], check=True)


def blocks(section: str) -> list[str]:
    """Return the indented blocks of a section of the guide, which are commands."""
    text = GUIDE.read_text().partition(f"## {section}\n")[2].partition("\n## ")[0]
    return [
        re.sub(r"^    ", "", each, flags=re.M) for each in re.findall(r"(?:^    .+\n)+", text, re.M)
    ]


def install(root: Root, mail_port: int, is_postgresql: bool) -> None:
    code, database, units, postgresql, starter = blocks("On a machine of its own")
    root.run(code.replace("REPOSITORY", "/repository"), GIT_CONFIG_COUNT="1",
             GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*")  # fmt: skip
    settings = SECRETS | {
        "SITE_URL": f"https://{HOST}", "MAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "MAIL_FROM": f'"Pulse <pulse@{HOST}>"', "OPERATORS": f"operator@{HOST}",
        "CONTACT": f"data@{HOST}", "DATA_DIR": "/var/lib/pulse", "TRUSTED_PROXIES": "1",
    }  # fmt: skip
    if is_postgresql:
        settings["DATABASE_URL"] = "postgres:///pulse"
        root.run(f"apt install postgresql; pg_ctlcluster {POSTGRESQL} start\n{postgresql}")
    env = root.path / "srv/pulse/.env"
    kept = [line for line in env.read_text().splitlines() if line.partition("=")[0] not in settings]
    env.write_text("\n".join([*kept, *(f"{name}={text}" for name, text in settings.items()), ""]))
    unasked = database.replace("createsuperuser", "createsuperuser --no-input")
    root.run(f"cd /srv/pulse\n{unasked}", **EDITOR)
    root.run(f"cd /srv/pulse\n{starter}{units}")
    certificate = (REPOSITORY / "tests/localhost.pem").read_text()
    for name in ("fullchain.pem", "key.pem"):
        root.write(f"etc/ssl/pulse/{name}", certificate)
    copy, *rest = blocks("The reverse proxy")[0].splitlines()
    name = f"sed -i s/pulse.example.org/{HOST}/ /etc/nginx/conf.d/pulse.conf"
    root.run("\n".join(["cd /srv/pulse", copy, name, *rest]))


def ask(path: str, form: dict[str, str] | None = None, port: int = 443) -> HTTPResponse:
    """Ask the site through nginx; the answer has its text."""
    trusting = ssl._create_unverified_context()
    connection = HTTPSConnection("127.0.0.1", port, context=trusting, timeout=60)
    headers = {"Host": HOST, "Sec-Fetch-Site": "same-origin"}
    if form is None:
        connection.request("GET", path, headers=headers)
    else:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("POST", path, urlencode(form), headers)
    answer = connection.getresponse()
    answer.body = answer.read()
    return answer


def until(what: str, find, seconds: int = 180):
    """Return what `find` finds, or end the trial after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := find():
                return found
        except (OSError, HTTPException):
            pass
        time.sleep(0.5)
    raise SystemExit(f"Not within {seconds} seconds: {what}")


def pages() -> dict[str, bytes]:
    """Return pages as they are made now, past the copies that nginx keeps."""
    found = {}
    for path in PAGES:
        connection = HTTPConnection("127.0.0.1", 8000, timeout=60)
        connection.request("GET", path, headers={"Host": HOST, "X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        found[path] = answer.read()
        assert answer.status == 200, (path, answer.status)
    return found


def mails(sink, to: str, subject: str = "") -> list:
    read = [message_from_bytes(each, policy=policy.default) for each in sink.messages]
    return [each for each in read if to in each["To"] and subject in each["Subject"]]


def link(mail, beginning: str) -> str:
    text = mail.get_body(("plain",)).get_content()
    return urlsplit(re.search(rf"https://{HOST}{beginning}\S+", text).group()).path


def subscribe(sink, address: str) -> None:
    page = ask("/newsletter/").body.decode()
    stamp = re.search(r'name="stamp" value="([^"]+)"', page).group(1)
    form = {"email": address, "stamp": stamp, "page": "/newsletter/", "website": ""}
    assert ask("/newsletter/subscribe/", form).status == 303
    [mail] = until(f"confirmation of {address}", lambda: mails(sink, address))
    assert ask(link(mail, "/newsletter/confirm/"), {}).status in (200, 303)


def send(root: Root, sink, number: int, to: str):
    root.manage(f"shell -c {shlex.quote(ISSUE.replace('NUMBER', str(number)))}")
    return until(f"issue {number}", lambda: mails(sink, to, f"Issue {number}"))[0]


def destroy(root: Root, is_postgresql: bool) -> None:
    """Lose the database; the machine keeps the file of those who left."""
    root.run("systemctl stop pulse-site pulse-worker pulse-clock")
    if is_postgresql:
        root.run("runuser -u postgres -- dropdb pulse")
    else:
        root.run("rm /var/lib/pulse/db.sqlite3*")


def trial(root: Root, sink, is_postgresql: bool) -> None:
    until("first page", lambda: ask("/").status == 200)
    assert ask("/static/css/site.css").status == 200
    for address in ("stays@gmail.com", "leaves@gmail.com"):
        subscribe(sink, address)
    send(root, sink, 901, "stays@gmail.com")
    leaving = until("both", lambda: mails(sink, "leaves@gmail.com", "Issue 901"))[0]
    before = pages()
    say("serves, signed up two readers, sent an issue")
    backup = root.manage("backup").partition(":")[0]
    one_click = urlsplit(re.search(r"<(https://[^>]+)>", leaving["List-Unsubscribe"]).group(1)).path
    assert ask(one_click, {"List-Unsubscribe": "One-Click"}).status == 200
    destroy(root, is_postgresql)
    assert ask("/about/").status in (200, 503)
    say("backed up, one reader left, destroyed the database; nginx answers")
    say(root.manage(f"restore {backup}"))
    root.run("systemctl start pulse-site pulse-worker pulse-clock")
    until("page after the restore", lambda: ask("/healthz").status == 200)
    after = pages()
    changed = [path for path in PAGES if before[path] != after[path]]
    assert not changed, changed
    say("serves the same pages")
    say(root.manage("armsending"))
    send(root, sink, 902, "stays@gmail.com")
    time.sleep(5)  # for a second message, which must not come
    assert not mails(sink, "leaves@gmail.com", "Issue 902")
    say(root.manage("auditissue"))
    logs = "".join(file.read_text() for file in (root.path / "var/log").glob("pulse-*"))
    logs += (root.path / "var/log/nginx/pulse.log").read_text()
    assert "@gmail.com" not in logs
    assert one_click not in logs
    say("who stayed got the next issue, who left nothing; no address or link is in a log")


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text.strip()}", flush=True)


def main() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from tests.smtp_sink import Sink, running

    root, files = Root(Path(sys.argv[1])), sys.argv[2:]
    if is_postgresql := "--postgresql" in files:
        files.remove("--postgresql")
    with running(Sink()) as sink, root.prepared(files):
        try:
            install(root, sink.port, is_postgresql)
            say("installed")
            trial(root, sink, is_postgresql)
        finally:
            root.run("systemctl stop pulse-site pulse-worker pulse-clock || true")
            root.run(f"nginx -s stop; pg_ctlcluster {POSTGRESQL} stop || true")


if __name__ == "__main__":
    main()
