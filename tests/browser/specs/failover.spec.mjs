// What a visitor sees when the page's own server is gone: the mirrors in their order, else the browser's copy with its age.
import { once } from 'node:events';
import { createServer } from 'node:http';

import { GONE_TO_MIRROR } from '../support/console.mjs';
import { expect, test } from '../support/fixtures.mjs';

const config = (target, mirrors = []) => `
page: { name: Example, mirrors: ${JSON.stringify(mirrors)} }
components:
  - id: api
    name: Public API
    checks:
      - http: { url: "${target.url}/" }
        interval: 1s
        timeout: 900ms
`;

/** A visitor has read the first page, and the browser has kept it with everything that it is made of. */
async function readOnce(page, server) {
  await page.goto(server.url);
  await expect(page.locator('.banner .sentence')).toHaveText('All systems operational', { timeout: 15_000 });
  await expect.poll(async () => (await fetch(server.url)).text()).toContain('All systems operational');
  await page.reload();
  await kept(page, '/');
  await expect.poll(() => page.evaluate(async () => {
    const cache = await caches.open('pharos-assets');
    return (await cache.keys()).filter(({ url }) => url.endsWith('.wasm')).length;
  })).toBe(1);
}

const kept = (page, path) => expect.poll(() => page.evaluate(async (path) => {
  const found = await (await caches.open('pharos-pages')).match(path, { ignoreVary: true });
  return found !== undefined;
}, path), { timeout: 15_000 }).toBe(true);

/** Opens a page whose server is gone. What is a few seconds old the browser still takes for fresh, by our own headers. */
const openDead = (page, url) => expect(async () => {
  await page.goto(url);
  await expect(page.locator('.kept')).toBeVisible({ timeout: 1_000 });
}).toPass({ timeout: 30_000 });

test('when no server answers a visitor sees the copy the browser kept, with its age, and then the page again @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const service = await target();
  const server = await pharos({ config: config(service) });
  await readOnce(page, server);
  await page.goto(`${server.url}/components/api`);
  await kept(page, '/components/api');
  await server.kill9();

  await openDead(page, server.url);
  const notice = page.locator('.kept');
  await expect(notice).toContainText(/No server answers\. This is the copy that your browser kept, as of .*\d{4}/);
  await expect(page.locator('.banner .sentence')).toHaveText('All systems operational');
  await expect(page.locator('.live')).toBeHidden();
  await page.getByRole('link', { name: 'Public API' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Public API');
  await expect(notice).toBeVisible();
  // What was never read is not there; the first page is better than nothing.
  await page.goto(`${server.url}/history`);
  await expect(notice).toBeVisible();
  await expect(page.locator('main.index')).toBeVisible();

  await page.goto(server.url);
  await server.start();
  await expect(notice).toHaveCount(0, { timeout: 30_000 });
  await expect(page.locator('.live.alive')).toBeVisible({ timeout: 15_000 });
});

test('a mirror is shown before the kept copy, and followed live @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const service = await target();
  const mirror = await pharos({ config: config(service) });
  const server = await pharos({ config: config(service, ['http://127.0.0.1:9', mirror.url]) });
  await readOnce(page, server);
  await server.kill9();
  await openDead(page, server.url);
  const host = new URL(mirror.url).host;
  await expect(page.locator('.kept')).toHaveText(`The server does not answer. This page follows ${host} in its place.`);
  service.setMode('error');
  await expect(page.locator('.banner .sentence')).not.toHaveText('All systems operational', { timeout: 30_000 });
});

