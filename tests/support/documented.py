"""Every answer an API test gets must be one that the OpenAPI document describes."""

import json
import re
from typing import Any

import httpx
from jsonschema import Draft202012Validator

# What any request can run into, documented as "default".
ANYWHERE = {405, 413, 500, 503}


class Documented:
    """Holds answers against an OpenAPI document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.validators: dict[str, Draft202012Validator] = {}
        self.paths = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"), path) for path in document["paths"]
        ]

    async def check(self, answer: httpx.Response) -> None:
        """An httpx response hook."""
        await answer.aread()
        self.hold(answer)

    def hold(self, answer: httpx.Response) -> None:
        """Status, media type and body are as documented; fails otherwise."""
        operation = self._operation(answer.request)
        if operation is None:
            return
        status = "default" if answer.status_code in ANYWHERE else str(answer.status_code)
        where = f"{answer.request.method} {answer.request.url.path} → {answer.status_code}"
        assert status in operation["responses"], f"{where} is not documented"
        content = operation["responses"][status].get("content")
        if not content:
            assert answer.content == b"", f"{where} has a body that is not documented"
            return
        media_type = answer.headers["content-type"].split(";")[0]
        assert media_type in content, f"{where} is {media_type}, documented are {list(content)}"
        self._validator(content[media_type]["schema"]).validate(json.loads(answer.content))

    def _validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        """$refs are relative to the document's root, so the schema is put at its root; made once for each."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            self.validators[key] = Draft202012Validator({**self.document, **schema})
        return self.validators[key]

    def _operation(self, request: httpx.Request) -> dict[str, Any] | None:
        for pattern, path in self.paths:
            if pattern.match(request.url.path):
                found: dict[str, Any] | None = self.document["paths"][path].get(request.method.lower())
                return found
        return None
