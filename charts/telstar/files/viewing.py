"""What `helm test` looks at, through the edge."""

import json
import urllib.error
import urllib.request

EDGE = "http://telstar-edge"


def get(path):
    """GET a path: (status, content type, body)."""
    try:
        with urllib.request.urlopen(EDGE + path, timeout=20) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers.get_content_type(), refusal.read()


def expect(path, status, content_type):
    """GET a path and insist on what it answers; returns the body."""
    answer = get(path)
    assert answer[:2] == (status, content_type), f"{path}: {status} {content_type} expected, got {answer[:2]}"
    print(f"ok  {path}")
    return answer[2]


assert b"<title>" in expect("/", 200, "text/html")
assert json.loads(expect("/api/v1/openapi.json", 200, "application/json"))["openapi"]
missing = expect("/hls/no-such-channel/720p/init-000001.mp4", 404, "application/problem+json")
assert json.loads(missing)["status"] == 404
expect("/internal/v1/channels/any", 404, "application/problem+json")
expect("/metrics", 404, "application/problem+json")
