"""An HTTP proxy that injects faults: `python tests/faults --upstream http://127.0.0.1:8000 [--plan plan.json]`.

It prints one line, `url=… record=…`, and stands between client and server until it is killed. `plan.py` tells how a
plan is written. `PUT /__faults__` with a list of rules changes it, `GET /__faults__` tells the rules with their counts.
With `--record`, each request becomes a line of JSON in that file before it is answered: what the client sent, with its
headers, and what happened to it.
"""

import argparse
import contextlib
import http.client
import json
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from plan import Plan, Rule

CONTROL = "/__faults__"
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"


class Proxy(ThreadingHTTPServer):
    """Holds what all connections share: where the server is, the plan, the record."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, upstream: str, plan: Plan, record: Path | None):
        super().__init__(("127.0.0.1", port), Connection)
        self.upstream = urlsplit(upstream)
        self.plan = plan
        self._record = record.open("a", encoding="utf-8") if record else None
        self._lock = threading.Lock()
        self._number = 0

    def note(self, **facts) -> None:
        """Write down a request."""
        with self._lock:
            self._number += 1
            if self._record:
                print(json.dumps({"number": self._number, "time": time.time(), **facts}), file=self._record, flush=True)

    def shutdown_request(self, request) -> None:
        """Close without a farewell: a FIN before a reset would hide the reset."""
        self.close_request(request)


class Connection(BaseHTTPRequestHandler):
    """One client's connection, with one to the server behind it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Proxy

    def setup(self) -> None:
        """Prepare the connection to the server."""
        super().setup()
        self.behind = http.client.HTTPConnection(self.server.upstream.hostname, self.server.upstream.port, timeout=600)

    def finish(self) -> None:
        """Close both connections."""
        self.behind.close()
        super().finish()

    def handle(self) -> None:
        """Answer until one side is gone."""
        with contextlib.suppress(ConnectionError, http.client.HTTPException, TimeoutError):
            super().handle()

    def pass_on(self) -> None:
        """Answer one request: with the server's answer, or with a fault."""
        body = self.body()
        if self.path == CONTROL:
            self.control(body)
            return
        rule = self.server.plan.fault_for(self.command, self.path)
        answer = self.ask(body) if rule is None or rule.forwards else None
        self.server.note(
            method=self.command,
            path=self.path,
            headers=dict(self.headers.items()),
            bytes=len(body),
            fault=rule and rule.fault,
            status=answer and answer[0],
        )
        if rule is None:
            self.wfile.write(self.raw(*answer))
        else:
            self.fail(rule, answer)

    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

    def body(self) -> bytes:
        """Read the request's body."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """Return the server's answer. The `Host` stays the client's, so that links in the answer lead through here."""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        self.behind.request(self.command, self.path, body or None, headers)
        answer = self.behind.getresponse()
        content = answer.read()
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
        return answer.status, kept, content

    def fail(self, rule: Rule, answer: tuple | None) -> None:
        """Do what the rule says instead of answering."""
        if rule.kind.isdecimal():
            self.wfile.write(self.raw(*refusal(rule)))
            return
        if rule.kind == "truncated":
            status, headers, content = answer
            self.wfile.write(self.raw(status, headers, content[: len(content) // 2]))
            return
        self.close_connection = True
        if rule.kind == "short":
            raw = self.raw(*answer)
            self.wfile.write(raw[: len(raw) - len(answer[2]) // 2 - 1])
        elif rule.kind == "drip":
            for number in self.raw(*answer):
                self.wfile.write(bytes([number]))
                time.sleep(1 if rule.seconds is None else rule.seconds)
        elif rule.kind == "timeout":
            # What ends the wait early is the client, who gives up.
            self.connection.settimeout(3600 if rule.seconds is None else rule.seconds)
            self.connection.recv(1)
        elif rule.kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def raw(self, status: int, headers: list[tuple[str, str]], content: bytes) -> bytes:
        """Return an answer as the bytes that go over the wire."""
        lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if status not in (204, 304):
            lines.append(f"Content-Length: {len(content)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + content

    def control(self, body: bytes) -> None:
        """Change the plan, or tell it."""
        status = 200
        try:
            if self.command == "PUT":
                self.server.plan.change(json.loads(body))
            said = self.server.plan.state()
        except (ValueError, TypeError) as error:
            status, said = 400, {"detail": str(error)}
        self.wfile.write(self.raw(status, [("Content-Type", "application/json")], json.dumps(said).encode()))

    def log_message(self, *_) -> None:
        """Write nothing: the record is what counts."""


def refusal(rule: Rule) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return the answer of a status fault."""
    status = int(rule.kind)
    if status == 502:
        return status, [("Content-Type", "text/html")], BAD_GATEWAY
    headers = [("Content-Type", "application/json")]
    if status in (429, 503):
        headers.append(("Retry-After", str(rule.retry_after)))
    if status == 401:
        headers.append(("WWW-Authenticate", "Token"))
    return status, headers, json.dumps({"detail": f"Injected {status}."}).encode()


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(prog="faults", description="An HTTP proxy that injects faults.")
    parser.add_argument("--upstream", required=True, metavar="URL", help="the server behind")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--plan", type=Path, help="JSON file with a list of rules")
    parser.add_argument("--record", type=Path, help="file that each request is written to, as a line of JSON")
    options = parser.parse_args()
    plan = Plan(json.loads(options.plan.read_text("utf-8")) if options.plan else [])
    proxy = Proxy(options.port, options.upstream, plan, options.record)
    print(f"url=http://127.0.0.1:{proxy.server_port} record={options.record}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        proxy.serve_forever()


if __name__ == "__main__":
    main()
