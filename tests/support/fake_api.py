"""An HTTP server in the API's place: it answers what a test tells it to, and remembers what it was asked."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

AUTHORIZE = "/internal/playback/authorize"


@dataclass(frozen=True)
class Request:
    """One request as it arrived: header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What to answer."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class FakeApi:
    """Answers by path; 404 where it was told nothing. Tokens are let in unless they are refused."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    gated: str = ""
    """The playlist that is rendered only while the gate is open."""
    gate: threading.Event = field(default_factory=threading.Event)
    down: bool = False
    """Hang up on every request, as a server that is gone."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self, path: str) -> list[Request]:
        """The requests for a path, in order."""
        with self.lock:
            return [request for request in self.requests if request.path == path]

    def asked_about(self, token: str) -> list[str]:
        """The addresses that the edge wanted authorised for a token, in order."""
        return [
            request.headers["x-original-uri"]
            for request in self.asked(AUTHORIZE)
            if f"/{token}/" in request.headers["x-original-uri"]
        ]

    def window(self, window: str, body: bytes, caching: str | None = "max-age=60", status: int = 200) -> None:
        """Answer a playlist, whichever token stands before it."""
        headers = {"Content-Type": "application/vnd.apple.mpegurl"}
        if caching is not None:
            headers["Cache-Control"] = caching
        self.answers[window] = Answer(status, body, headers)

    def renders(self, window: str) -> list[Request]:
        """The requests for a playlist, whichever token stood before it."""
        with self.lock:
            return [request for request in self.requests if _window(request.path) == window]

    def answer(self, request: Request) -> Answer:
        """Remember a request and decide what it gets."""
        with self.lock:
            self.requests.append(request)
        if self.gated and _window(request.path) == self.gated:
            self.gate.wait(20)
        if request.path == AUTHORIZE:
            token = request.headers["x-original-uri"].split("/")[4]
            return Answer(403 if token in self.refused else 204)
        token = request.path.split("/")[4] if request.path.startswith("/api/v1/tstv/") else ""
        if status := self.refused.get(token):
            problem = f'{{"status":{status},"detail":"refused by the API"}}'.encode()
            return Answer(status, problem, {"Content-Type": "application/problem+json"})
        return self.answers.get(_window(request.path) or request.path, Answer(404, b"unknown"))


def _window(path: str) -> str | None:
    parts = path.split("/", 5)
    return parts[5] if path.startswith("/api/v1/tstv/") and len(parts) == 6 else None


@contextmanager
def fake_api(address: str) -> Iterator[FakeApi]:
    """A fake API that listens on an address, on any free port."""
    api = FakeApi()
    api.gate.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if api.down:
                self.close_connection = True
                return
            answer = api.answer(Request(self.command, self.path, headers, body))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD" and answer.status != 204:
                self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((address, 0), Handler)
    server.daemon_threads = True
    api.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