/** A mirror that knows one page, and counts how often it is asked for that. */
async function standIn(says) {
  const mirror = { asked: 0 };
  const server = createServer((request, response) => {
    if (request.url !== '/') {
      response.writeHead(404, { 'access-control-allow-origin': '*' }).end();
      return;
    }
    mirror.asked += 1;
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'access-control-allow-origin': '*' });
    response.end(`<!doctype html><html lang="en"><head><title>Mirror</title><meta name="pharos-seq" content="o.1"><meta name="pharos-kept" content="Kept {time}." data-mirrored="Follows {host}."><link rel="icon" href="data:,"></head><body><main id="content">${says}</main></body></html>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  mirror.url = `http://127.0.0.1:${server.address().port}`;
  mirror.close = () => {
    server.close();
    server.closeAllConnections();
  };
  return mirror;
}

test('mirrors are asked in their order, and the next only where the one before does not answer @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  watch.expect(/404 \(Not Found\).*\/events/);
  const [first, second] = [await standIn('the first'), await standIn('the second')];
  try {
    const server = await pharos({ config: config(await target(), [first.url, second.url]) });
    await readOnce(page, server);
    await server.kill9();
    await openDead(page, server.url);
    await expect(page.locator('main')).toHaveText('the first');
    expect(second.asked).toBe(0);
    first.close();
    await page.goto(server.url);
    await expect(page.locator('main')).toHaveText('the second');
    await expect(page.locator('.kept')).toContainText(new URL(second.url).host);
    second.close();
    // The browser's own copy is what is left.
    await page.goto(server.url);
    await expect(page.locator('.kept')).toContainText('No server answers.');
  } finally {
    first.close();
    second.close();
  }
});

test('a kept copy says when its server sent it @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const server = await pharos({ config: config(await target()) });
  await readOnce(page, server);
  const sent = () => page.evaluate(async () => {
    const found = await (await caches.open('pharos-pages')).match('/', { ignoreVary: true });
    return new Date(found.headers.get('date')).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
  });
  await server.kill9();
  await openDead(page, server.url);
  await expect(page.locator('.kept')).toContainText(`as of ${await sent()};`);
});

test('what is for operators or for programs is never kept, and nothing stands in for it @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const server = await pharos({ config: config(await target()) });
  await readOnce(page, server);
  const others = ['/admin/sign-in', '/api/v2/summary.json'];
  for (const path of others) expect((await page.goto(server.url + path)).status()).toBe(200);
  await page.goto(server.url);
  const paths = await page.evaluate(async () => {
    const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
    const requests = await Promise.all(caches_.map((cache) => cache.keys()));
    return requests.flat().map(({ url }) => new URL(url).pathname);
  });
  expect(paths).toContain('/');
  expect(paths.filter((path) => /^\/(admin|api)/.test(path))).toEqual([]);
  await server.kill9();
  await expect(page.goto(server.url + others[0])).rejects.toThrow(/ERR_CONNECTION_REFUSED/);
});

test('a browser keeps thirty pages at most @wasm', async ({ page, pharos, target }) => {
  const server = await pharos({ config: config(await target()) });
  await readOnce(page, server);
  const months = Array.from({ length: 36 }, (_, number) => `/history/${2024 + Math.floor(number / 12)}-${String((number % 12) + 1).padStart(2, '0')}`);
  const count = () => page.evaluate(async () => (await (await caches.open('pharos-pages')).keys()).length);
  await page.evaluate(async (keep) => (await navigator.serviceWorker.ready).active.postMessage({ keep }), months.slice(0, 18));
  await expect.poll(count).toBe(19);
  await page.evaluate(async (keep) => (await navigator.serviceWorker.ready).active.postMessage({ keep }), months.slice(18));
  await expect.poll(count).toBe(30);
});

test('an open page follows a mirror when its own server is gone, and says whom @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const service = await target();
  const mirror = await pharos({ config: config(service) });
  const server = await pharos({ config: config(service, [mirror.url]) });
  await page.goto(server.url);
  await expect(page.locator('.live.alive')).toBeVisible({ timeout: 15_000 });
  await server.kill9();
  const line = page.locator('.live');
  await expect(line).toHaveText(`The server does not answer. This page follows ${new URL(mirror.url).host} in its place.`, { timeout: 30_000 });
  service.setMode('error');
  await expect(page.locator('.banner .sentence')).not.toHaveText('All systems operational', { timeout: 15_000 });
});

test('a visitor in another language gets the copy in that language @wasm', async ({ browser, pharos, target }) => {
  const service = await target();
  const server = await pharos({ config: config(service) });
  const context = await browser.newContext({ locale: 'de-DE' });
  const page = await context.newPage();
  await page.goto(server.url);
  await expect(page).toHaveURL(`${server.url}/de/`);
  await kept(page, '/de/');
  await server.kill9();
  await openDead(page, server.url);
  await expect(page.locator('.kept')).toContainText('Kein Server antwortet.');
  await context.close();
});
