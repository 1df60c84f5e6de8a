"""Real servers of the outside world: DNS by UDP, and HTTPS with the certificate of tests."""

import socket
import ssl
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from tests.smtp_sink import CERTIFICATE


@contextmanager
def name_server(records):
    """Answer by `records`, such as {"example.org MX": ["10 mx.example.org."]}; yield host:port.

    A record that is an rcode, such as "SERVFAIL", is answered with it; "silence" not at all.
    """
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))

    def serve():
        while True:
            data, asker = line.recvfrom(4096)
            if not data:
                return
            if answer := _answer(dns.message.from_wire(data), records):
                line.sendto(answer.to_wire(), asker)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    port = line.getsockname()[1]
    try:
        yield f"127.0.0.1:{port}"
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", port))
        thread.join()
        line.close()


def _answer(query, records):
    [question] = query.question
    name, kind = question.name.to_text(omit_final_dot=True), question.rdtype.name
    found = records.get(f"{name} {kind}")
    if found == "silence":
        return None
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    if isinstance(found, str):
        response.set_rcode(dns.rcode.from_text(found))
    elif found:
        texts = [f'"{text}"' if kind == "TXT" else text for text in found]
        response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
    elif not any(each.split()[0].endswith(name) for each in records):
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response


class Answers(BaseHTTPRequestHandler):
    """Answers each method as its server's `answers` say: (status, headers, text)."""

    def answer(self):
        status, headers, text = self.server.answers[self.command]
        length = int(self.headers.get("Content-Length", 0))
        self.server.asked.append((self.command, self.path, self.rfile.read(length).decode()))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *_):
        pass


@contextmanager
def web_server(answers, *, is_secure=False, host="localhost"):
    """Serve fixed answers on a port of this machine; yield the server, with its `url` and `asked`."""
    server = ThreadingHTTPServer((host, 0), Answers)
    server.answers, server.asked = answers, []
    scheme = "http"
    if is_secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    server.url = f"{scheme}://{host}:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
