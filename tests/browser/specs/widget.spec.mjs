// The widget on a page of somebody else, which allows it no more than it must.
import { once } from 'node:events';
import { createServer } from 'node:http';

import { axeFindings } from '../support/axe.mjs';
import { GONE_TO_MIRROR } from '../support/console.mjs';
import { expect, test } from '../support/fixtures.mjs';

const config = (target) => `
page: { name: Example, time_zone: UTC }
components:
  - id: api
    name: Public API
    incidents: { resolve_after: 1s }
    checks:
      - http: { url: "${target.url}/" }
        interval: 1s
        timeout: 900ms
`;

/** Serves a foreign page with a strict policy that lets it load from one other place only, and connect to one more. */
async function foreign(origin, body, use, connect = origin) {
  const policy = `default-src 'none'; script-src ${origin}; connect-src ${connect}; img-src data:; frame-src ${origin}`;
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy });
    response.end(`<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,"></head><body><main><h1>Shop</h1>${body}<p id="below">Below</p></main><script async src="${origin}/widget.js"></script></body></html>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** What the widget is told; nothing while the node cannot tell. */
async function summary(server) {
  const answer = await fetch(`${server.url}/embed/summary.json`);
  return answer.ok ? answer.json() : null;
}

async function started(pharos, target) {
  const service = await target();
  const server = await pharos({ config: config(service) });
  await expect.poll(async () => summary(server), { timeout: 15_000 })
    .toMatchObject({ indicator: 'none' });
  return { service, server };
}

const word = (page, nth = 0) => page.locator('pharos-status').nth(nth).locator('.word');

test('every variant shows the state at once, follows it live, and moves nothing on the page @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const { service, server } = await started(pharos, target);
  await page.addInitScript(() => {
    window.shifted = 0;
    window.defined = Infinity;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (entry.startTime > window.defined) window.shifted += entry.value; })
      .observe({ type: 'layout-shift', buffered: true });
    // From the moment on that the browser knows the element, its place is kept.
    customElements.whenDefined('pharos-status').then(() => requestAnimationFrame(() => requestAnimationFrame(() => { window.defined = performance.now(); })));
    const Native = window.EventSource;
    window.streams = 0;
    window.EventSource = class extends Native {
      constructor(...given) { super(...given); window.streams += 1; }
    };
  });
  const variants = ['dot', 'pill', 'banner', 'card'];
  await foreign(server.url, variants.map((variant) => `<p><pharos-status variant="${variant}"></pharos-status></p>`).join(''), async (url) => {
    await page.goto(url);
    for (const nth of variants.keys()) await expect(word(page, nth)).toHaveText('All systems operational');
    expect(await page.evaluate(() => window.streams)).toBe(1);
    service.setMode('error');
    for (const nth of variants.keys()) await expect(word(page, nth)).not.toHaveText('All systems operational');
    const line = page.locator('pharos-status[variant=card] .line').first();
    await expect(line).toHaveText('Public API is not available');
    await expect(line).toHaveAttribute('href', new RegExp(`^${server.url}/incidents/`));
    expect(await page.evaluate(() => window.shifted)).toBe(0);
    expect(await page.evaluate(() => document.cookie + Object.keys(localStorage).join())).toBe('');
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate((scheme) => { document.documentElement.style.colorScheme = scheme; }, colorScheme);
      expect(await page.locator('pharos-status').first().evaluate((element) => element.shadowRoot.childElementCount)).toBe(1);
    }
    await expect(page.locator('pharos-status[variant=pill] a')).toHaveAttribute('href', `${server.url}/`);
  });
});

test('a widget whose page goes down says so, never green, and comes back by itself @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const { server } = await started(pharos, target);
  await foreign(server.url, '<pharos-status></pharos-status><pharos-status when-down="hide"></pharos-status>', async (url) => {
    await page.goto(url);
    await expect(word(page)).toHaveText('All systems operational');
    await server.kill9();
    await expect(word(page)).toHaveText('Status unavailable', { timeout: 15_000 });
    await expect(page.locator('pharos-status').nth(1)).toBeHidden();
    await server.start();
    await expect(word(page)).toHaveText(/systems/, { timeout: 30_000 });
    await expect(page.locator('pharos-status').nth(1)).toBeVisible();
  });
});

test('a widget whose page was never there says so @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const { server } = await started(pharos, target);
  const gone = 'http://127.0.0.1:9';
  await foreign(server.url, `<pharos-status src="${gone}" unavailable="Unbekannt"></pharos-status>`, async (url) => {
    await page.goto(url);
    await expect(word(page)).toHaveText('Unbekannt');
  }, gone);
});

test('a floating banner appears with an incident, can be hidden, and goes with it @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const { service, server } = await started(pharos, target);
  await foreign(server.url, '<pharos-status floating lang="de"></pharos-status>', async (url) => {
    await page.goto(url);
    const banner = page.locator('pharos-status');
    await expect(banner).toBeHidden();
    service.setMode('error');
    await expect(banner).toBeVisible();
    await expect(word(page)).toHaveText(/ausgefallen|Ausfall/);
    await banner.getByRole('button', { name: 'Ausblenden' }).click();
    await expect(banner).toBeHidden();
    service.setMode('up');
    await expect.poll(async () => summary(server), { timeout: 15_000 })
      .toMatchObject({ indicator: 'none', incidents: [] });
  });
});

test('a floating banner outlasts the page that told of trouble, and comes back for other trouble @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const { service, server } = await started(pharos, target);
  await foreign(server.url, '<pharos-status floating></pharos-status>', async (url) => {
    await page.goto(url);
    const banner = page.locator('pharos-status');
    service.setMode('error');
    await expect(banner).toBeVisible();
    await server.kill9();
    await expect(word(page)).toHaveText('Status unavailable', { timeout: 20_000 });
    await expect(banner).toBeVisible();
    await server.start();
    await expect(word(page)).not.toHaveText('Status unavailable', { timeout: 30_000 });
    await banner.getByRole('button', { name: 'Hide' }).click();
    await expect(banner).toBeHidden();
    service.setMode('up');
    await expect.poll(() => summary(server), { timeout: 15_000 }).toMatchObject({ indicator: 'none', incidents: [] });
    service.setMode('error');
    await expect(banner).toBeVisible({ timeout: 15_000 });
  });
});

test('a widget that is refused a stream asks instead, and leaves what its host says @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  watch.expect(/503/);
  const { server } = await started(pharos, target);
  await page.route('**/embed/events', (route) => route.fulfill({ status: 503, headers: { 'access-control-allow-origin': '*' }, body: 'full' }));
  await foreign(server.url, '<pharos-status></pharos-status><pharos-status hidden></pharos-status>', async (url) => {
    await page.goto(url);
    await expect(word(page)).toHaveText('All systems operational');
    await expect(page.locator('pharos-status').nth(1)).toBeHidden();
    await expect(page.locator('pharos-status').nth(1)).toHaveAttribute('hidden', '');
  });
});

test('a pill keeps its width and its live region, whatever it says @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const { service, server } = await started(pharos, target);
  await foreign(server.url, '<p><pharos-status></pharos-status><span id="beside">beside</span></p>', async (url) => {
    await page.addInitScript(() => customElements.whenDefined('pharos-status').then(() => requestAnimationFrame(() => {
      window.left = document.querySelector('#beside').getBoundingClientRect().left;
    })));
    await page.goto(url);
    await expect(word(page)).toHaveText('All systems operational');
    const region = await page.locator('pharos-status [role=status]').elementHandle();
    service.setMode('error');
    await expect(word(page)).not.toHaveText('All systems operational');
    expect(await region.evaluate((element) => element.isConnected)).toBe(true);
    expect(await page.evaluate(() => document.querySelector('#beside').getBoundingClientRect().left - window.left)).toBe(0);
  });
});

test('a page may be framed there and nowhere else @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(new RegExp(`${GONE_TO_MIRROR.source}|frame-ancestors|X-Frame-Options|Refused to (display|frame)|Framing`));
  const { server } = await started(pharos, target);
  await foreign(server.url, `<iframe title="Status" src="${server.url}/embed/pill"></iframe><iframe title="No" src="${server.url}/"></iframe>`, async (url) => {
    const heights = [];
    await page.exposeFunction('height', (height) => heights.push(height));
    await page.addInitScript(() => addEventListener('message', ({ data }) => { if (data.pharos === 'height') window.height(data.height); }));
    await page.goto(url);
    const frame = page.frameLocator('iframe[title=Status]');
    await expect(frame.locator('pharos-status .word')).toHaveText('All systems operational');
    await expect.poll(() => heights.some((height) => height > 0)).toBe(true);
    await expect(page.frameLocator('iframe[title=No]').locator('.banner')).toHaveCount(0);
  });
});

test('a frame without scripts has the state and the way to the page @plain', async ({ page, pharos, target }) => {
  const { server } = await started(pharos, target);
  await page.goto(`${server.url}/embed/banner`);
  await expect(page.getByRole('link', { name: 'All systems operational' })).toBeVisible();
});

test('the gallery shows every variant and copies a snippet that names this page @wasm', async ({ page, context, pharos, target }) => {
  const { server } = await started(pharos, target);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${server.url}/embed`);
  await expect(page.locator('.choice-of')).toHaveCount(5);
  await page.getByRole('button', { name: 'Copy' }).first().click();
  await expect(page.getByRole('button', { name: 'Copied' })).toHaveCount(1);
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(`<script async src="${server.url}/widget.js"></script>\n<pharos-status variant="dot"></pharos-status>`);
  expect(await axeFindings(page)).toEqual([]);
});

