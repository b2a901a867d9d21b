"""HTTP by the standard library: JSON in and out, problem documents as exceptions, lines of an event stream."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Iterator, Mapping, Optional

from tilth.errors import NotFound, Problem, TilthError, Unreachable


class Http:
    """Threads: may be shared; holds no connection."""

    def __init__(self, url: str, token: Optional[str], timeout: float) -> None:
        if not url.startswith(("http://", "https://")):
            raise TilthError(f"{url!r} is not an address of a lab; expected something like http://127.0.0.1:8080")
        self.url = url.rstrip("/")
        self._token = token
        self._timeout = timeout

    def get(self, path: str, parameters: Optional[Mapping[str, Any]] = None) -> Any:
        with self._open(path, parameters, "application/json") as response:
            return json.load(response)

    def get_bytes(self, path: str, parameters: Mapping[str, Any]) -> bytes:
        with self._open(path, parameters, "*/*") as response:
            body = response.read()
            assert isinstance(body, bytes)
            return body

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        with self._open(path, None, "application/json", json.dumps(body).encode()) as response:
            return json.load(response)

    def lines(self, path: str, parameters: Mapping[str, Any], last_event_id: str, timeout: float) -> Iterator[str]:
        """Lines of an event stream, without their ends. Raises Unreachable when it breaks or is silent too long."""
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        with self._open(path, parameters, "text/event-stream", headers=headers, timeout=timeout) as response:
            try:
                for line in response:
                    yield line.decode("utf-8").rstrip("\r\n")
            except OSError as error:
                raise Unreachable(f"the stream of events from {self.url} broke off: {error}") from error

    def _open(
        self,
        path: str,
        parameters: Optional[Mapping[str, Any]],
        accept: str,
        body: Optional[bytes] = None,
        headers: Optional[Mapping[str, str]] = None,
        timeout: Optional[float] = None,
    ) -> Any:
        query = urllib.parse.urlencode({k: _text(v) for k, v in (parameters or {}).items() if v is not None})
        request = urllib.request.Request(f"{self.url}{path}{'?' + query if query else ''}", data=body)
        request.add_header("Accept", accept)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            return urllib.request.urlopen(request, timeout=self._timeout if timeout is None else timeout)
        except urllib.error.HTTPError as error:
            raise _problem(error) from None
        except OSError as error:
            reason = getattr(error, "reason", error)
            raise Unreachable(f"no lab answers at {self.url} ({reason}); is `tilth up` running there?") from error


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return str(value)


def _problem(error: urllib.error.HTTPError) -> TilthError:
    try:
        document = json.load(error)
    except ValueError:
        document = {}
    if not isinstance(document, dict):
        document = {}
    detail = str(document.get("detail", ""))
    if error.code == 404 and detail:
        return NotFound(detail)
    kind = str(document.get("type", "")).rsplit(":", 1)[-1]
    return Problem(error.code, str(document.get("title", error.reason)), detail, kind)
