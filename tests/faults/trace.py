"""What a process asked of the kernel, in order: strace, attached to it for a while.

A `Call` has two places in the order: where it began and where it returned.
"""

import dataclasses
import re
import shutil
import subprocess

from processes import start, wait_for

CALLS = ("read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,pwrite64,pwritev,pwritev2,"
         "fsync,fdatasync,msync,sync_file_range")
LINE = re.compile(r"^(?P<thread>\d+)\s+(?P<rest>.*)$")
BEGIN = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*)$")
RESUMED = re.compile(r"^<\.\.\. (?P<name>\w+) resumed>(?P<arguments>.*)$")
RESULT = re.compile(r"\)\s+= (?P<result>-?\d+|\?)")


@dataclasses.dataclass
class Call:
    name: str
    arguments: str
    began: int
    returned: int | None = None
    result: int | None = None

    @property
    def place(self):
        """The file or socket, as strace -yy names it; -xx writes the names of files in hex."""
        found = re.match(r"\d+<(.*?)>[,)]", self.arguments)
        name = found.group(1) if found else ""
        return bytes.fromhex(name.replace("\\x", "")).decode() if name.startswith("\\x") else name

    def has(self, data):
        """Whether these bytes are among what it read or wrote."""
        return "".join(f"\\x{byte:02x}" for byte in data) in self.arguments


def parse(text):
    calls, open_calls = [], {}
    for number, line in enumerate(text.splitlines()):
        match = LINE.match(line)
        if not match:
            continue
        thread, rest = match["thread"], match["rest"]
        if resumed := RESUMED.match(rest):
            call = open_calls.pop(thread, None)
            if call is not None:
                call.arguments += resumed["arguments"]
                finish(call, number)
        elif begin := BEGIN.match(rest):
            call = Call(begin["name"], begin["arguments"].removesuffix(" <unfinished ...>"), number)
            calls.append(call)
            if rest.endswith("<unfinished ...>"):
                open_calls[thread] = call
            else:
                finish(call, number)
    return calls


def finish(call, number):
    call.returned = number
    if (result := RESULT.search(call.arguments)) and result["result"] != "?":
        call.result = int(result["result"])


class Trace:
    """Attached until `stop`, which returns the calls."""

    def __init__(self, process, folder):
        self.file = folder / "strace.txt"
        log = folder / "strace.log"
        self.strace = start(["strace", "-f", "-yy", "-xx", "-s", "20000", "-e", f"trace={CALLS}", "-o", self.file, "-p",
                             process.pid], log)
        wait_for("strace", lambda: "attached" in log.read_text(), self.strace, 30)

    def stop(self):
        self.strace.send_signal(2)
        self.strace.wait()
        return parse(self.file.read_text())


def why_not():
    """Why processes cannot be traced here, or None."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    done = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"strace may not trace here: {done.stderr.strip()}"


def order_faults(calls, payload, packet, file):
    """What is wrong with the order in which a message with this payload was taken: received, written to a file whose
    path matches `file`, synced, and only then answered by the bytes `packet`."""
    def first(what, after, condition):
        for call in calls:
            if call.began > after and condition(call):
                return call
        raise LookupError(f"{what} is missing after line {after + 1} of the trace")

    def is_sync(call):
        return call.name in ("fsync", "fdatasync") and re.search(file, call.place) and call.result == 0

    try:
        received = first("the message", -1, lambda c: c.place.startswith("TCP") and c.has(payload))
        answer = first("its acknowledgement", received.began, lambda c: c.place.startswith("TCP") and c.has(packet))
        written = first("its write", received.began, lambda c: re.search(file, c.place) and c.has(payload))
        synced = first("the sync", written.returned - 1, is_sync)
    except LookupError as error:
        return [str(error)]
    if synced.returned < answer.began:
        return []
    return [f"acknowledged in line {answer.began + 1} of the trace, synced in line {synced.returned + 1}"]
