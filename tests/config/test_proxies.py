"""nginx and Caddy with the files of config/deploy/, in front of a small server."""

import os
import re
import socket
import subprocess
import threading
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.postgres import free_port
from tests.tools import tool

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "config" / "deploy"
NGINX = """pid {folder}/pid; error_log {folder}/log; {user} daemon off;
events {{ }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/pulse.conf;
}}"""
LINKS = ["/u/secret/", "/newsletter/confirm/secret/", "/newsletter/mailed/secret/?to=secret",
         "/admin/new-password/secret/"]  # fmt: skip


class Upstream(BaseHTTPRequestHandler):
    """Answers what its path says, and remembers what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: ", ".join(self.headers.get_all(name)) for name in self.headers}
        self.server.asked.append((self.command, self.path, headers, len(body)))
        self.send_response(503 if self.path == "/away" else 200)
        if self.path == "/away":
            self.send_header("Retry-After", "30")
        kept = "public, max-age=0, s-maxage=60, must-revalidate"
        self.send_header("Cache-Control", kept if self.path == "/kept" else "private, no-store")
        self.send_header("Content-Length", "2")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET  # noqa: N815

    def log_message(self, *arguments):
        pass


def nginx(folder, port, behind):
    config = (DEPLOY / "nginx.conf").read_text()
    for old, new in {
        "/etc/ssl/pulse/fullchain.pem": f"{ROOT}/tests/localhost.pem",
        "/etc/ssl/pulse/key.pem": f"{ROOT}/tests/localhost.pem",
        "/var/cache/nginx-pulse": f"{folder}/cache",
        "/var/log/nginx/pulse": f"{folder}/pulse",
        "listen 80;": f"listen {port};",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 443 ssl": f"listen {free_port()} ssl",
        "127.0.0.1:8000": f"127.0.0.1:{behind}",
    }.items():
        assert old in config
        config = config.replace(old, new)
    (folder / "pulse.conf").write_text(config)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user=user))
    return [tool("nginx"), "-e", f"{folder}/log", "-c", f"{folder}/nginx.conf"]


def caddy(folder, port, behind):
    config = (DEPLOY / "Caddyfile").read_text()
    for old, new in {
        "http://pulse.example.org, https://pulse.example.org {": f"http://127.0.0.1:{port} {{",
        "/var/log/caddy/pulse": f"{folder}/pulse",
        "\n{\n": "\n{\n\tadmin off\n",
        "127.0.0.1:8000": f"127.0.0.1:{behind}",
    }.items():
        assert old in config
        config = config.replace(old, new, 1)
    (folder / "Caddyfile").write_text(config)
    return [tool("caddy"), "run", "--config", f"{folder}/Caddyfile", "--adapter", "caddyfile"]


class Proxied:
    def __init__(self, folder, port, server):
        self.folder, self.port, self.server = folder, port, server

    def ask(self, path, body=None, **headers):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST" if body is not None else "GET", path, body, headers)
        answer = connection.getresponse()
        answer.text = answer.read()
        connection.close()
        return answer

    def log(self):
        return (self.folder / "pulse.log").read_text()


@contextmanager
def upstream():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.asked = []
    threading.Thread(target=server.serve_forever, args=[0.02]).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module", params=[nginx, caddy])
def proxy(request, tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    with upstream() as server:
        command = request.param(folder, port, server.server_port)
        with (folder / "said").open("w") as said:
            environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
            running = subprocess.Popen(command, stderr=said, stdout=said, env=environment)
        try:
            wait_for(port, running, folder)
            yield Proxied(folder, port, server)
        finally:
            running.terminate()
            running.wait(10)


def wait_for(port, running, folder):
    for _ in range(1000):
        assert running.poll() is None, (folder / "said").read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        threading.Event().wait(0.01)
    raise AssertionError((folder / "said").read_text())


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_the_file_is_understood_as_it_is(tmp_path, name):
    if name == "nginx.conf":
        command = [*nginx(tmp_path, free_port(), free_port()), "-t"]
    else:
        text = (DEPLOY / name).read_text().replace("/var/log/caddy", str(tmp_path))
        (tmp_path / name).write_text(text)
        file = str(tmp_path / name)
        command = [tool("caddy"), "validate", "--config", file, "--adapter", "caddyfile"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_site_learns_from_where_and_how_a_request_came(proxy):
    proxy.ask("/u/secret", b"List-Unsubscribe=One-Click", **{"X-Forwarded-For": "203.0.113.5"})
    method, path, headers, length = proxy.server.asked[-1]
    assert (method, path, length) == ("POST", "/u/secret", 26)
    assert headers["X-Forwarded-For"].endswith("127.0.0.1")
    assert headers["X-Forwarded-Proto"] == "http"
    assert headers["Host"].startswith("127.0.0.1")
    # nginx names the request, once: two names would be none for the site.
    assert re.fullmatch(r"[0-9a-f]{32}|", headers.get("X-Request-ID", ""))


@pytest.mark.parametrize(
    ("path", "kilobytes", "status"),
    [
        ("/newsletter/subscribe/", 16, 200),
        ("/newsletter/subscribe/", 17, 413),
        ("/admin/glossary/term/import/", 6000, 200),
        ("/admin/glossary/term/import/", 7000, 413),
        ("/webhooks/postmark/", 3000, 200),
        ("/webhooks/postmark/", 4000, 413),
        ("/admin/newsletter/subscriber/import/", 21000, 200),
    ],
)
def test_a_request_is_as_long_as_its_address_allows(proxy, path, kilobytes, status):
    with suppress(BrokenPipeError, ConnectionResetError):  # refused while it was being sent
        assert proxy.ask(path, b"x" * kilobytes * 1000).status == status


def test_a_slow_client_does_not_reach_the_site(proxy):
    before = len(proxy.server.asked)
    with socket.create_connection(("127.0.0.1", proxy.port)) as slow:
        slow.sendall(b"POST /slow HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nhalf")
        proxy.ask("/meanwhile")
        assert [path for _, path, *_ in proxy.server.asked[before:]] == ["/meanwhile"]
        slow.sendall(b"whole")
        assert slow.recv(100).startswith(b"HTTP/1.1 200")


def test_readers_links_and_queries_are_not_logged(proxy):
    for path in LINKS:
        proxy.ask(path)
    proxy.ask("/admin/newsletter/subscriber/?q=secret", Referer="https://x.example/u/secret")
    proxy.ask("/last")
    for _ in range(500):  # a log is written after its answer
        if "/last" in (log := proxy.log()):
            break
        threading.Event().wait(0.01)
    assert "/admin/newsletter/subscriber/" in log
    assert "/newsletter/confirm/" in log
    assert "secret" not in log + (proxy.folder / "said").read_text()


def test_that_the_site_is_away_is_passed_on(proxy):
    answer = proxy.ask("/away")
    assert (answer.status, answer.headers["Retry-After"], answer.text) == (503, "30", b"ok")


def test_while_no_site_runs_a_program_learns_when_to_ask_again(proxy):
    """The last test here: it stops the site. nginx goes on showing what it kept."""
    proxy.ask("/kept")
    proxy.server.shutdown()
    proxy.server.socket.close()
    answer = proxy.ask("/newsletter/subscribe/", b"email=x")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
    assert b"in a moment" in answer.text
    has_cache = (proxy.folder / "cache").exists()
    assert proxy.ask("/kept").status == (200 if has_cache else 503)
