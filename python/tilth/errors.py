"""What can go wrong, each with a sentence that says what to do."""

from __future__ import annotations


class TilthError(Exception):
    """Base of everything this package raises."""


class Unreachable(TilthError):
    """No answer: the lab does not run, or the address is wrong."""


class NotFound(TilthError):
    """Nothing in the lab is called so."""


class Problem(TilthError):
    """The lab refused, with a problem document (RFC 9457)."""

    def __init__(self, status: int, title: str, detail: str, kind: str) -> None:
        super().__init__(f"{title}: {detail}" if detail else title)
        self.status = status
        self.title = title
        self.detail = detail
        self.kind = kind
        """The last part of its type, such as "bad-input"."""
