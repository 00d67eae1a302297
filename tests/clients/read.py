"""Reads a running page with Python's clients, as they are. `read.py WHAT ADDRESS`; says what is wrong by failing."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request


def text(address, path, accept=None):
    request = urllib.request.Request(address + path, headers={"Accept": accept} if accept else {})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read().decode()


def exporter(address):
    """The exporter for Prometheus that watches pages of Statuspage."""
    folder = pathlib.Path(tempfile.mkdtemp())
    services = folder / "services.json"
    services.write_text(json.dumps({"pharos": {"url": address + "/api/v2/summary.json", "name": "Pharos"}}))
    out = folder / "statuspage.prom"
    environment = dict(os.environ, RUN_MODE="once", METRICS_TEXTFILE_PATH=str(out))
    environment["SERVICES_JSON_PATH"] = str(services)
    program = pathlib.Path(sys.executable).parent / "statuspage-prometheus-exporter"
    run = subprocess.run([program], env=environment, cwd=folder, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    figures = out.read_text()
    assert 'Public API' in figures and "Checkout is slow" in figures, figures + run.stderr
    print(figures)


def feeds(address):
    import feedparser

    for path in ["/history.atom", "/history.rss", "/components/web/history.atom", "/groups/core/history.rss", "/ja/history.atom"]:
        feed = feedparser.parse(text(address, path))
        assert not feed.bozo, (path, feed.get("bozo_exception"))
        assert feed.feed.title, path
        titles = [entry.title for entry in feed.entries]
        assert "Checkout is slow" in titles, (path, titles)
        for entry in feed.entries:
            assert entry.id and entry.title and entry.link, (path, entry)
            assert entry.updated_parsed if path.endswith("atom") else entry.published_parsed, (path, entry)
        ids = [entry.id for entry in feed.entries]
        assert len(set(ids)) == len(ids), ids
        if path == "/history.rss":
            assert any("maintenanceenddate" in entry for entry in feed.entries), feed.entries


def calendar(address):
    import icalendar

    # The readers forgive much; the format does not.
    written = text(address, "/calendar.ics")
    lines = written.encode().split(b"\r\n")
    assert lines[-1] == b"" and all(0 < len(line) <= 75 and b"\n" not in line for line in lines[:-1]), written
    for part in ["VCALENDAR", "VEVENT"]:
        assert written.count(f"BEGIN:{part}\r\n") == written.count(f"END:{part}\r\n") == 1, written
    known = icalendar.Calendar.from_ical(written)
    events = known.walk("VEVENT")
    assert len(events) == 1, events
    event = events[0]
    assert event["SUMMARY"] == "Database; upgrade", event["SUMMARY"]
    assert event["STATUS"] == "CONFIRMED" and event.start < event.end
    assert event["UID"] and int(event["SEQUENCE"]) >= 0 and event["DTSTAMP"].dt.tzinfo is not None
    assert [str(one) for one in event["CATEGORIES"].cats] == ["Website"]
    assert not icalendar.Calendar.from_ical(text(address, "/components/api/calendar.ics")).walk("VEVENT")


def metrics(address):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
    from prometheus_client.parser import text_string_to_metric_families as plain

    families = {family.name for family in openmetrics(text(address, "/metrics", "application/openmetrics-text"))}
    wanted = {"pharos_component_status", "pharos_incidents_open", "probe_success", "probe_duration_seconds",
              "probe_http_status_code", "probe_http_duration_seconds", "probe_http_uncompressed_body_length"}
    assert wanted <= families, wanted - families
    older = {family.name for family in plain(text(address, "/metrics"))}
    assert {"probe_success", "pharos_incidents_open"} <= older, older


def told(event, data, identifier):
    print(json.dumps({"event": event, "data": len(data), "id": identifier}), flush=True)


def httpx_stream(address):
    """Comes back by itself, with the last id, and tells of each event until it is ended."""
    import httpx
    from httpx_sse import connect_sse

    last = ""
    while True:
        headers = {"Last-Event-ID": last} if last else {}
        try:
            with httpx.Client(timeout=20) as client, connect_sse(client, "GET", address + "/events", headers=headers) as source:
                for sse in source.iter_sse():
                    last = sse.id or last
                    told(sse.event, sse.data, sse.id)
        except httpx.HTTPError:
            pass
        time.sleep(0.2)


def requests_stream(address):
    import requests
    import sseclient

    last = ""
    while True:
        headers = {"Last-Event-ID": last, "Accept": "text/event-stream"} if last else {"Accept": "text/event-stream"}
        try:
            answer = requests.get(address + "/events", headers=headers, stream=True, timeout=20)
            for event in sseclient.SSEClient(answer).events():
                last = event.id or last
                told(event.event, event.data, event.id or "")
        except requests.RequestException:
            pass
        time.sleep(0.2)


{
    "exporter": exporter,
    "feeds": feeds,
    "calendar": calendar,
    "metrics": metrics,
    "httpx-sse": httpx_stream,
    "sseclient": requests_stream,
}[sys.argv[1]](sys.argv[2])
