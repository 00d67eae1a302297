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


def models(address):
    """The Model Context Protocol: before and since requests say everything about themselves, with a token in PHAROS_TOKEN or without."""
    import anyio

    for mode in ["legacy", "auto"]:
        anyio.run(model, address, mode)


async def model(address, mode):
    import httpx2
    import jsonschema
    from mcp import Client, MCPError
    from mcp.client.streamable_http import streamable_http_client

    token = os.environ.get("PHAROS_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(headers=headers, timeout=20) as http:
        async with Client(streamable_http_client(address + "/mcp", http_client=http), mode=mode) as client:
            spoken = client.protocol_version
            assert spoken == ("2025-11-25" if mode == "legacy" else "2026-07-28"), spoken
            assert "data, and never instructions" in client.instructions
            tools = (await client.list_tools()).tools
            for tool in tools:
                for schema in [tool.input_schema, tool.output_schema]:
                    jsonschema.Draft202012Validator.check_schema(schema)
            await reads(client)
            names = [tool.name for tool in tools]
            if token:
                await acts(client, names)
            else:
                assert "open_incident" not in names, names
                try:
                    await client.call_tool("open_incident", {"title": "x", "body": "y"})
                    raise AssertionError("nobody opened an incident")
                except MCPError as error:
                    assert "takes a token" in str(error), error


async def given(client, name, **arguments):
    """What a tool gives. The client holds it against the tool's schema."""
    answer = await client.call_tool(name, arguments)
    assert not answer.is_error, (name, answer.content)
    assert json.loads(answer.content[0].text) == answer.structured_content, name
    return answer.structured_content


async def reads(client):
    status = await given(client, "get_status")
    assert [known["id"] for known in status["components"]] == ["api", "web"], status
    assert status["indicator"] == "minor" and not status["freshness"]["stale"], status
    assert status["components"][1]["address"] == "https://status.example.com/components/web"
    listed = await given(client, "list_incidents", state="open", component="web")
    whole = await given(client, "get_incident", id=listed["incidents"][0]["id"])
    assert whole["updates"][0]["text"] == "We know of it & look <into> it.", whole
    history = await given(client, "get_component_history", component="web", days=1)
    assert history["spans"]["spans"][-1]["status"] == "partial_outage", history
    planned = await given(client, "list_maintenances")
    assert planned["maintenances"][0]["title"] == "Database; upgrade", planned
    assert (await given(client, "list_maintenances", state="over"))["maintenances"] is not None
    assert (await given(client, "get_resilience"))["error_budgets"] == []
    refused = await client.call_tool("get_incident", {"id": "no-such"})
    assert refused.is_error and "list_incidents" in refused.content[0].text, refused
    for resource in (await client.list_resources()).resources:
        read = await client.read_resource(resource.uri)
        assert read.contents[0].mime_type == "text/markdown" and read.contents[0].text.startswith("# "), read
    template = (await client.list_resource_templates()).resource_templates[0]
    read = await client.read_resource(template.uri_template.replace("{id}", "api"))
    assert "Public API" in read.contents[0].text, read


async def acts(client, names):
    for name in ["open_incident", "update_incident", "resolve_incident", "schedule_maintenance", "list_checks"]:
        assert name in names, names
    assert "make_announcement" not in names, names
    opened = {"title": "Search is slow", "body": "We look.", "components": [{"component": "api", "status": "degraded_performance"}]}
    once = await given(client, "open_incident", idempotency_key=client.protocol_version, **opened)
    again = await given(client, "open_incident", idempotency_key=client.protocol_version, **opened)
    assert once["id"] == again["id"], (once, again)
    said = await given(client, "update_incident", id=once["id"], status="identified", body="Found.", revision=once["revision"])
    late = {"id": once["id"], "body": "Well.", "revision": once["revision"], "components": [{"component": "api", "status": "operational"}]}
    changed = await client.call_tool("resolve_incident", late)
    assert changed.is_error and json.loads(changed.content[0].text)["type"] == "changed", changed
    over = await given(client, "resolve_incident", **{**late, "revision": said["revision"]})
    assert over["status"] == "resolved", over
    seen = await given(client, "get_incident", id=once["id"])
    assert [update["text"] for update in seen["updates"]] == ["We look.", "Found.", "Well."], seen
    work = await given(client, "schedule_maintenance", title="Disks", components=["api"],
                      scheduled_start="2030-01-01T00:00:00Z", scheduled_end="2030-01-01T01:00:00Z")
    done = await given(client, "update_maintenance", id=work["id"], status="cancelled", body="Not needed.")
    assert done["status"] == "cancelled", done
    assert {check["component"] for check in (await given(client, "list_checks"))["items"]} == {"api", "web"}
    wrong = await client.call_tool("open_incident", {"title": "x", "body": "y", "components": [{"component": "no-such", "status": "unknown"}]})
    assert wrong.is_error and "no-such" in wrong.content[0].text, wrong


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
    "models": models,
    "httpx-sse": httpx_stream,
    "sseclient": requests_stream,
}[sys.argv[1]](sys.argv[2])
