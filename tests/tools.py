"""Programs beside Python that some tests run; `make test` names those that are missing."""

import os
import shutil

import pytest

PACKAGES = {
    "caddy": "caddy",
    "docker-compose": "docker-compose",
    "nginx": "nginx-light",
    "redis-server": "redis-server",
    "systemd-analyze": "systemd",
}
PATH = os.pathsep.join([os.environ["PATH"], "/usr/sbin"])


def missing() -> dict[str, str]:
    """Return the programs that this machine lacks, with their Debian packages."""
    return {name: each for name, each in PACKAGES.items() if not shutil.which(name, path=PATH)}


def tool(name: str) -> str:
    """Return the path of a program, or skip the test."""
    return shutil.which(name, path=PATH) or pytest.skip(f"install {PACKAGES[name]}")