test('oEmbed tells how to embed a page of ours and knows no other @plain', async ({ pharos, target, request }) => {
  const { server } = await started(pharos, target);
  const ask = (url, format = 'json') => request.get(`${server.url}/oembed`, { params: { url, format } });
  const answer = await ask(`${server.url}/de/`);
  expect(answer.status()).toBe(200);
  const document = await answer.json();
  expect(document).toMatchObject({ version: '1.0', type: 'rich', width: 360 });
  expect(document.html).toContain(`src="${server.url}/de/embed/card"`);
  expect((await ask('https://elsewhere.example/')).status()).toBe(404);
  expect((await ask(`${server.url}.elsewhere.example/`)).status()).toBe(404);
  expect((await ask(`${server.url}/`, 'xml')).status()).toBe(501);
  expect((await ask(`${server.url}/components/api?from=mail`)).status()).toBe(200);
  for (const path of ['/components/nobody', '/components/api/nonsense', '/components/api/days/yesterday', '/incidents/nobody', '/widget.js', '/history/2026-13']) {
    expect((await ask(server.url + path)).status(), path).toBe(404);
  }
  const small = await (await request.get(`${server.url}/oembed`, { params: { url: `${server.url}/`, maxwidth: 200, maxheight: 90 } })).json();
  expect(small).toMatchObject({ width: 200, height: 90 });
});
