"""Expands a folder of calendar objects with python-dateutil, for `cargo xtask bench expand`.

expand.py FOLDER FROM UNTIL: prints one JSON object with nanoseconds and counts. Only the expansion
is timed; start, end and rule are taken out of the text before.
"""
import datetime as dt
import json
import pathlib
import sys
import time

from dateutil import rrule, tz

UTC = dt.timezone.utc
ATHENS = tz.gettz("Europe/Athens")
ROUNDS = 3


def moment(line):
    name, value = line.split(":", 1)
    if "VALUE=DATE" in name:
        return dt.datetime.strptime(value, "%Y%m%d").replace(tzinfo=UTC)
    if value.endswith("Z"):
        return dt.datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return dt.datetime.strptime(value, "%Y%m%dT%H%M%S").replace(tzinfo=ATHENS)


def read(path):
    body = path.read_text().split("BEGIN:VEVENT", 1)[1].splitlines()
    first = lambda name: next((l for l in body if l.startswith(name)), None)
    start, end, rule = moment(first("DTSTART")), moment(first("DTEND")), first("RRULE:")
    return start, end - start, rule and rule[6:]


def expand(events, frm, until):
    found = 0
    for start, length, rule in events:
        if rule is None:
            found += start < until and start + length > frm
        else:
            series = rrule.rrulestr(rule, dtstart=start)
            found += len(series.between(frm - length, until))
    return found


events = [read(path) for path in sorted(pathlib.Path(sys.argv[1]).iterdir())]
frm, until = (dt.datetime.fromisoformat(word.replace("Z", "+00:00")) for word in sys.argv[2:4])
best = None
for _ in range(ROUNDS):
    began = time.perf_counter_ns()
    found = expand(events, frm, until)
    took = time.perf_counter_ns() - began
    best = took if best is None else min(best, took)
print(json.dumps({"events": len(events), "occurrences": found, "expand_ns": best}))
