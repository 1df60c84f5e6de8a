"""A Dovecot of our own for one test: IMAP on free ports, a Maildir in a temporary folder."""

import grp
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CERTIFICATE = Path(__file__).parent / "localhost.pem"
SERVER = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PASSWORD = "secret/with:signs"
# Before 2.4 a folder of mail and TLS are set in other words.
CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
first_valid_uid = 1
ssl = yes
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""
OLD = """
ssl_cert = <{certificate}
ssl_key = <{certificate}
mail_location = maildir:{folder}/Maildir
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
}}
"""
NEW = """
ssl_server_cert_file = {certificate}
ssl_server_key_file = {certificate}
mail_driver = maildir
mail_path = {folder}/Maildir
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {user}
    gid = {group}
    home = {folder}
  }}
}}
"""


@dataclass(frozen=True)
class Dovecot:
    maildir: Path
    port: int
    tls_port: int


@contextmanager
def running(folder: Path) -> Iterator[Dovecot]:
    """Run a server until the block ends. `folder` has a short path, for its sockets."""
    user = pwd.getpwuid(os.geteuid()) if os.geteuid() else pwd.getpwnam("nobody")
    server = Dovecot(folder / "Maildir", _free_port(), _free_port())
    for name in ("cur", "new", "tmp"):
        (server.maildir / name).mkdir(parents=True)
    version = subprocess.run([SERVER, "--version"], capture_output=True, text=True, check=True)
    number = version.stdout.split()[0]
    is_new = tuple(map(int, number.split(".")[:2])) >= (2, 4)
    head = f"dovecot_config_version = {number}\ndovecot_storage_version = {number}\n"
    text = (head if is_new else "") + CONFIG + (NEW if is_new else OLD)
    config = folder / "dovecot.conf"
    config.write_text(
        text.format(
            folder=folder, user=user.pw_name, group=grp.getgrgid(user.pw_gid).gr_name, port=server.port,
            tls_port=server.tls_port, certificate=CERTIFICATE, password=PASSWORD,
        )
    )  # fmt: skip
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)
    process = subprocess.Popen([SERVER, "-F", "-c", config])
    try:
        _wait_for(server.port, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("Dovecot does not start; its log is in its folder.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
