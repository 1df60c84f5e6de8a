"""The files of config/deploy/, compose.yaml and Dockerfile, judged by the programs that read them."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from config.bodies import PUBLIC_BYTES
from glossary.admin.uploads import MOST_SENT
from newsletter.admin import reader_imports
from tests.config.test_deployment import PRODUCTION
from tests.postgres import free_port
from tests.tools import tool

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "config" / "deploy"
SERVICES = sorted(DEPLOY.glob("*.service"))
UNITS = [*SERVICES, *DEPLOY.glob("*.timer")]


def lines(file):
    return [line.strip() for line in file.read_text().splitlines()]


def value(name, file):
    """Return the value of the one line `name=value` of a unit."""
    [found] = [line.partition("=")[2] for line in lines(file) if line.startswith(f"{name}=")]
    return found


def here(file):
    """Return a unit for the code of this checkout, whose programs exist."""
    return file.read_text().replace("/srv/pulse/.venv/bin/", f"{Path(sys.executable).parent}/")


def test_systemd_understands_every_unit(tmp_path):
    for file in UNITS:
        (tmp_path / file.name).write_text(here(file))
    copies = [str(tmp_path / file.name) for file in UNITS]
    done = subprocess.run(
        [tool("systemd-analyze"), "verify", *copies], capture_output=True, text=True, check=False
    )
    said = [line for line in done.stderr.splitlines() if "pulse-" in line]
    assert (said, done.returncode) == ([], 0)


@pytest.mark.parametrize("file", SERVICES, ids=lambda file: file.stem)
def test_systemd_finds_little_exposure(file):
    command = [tool("systemd-analyze"), "security", "--offline=true", "--threshold=20", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


def test_no_comment_is_on_the_line_of_a_value():
    """systemd takes it for a part of the value, or ignores the line."""
    files = [(file.name, line) for file in UNITS for line in lines(file)]
    assert [each for each in files if "#" in each[1] and not each[1].startswith("#")] == []


def test_a_worker_may_end_the_message_that_it_sends():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert value("TimeoutStopSec", DEPLOY / "pulse-worker.service") == "660"
    assert services["worker"]["stop_grace_period"] == "660s"


def test_containers_are_confined_and_keep_their_data(tmp_path):
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text() + "POSTGRES_PASSWORD=x\n")
    (tmp_path / "compose.yaml").write_text((ROOT / "compose.yaml").read_text())
    command = [tool("docker-compose"), "-f", "compose.yaml", "config"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert {*services} == {"backup", "clock", "db", "migrate", "site", "worker"}
    for name, service in services.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        [volume] = service["volumes"]
        assert volume.partition(":")[0] == ("db" if name == "db" else "data")
    # What is outside is reached by the proxy of this machine alone.
    assert [name for name, each in services.items() if "ports" in each] == ["site"]
    [port] = services["site"]["ports"]
    assert "127.0.0.1" in str(port)


def test_all_ways_start_the_same_processes():
    started = {value("ExecStart", file).removeprefix("/srv/pulse/.venv/bin/") for file in SERVICES}
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    commands = " ".join(str(service.get("command")) for service in composed.values())
    image = " ".join(re.findall(r'"([^"]+)"', (ROOT / "Dockerfile").read_text()))
    for command in started:
        assert command in commands or command in image, command


def test_proxies_and_documents_know_how_long_a_request_may_be():
    """A proxy refuses a little later than the site, whose page says more."""
    texts = [(DEPLOY / name).read_text() for name in ("nginx.conf", "Caddyfile")]
    for least, size in (PUBLIC_BYTES, "16k"), (MOST_SENT, "6m"), (reader_imports.MOST_SENT, "21m"):
        allowed = int(size[:-1]) * {"k": 2**10, "m": 2**20}[size[-1]]
        assert least <= allowed
        assert f"client_max_body_size {size};" in texts[0]
        assert f"import site {allowed}\n" in texts[1]


@pytest.mark.slow
def test_every_service_starts_and_stops_as_its_unit_says(tmp_path):
    environment = {
        "PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1",
        "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{free_port()}", **PRODUCTION,
    }  # fmt: skip
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    for file in SERVICES:
        command = shlex.split(value("ExecStart", Path(file)))
        command[0] = str(Path(sys.executable).parent / Path(command[0]).name)
        started = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True,
        )  # fmt: skip
        if "Type=oneshot" not in lines(file):
            sign = {"site": "Booting worker", "worker": "Starting worker", "clock": ""}
            for line in started.stdout:
                if sign[file.stem.partition("-")[2]] in line:
                    break
            started.send_signal(signal.SIGTERM)
        said, _ = started.communicate(timeout=60)
        assert started.returncode in (0, -signal.SIGTERM), said
        assert "Traceback" not in said


@pytest.mark.slow
def test_the_image_collects_static_files_without_the_settings_of_a_site(tmp_path):
    [line] = re.findall(r"^RUN (SITE_URL=.*?)\n\n", (ROOT / "Dockerfile").read_text(), re.M | re.S)
    command = line.replace("python ", f"{sys.executable} ").replace("DATA_DIR=/tmp", "")
    environment = {
        "PATH": os.environ["PATH"], "DEBUG": "0", "DATA_DIR": str(tmp_path),
        "STATIC_DIR": str(tmp_path / "static"),
    }  # fmt: skip
    subprocess.run(["sh", "-ec", command], cwd=ROOT, env=environment, check=True)
    assert (tmp_path / "static" / "staticfiles.json").exists()


def test_every_file_that_the_image_copies_exists():
    copied = re.findall(r"^COPY (\S+) ", (ROOT / "Dockerfile").read_text(), re.M)
    assert [each for each in copied if not (ROOT / each).exists()] == []
    assert len(copied) == 7
