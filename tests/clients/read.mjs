// Reads a running page with Node's clients, as they are. `read.mjs WHAT ADDRESS`; says what is wrong by failing.

import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.PHAROS_NODE_CLIENTS}/`);
const [, , what, address] = process.argv;

const readers = {
  async statuspage() {
    const { Statuspage } = require("statuspage.io");
    const client = new Statuspage("example");
    // It asks the hosts of its vendor, unless it is told another.
    client.apiClient.defaults.baseURL = address;
    const summary = await client.api.getSummary();
    assert.deepEqual(Object.keys(summary), ["page", "components", "incidents", "scheduled_maintenances", "status"]);
    assert.equal(summary.page.name, "Example");
    assert.ok(summary.components.some((component) => component.name === "Public API"));
    assert.equal(summary.incidents[0].name, "Checkout is slow");
    assert.notEqual(summary.status.description, "All Systems Operational");
    const { components } = await client.api.getComponents();
    assert.ok(components.every((component) => /^[0-9a-z]{12}$/.test(component.id)));
    const { status } = await client.api.getStatus();
    assert.deepEqual(status, summary.status);
    assert.equal((await client.api.incidents.getUnresolved()).incidents.length, 1);
    assert.equal((await client.api.incidents.getAll()).incidents.length, 1);
    const planned = await client.api.scheduledMaintenances.getUpcoming();
    assert.equal(planned.scheduled_maintenances[0].name, "Database; upgrade");
  },
  async feeds() {
    const Parser = require("rss-parser");
    for (const path of ["/history.rss", "/history.atom", "/de/history.rss"]) {
      const feed = await new Parser().parseURL(address + path);
      assert.ok(feed.title);
      const known = feed.items.find((item) => item.title === "Checkout is slow");
      assert.ok(known, path);
      assert.ok(known.link && Date.parse(known.isoDate) > 0 && known.content.includes("<strong>"), path);
    }
  },
  async calendar() {
    const ical = require("node-ical");
    const known = Object.values(await ical.async.fromURL(`${address}/calendar.ics`));
    const event = known.find((one) => one.type === "VEVENT");
    assert.equal(event.summary, "Database; upgrade");
    assert.ok(event.start < event.end);
    assert.equal(event.status, "CONFIRMED");
  },
  async eventsource() {
    const { EventSource } = require("eventsource");
    const source = new EventSource(`${address}/events`);
    for (const name of ["message", "reset", "snapshot", "change", "pulse"]) {
      source.addEventListener(name, ({ type, data, lastEventId }) =>
        console.log(JSON.stringify({ event: type, data: data.length, id: lastEventId })),
      );
    }
    await new Promise(() => {});
  },
};

await readers[what]();
