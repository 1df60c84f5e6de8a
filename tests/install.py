"""Installs a site in a bare Debian by following docs/operators.md, destroys it, and restores it.

    debootstrap --variant=minbase trixie ROOT
    python -m tests.install ROOT [--postgresql | --second ROOT] [FILE …]

As root, with ports 80, 443 and 8000 free. ROOT is used up. The files and folders named after it are
seen in it at the same paths; variables that begin with PIP_ are passed on. What the guide leaves to
a person is done here: the values of `.env`, a certificate, `REPOSITORY`. No systemd runs in ROOT, so
a small systemctl there starts what the units say, without their sandbox. With another bare ROOT as
the second machine the first one has PostgreSQL and nginx for both; it is 127.0.0.1, and the second
is 127.0.0.2.
"""

import argparse
import os
import re
import shlex
import shutil
import ssl
import subprocess
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
MACHINES = {"10.0.0.11": "127.0.0.1", "10.0.0.12": "127.0.0.2"}  # in the guide, and here
READERS = 300
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
    if [ "$name" = postgresql ]; then pg_ctlcluster 17 main $verb; continue; fi  # of Debian 13
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
# A published term is changed; what is printed is after how many seconds the other machine shows it.
CHANGE = f"""
import time
from http.client import HTTPConnection
from glossary.models import Term
term = Term.objects.published().order_by("pk").first()
def page():
    site = HTTPConnection("{MACHINES["10.0.0.12"]}", 8000, timeout=60)
    headers = {{"Host": "{HOST}", "X-Forwarded-Proto": "https"}}
    site.request("GET", term.get_absolute_url(), headers=headers)
    return site.getresponse().read().decode()
term.definition = "Changed on the other machine."
assert page() and term.definition not in page()
term.save()
saved = time.monotonic()
while term.definition not in page() and time.monotonic() < saved + 10:
    time.sleep(0.02)
print(round(time.monotonic() - saved, 2))
"""
WORKERS = """
from django_tasks_db.models import DBTaskResult
tasks = DBTaskResult.objects.filter(task_path="newsletter.sending.pump.run_task")
print(len({name for task in tasks for name in task.worker_ids}))
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

    def shell(self, script: str) -> str:
        return self.manage(f"shell --verbosity 0 -c {shlex.quote(script)}").strip()

    def service(self, verb: str) -> None:
        self.run(f"systemctl {verb} pulse-site pulse-worker pulse-clock")

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


def here(text: str) -> str:
    """Return text of the guide with the addresses of this trial."""
    for there, address in MACHINES.items():
        text = text.replace(there, address)
    return text


def install_code(root: Root) -> list[str]:
    """Do the first steps of the guide on a machine and return the others."""
    code, *others = blocks("On a machine of its own")
    root.run(code.replace("REPOSITORY", "/repository"), GIT_CONFIG_COUNT="1",
             GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*")  # fmt: skip
    return others


def configure(root: Root, settings: dict[str, str]) -> None:
    env = root.path / "srv/pulse/.env"
    kept = [line for line in env.read_text().splitlines() if line.partition("=")[0] not in settings]
    env.write_text("\n".join([*kept, *(f"{name}={text}" for name, text in settings.items()), ""]))


def install(root: Root, mail_port: int, is_postgresql: bool) -> None:
    database, units, postgresql, starter = install_code(root)
    settings = SECRETS | {
        "SITE_URL": f"https://{HOST}", "MAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "MAIL_FROM": f'"Pulse <pulse@{HOST}>"', "OPERATORS": f"operator@{HOST}",
        "CONTACT": f"data@{HOST}", "DATA_DIR": "/var/lib/pulse", "TRUSTED_PROXIES": "1",
    }  # fmt: skip
    if is_postgresql:
        settings["DATABASE_URL"] = "postgres:///pulse"
        root.run(f"apt install postgresql; systemctl start postgresql\n{postgresql}")
    configure(root, settings)
    unasked = database.replace("createsuperuser", "createsuperuser --no-input")
    root.run(f"cd /srv/pulse\n{unasked}", **EDITOR)
    root.run(f"cd /srv/pulse\n{starter}{units}")
    certificate = (REPOSITORY / "tests/localhost.pem").read_text()
    for name in ("fullchain.pem", "key.pem"):
        root.write(f"etc/ssl/pulse/{name}", certificate)
    copy, *rest = blocks("The reverse proxy")[0].splitlines()
    name = f"sed -i s/pulse.example.org/{HOST}/ /etc/nginx/conf.d/pulse.conf"
    root.run("\n".join(["cd /srv/pulse", copy, name, *rest]))


def add_second(first: Root, second: Root) -> None:
    """Put a second machine beside the first, which runs."""
    [reach], text = map(here, blocks("A second machine")), here(GUIDE.read_text())
    url = re.search(r"DATABASE_URL=(postgres://pulse:\S+?)`", text).group(1)
    server = re.search(r"`(server \S+;)`", text).group(1)
    first.run(reach)
    configure(first, {"DATABASE_URL": url, "SEND_WORKERS": "2", "SEND_RATE": "60"})
    first.service("stop")
    first.service("start")
    database, units, *_ = install_code(second)
    shutil.copyfile(first.path / "srv/pulse/.env", second.path / "srv/pulse/.env")
    steps = [line for line in database.splitlines()
             if not line.endswith((" migrate", " createsuperuser"))]  # fmt: skip
    bind = f"Environment=GUNICORN_CMD_ARGS=--bind={MACHINES['10.0.0.12']}:8000"
    edit = f"echo {bind} >>/etc/systemd/system/pulse-site.service"
    start = units.replace("systemctl daemon-reload", edit)
    second.run("\n".join(["cd /srv/pulse", *steps, start]))
    file = first.path / "etc/nginx/conf.d/pulse.conf"
    file.write_text(file.read_text().replace("upstream pulse {", "upstream pulse {\n" + server))
    first.run("nginx -t; systemctl reload nginx")


def answer_of(connection: HTTPConnection, path: str, form: dict[str, str] | None) -> HTTPResponse:
    """Return an answer with its text; a GET without a form."""
    headers = {"Host": HOST, "Sec-Fetch-Site": "same-origin"}
    headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.5"}
    body = None if form is None else urlencode(form)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request("GET" if form is None else "POST", path, body, headers)
    answer = connection.getresponse()
    answer.body = answer.read()
    return answer


def ask(path: str, form: dict[str, str] | None = None, machine: str = "") -> HTTPResponse:
    """Ask the site through nginx, or of a machine, past the copies that nginx keeps."""
    if machine:
        return answer_of(HTTPConnection(machine, 8000, timeout=60), path, form)
    trusting = ssl._create_unverified_context()
    return answer_of(HTTPSConnection("127.0.0.1", context=trusting, timeout=60), path, form)


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


def pages(machine: str) -> dict[str, bytes]:
    """Return pages as they are made now."""
    answers = {path: ask(path, machine=machine) for path in PAGES}
    assert {answer.status for answer in answers.values()} == {200}
    return {path: answer.body for path, answer in answers.items()}


def mails(sink, to: str, subject: str = "") -> list:
    read = [message_from_bytes(each, policy=policy.default) for each in sink.messages]
    return [each for each in read if to in each["To"] and subject in each["Subject"]]


def link(mail, beginning: str) -> str:
    text = mail.get_body(("plain",)).get_content()
    return urlsplit(re.search(rf"https://{HOST}{beginning}\S+", text).group()).path


def subscribe(sink, address: str, machine: str = "", confirmed_on: str = "") -> None:
    page = ask("/newsletter/", machine=machine).body.decode()
    stamp = re.search(r'name="stamp" value="([^"]+)"', page).group(1)
    form = {"email": address, "stamp": stamp, "page": "/newsletter/", "website": ""}
    assert ask("/newsletter/subscribe/", form, machine).status == 303
    [mail] = until(f"confirmation of {address}", lambda: mails(sink, address))
    confirmation = link(mail, "/newsletter/confirm/")
    assert ask(confirmation, {}, confirmed_on).status in (200, 303)


def send(root: Root, sink, number: int, to: str):
    root.shell(ISSUE.replace("NUMBER", str(number)))
    return until(f"issue {number}", lambda: mails(sink, to, f"Issue {number}"))[0]


def leave(mail, machine: str) -> str:
    """Leave by one click of a mail and return its address."""
    path = urlsplit(re.search(r"<(https://[^>]+)>", mail["List-Unsubscribe"]).group(1)).path
    assert ask(path, {"List-Unsubscribe": "One-Click"}, machine).status == 200
    return path


def destroy(machines: list[Root], is_postgresql: bool) -> None:
    """Lose the database; each machine keeps its file of those who left."""
    for each in machines:
        each.service("stop")
    if is_postgresql:
        machines[0].run("runuser -u postgres -- dropdb pulse")
    else:
        machines[0].run("rm /var/lib/pulse/db.sqlite3*")


def try_both(first: Root, second: Root, sink) -> None:
    """Sign up, publish and send over two machines, and go on with one."""
    one, other = MACHINES.values()
    subscribe(sink, "between@gmail.com", one, other)
    seconds = float(first.shell(CHANGE))
    assert seconds < 1.5, seconds
    say(f"signed up on one, confirmed on the other, which shows a change after {seconds} s")
    rows = (f"reader{number}@gmail.com,2026-05-01" for number in range(READERS))
    first.write("tmp/readers.csv", "\n".join(["email,consent_date", *rows]))
    first.manage('importreaders /tmp/readers.csv --source "a trial" --confirmed-at "a trial"')
    send(first, sink, 910, f"reader{READERS - 1}@")
    until("the end", lambda: len(mails(sink, "", "Issue 910")) >= READERS)
    to = [mail["To"] for mail in mails(sink, "", "Issue 910")]
    assert len(to) == len(set(to)), "twice"
    assert first.shell(WORKERS) == "2"
    say(f"both workers sent an issue to {len(to)} readers, to each once")
    first.service("stop")
    subscribe(sink, "alone@gmail.com")
    send(second, sink, 911, "alone@gmail.com")
    first.service("start")
    until("the first again", lambda: ask("/livez", machine=one).status == 200)
    say("while one machine was stopped the other signed up, confirmed and sent")


def trial(machines: list[Root], sink, is_postgresql: bool) -> None:
    """Use the site, lose the database, and restore it."""
    root, addresses = machines[0], list(MACHINES.values())[: len(machines)]
    until("first page", lambda: ask("/").status == 200)
    assert ask("/static/css/site.css").status == 200
    leaving = [f"leaves-{number}@gmail.com" for number in range(len(machines))]
    for address in ("stays@gmail.com", *leaving):
        subscribe(sink, address)
    send(root, sink, 901, "stays@gmail.com")
    last = [until(to, lambda to=to: mails(sink, to, "Issue 901"))[0] for to in leaving]
    say("serves, signed up readers, sent an issue")
    if len(machines) == 2:
        try_both(*machines, sink)
    before = pages(addresses[0])
    backup = root.manage("backup").partition(":")[0]
    one_clicks = [leave(mail, address) for mail, address in zip(last, addresses, strict=True)]
    destroy(machines, is_postgresql)
    assert ask("/about/").status in (200, 503)
    say("backed up, a reader left on each machine, destroyed the database; nginx answers")
    say(root.manage(f"restore {backup}"))
    for each in machines:
        each.service("start")
    for address in addresses:
        until("after the restore", lambda of=address: ask("/livez", machine=of).status == 200)
        after = pages(address)
        changed = [path for path in PAGES if before[path] != after[path]]
        assert not changed, changed
    say("serves the same pages")
    files = []
    for each in machines[1:]:  # which a person copies
        left = (each.path / "var/lib/pulse/readers-who-left.jsonl").read_text()
        root.write("tmp/left.jsonl", left)
        files.append("/tmp/left.jsonl")
    say(root.manage(" ".join(["armsending", *files])))
    send(root, sink, 902, "stays@gmail.com")
    time.sleep(5)  # for further messages, which must not come
    to = [mail["To"] for mail in mails(sink, "", "Issue 902")]
    assert len(to) == len(set(to)), "twice"
    assert not set(leaving) & set(to)
    say(root.manage("auditissue"))
    logs = "".join(file.read_text() for each in machines
                   for name in ("pulse-*", "nginx/pulse.log")
                   for file in (each.path / "var/log").glob(name))  # fmt: skip
    assert "@gmail.com" not in logs
    assert not [path for path in one_clicks if path in logs]
    say("who stayed got the next issue, who left nothing; no address or link is in a log")


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text.strip()}", flush=True)


def main() -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from tests.smtp_sink import Sink, running

    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--second", type=Path)
    told = parser.parse_intermixed_args()
    is_postgresql = told.postgresql or bool(told.second)
    machines = [Root(path) for path in (told.root, told.second) if path]
    with running(Sink()) as sink, ExitStack() as mounts:
        for each in machines:
            mounts.enter_context(each.prepared(told.files))
        try:
            install(machines[0], sink.port, is_postgresql)
            if told.second:
                add_second(*machines)
            say("installed")
            trial(machines, sink, is_postgresql)
        finally:
            for each in machines:
                each.run("systemctl stop pulse-site pulse-worker pulse-clock || true")
            machines[0].run("nginx -s stop || true; systemctl stop postgresql || true")


if __name__ == "__main__":
    main()
