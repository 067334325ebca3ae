"""What both drives need: steps that have names, calls to the control page, a callback that hears.

A step prints its name before it begins, so that whoever reads the output knows where it ended.
"""
import asyncio
import contextlib
import faulthandler
import http.server
import inspect
import json
import queue
import sys
import threading
import urllib.parse
import urllib.request

# How long the sandbox may take to call back.
PATIENCE_S = 20
# How long all of it may take; then the program ends and says where it hung.
LONGEST_S = 200
STEPS = []


def step(function):
    """Makes it one of the steps, in the order in which they stand in the file."""
    STEPS.append(function)
    return function


async def walk(drive):
    for each in STEPS:
        print("step:", each.__name__.replace("_", " "), flush=True)
        going = each(drive)
        if inspect.isawaitable(going):
            await going


def run(drive):
    """All steps with the same object; the first that fails ends the program."""
    faulthandler.dump_traceback_later(LONGEST_S, exit=True)
    asyncio.run(walk(drive))
    print("all steps passed:", len(STEPS), flush=True)


def sandbox():
    """The address of the sandbox, from the command line, without a slash at its end."""
    if len(sys.argv) != 2:
        sys.exit(f"{sys.argv[0]} ADDRESS: the address of a sandbox, as http://127.0.0.1:8090")
    return sys.argv[1].rstrip("/")


def post_form(url, **fields):
    """Posts a form as a page does: where that leads, without going there, and the page."""
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    form = urllib.parse.urlencode(fields, doseq=True).encode()
    try:
        answer = urllib.request.build_opener(Stay).open(url, form)
    except urllib.error.HTTPError as moved:
        answer = moved
    page = answer.read().decode()
    assert answer.status in (200, 302, 303), (answer.status, page)
    return answer.headers.get("Location"), page


def lever(method, url, body=None):
    """One lever of the control page."""
    head = {"Content-Type": "application/json"}
    sent = json.dumps(body or {}).encode()
    asked = urllib.request.Request(url, sent, head, method=method)
    with urllib.request.urlopen(asked) as answer:
        said = answer.read()
    return json.loads(said) if said else None


@contextlib.contextmanager
def refused(kind, says):
    """Inside, an error of this kind must come up, and `says` must be true of it."""
    try:
        yield
    except kind as error:
        assert says(error), f"another refusal: {error!r}"
    else:
        raise AssertionError(f"nothing was refused, where {kind.__name__} should have come up")


class Hook(http.server.ThreadingHTTPServer):
    """Listens for calls from outside: `(headers, body)` of each can be waited for."""

    def __init__(self):
        self.heard = queue.Queue()
        super().__init__(("127.0.0.1", 0), Listener)
        self.address = f"http://127.0.0.1:{self.server_port}/hook"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def wait(self):
        return self.heard.get(timeout=PATIENCE_S)


class Listener(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        # Microsoft wants its question back before it believes that the address is ours.
        question = query.get("validationToken")
        answer = question[0].encode() if question else b""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.server.heard.put((self.headers, question[0] if question else body))

    def log_message(self, *_):
        pass
