// A page below a path of a host that is not its own: everything that scripts ask for is below it too.
import { once } from 'node:events';
import { createServer } from 'node:http';

import { GONE_TO_MIRROR } from '../support/console.mjs';
import { expect, test } from '../support/fixtures.mjs';
import { becomeFirst } from '../support/operator.mjs';

const config = (target) => `
page: { name: Example, base_path: /about/status }
components:
  - id: api
    name: Public API
    incidents: { resolve_after: 2s }
    checks:
      - http: { url: "${target.url}/" }
        interval: 1s
        timeout: 900ms
`;

/** Starts a server whose first look has come back; `url` is that of the page. */
async function started(pharos, target) {
  const service = await target();
  const server = await pharos({ config: config(service) });
  const url = `${server.url}/about/status`;
  await expect.poll(async () => (await fetch(`${url}/`)).text(), { timeout: 15_000 }).toContain('All systems operational');
  return { service, server, url };
}

/** Notes every address on this host that a browser asks for and that is not below the path. */
function strays(context, server) {
  const found = [];
  context.on('request', (request) => {
    const { origin, pathname } = new URL(request.url());
    if (origin === server.url && !pathname.startsWith('/about/status/')) found.push(pathname);
  });
  return found;
}

test('the page lives, speaks other languages and is the same below a path @wasm', async ({ page, context, pharos, target }) => {
  const { service, server, url } = await started(pharos, target);
  const strayed = strays(context, server);
  await page.goto(`${url}/`);
  await expect(page.locator('.live.alive')).toBeVisible();
  await service.setMode('error');
  await expect(page.locator('.banner .sentence')).toHaveText('A major outage is in progress', { timeout: 15_000 });
  await expect(page.locator('link[rel=icon]')).toHaveAttribute('href', '/about/status/favicon.svg?critical');
  // The row was drawn anew by the browser, and leads on all the same.
  await expect(page.locator('#component-api .name a')).toHaveAttribute('href', '/about/status/components/api');
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await expect(page).toHaveURL(`${url}/de/`);
  await expect(page.locator('.live.alive')).toBeVisible();
  await service.setMode('up');
  await expect(page.locator('.banner .sentence')).toHaveText('Alle Systeme funktionieren', { timeout: 20_000 });
  await expect(page.locator('#component-api .name a')).toHaveAttribute('href', '/about/status/de/components/api');
  expect(strayed).toEqual([]);
});

test('the browser keeps the page below a path for when no server answers @wasm', async ({ page, context, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const { server, url } = await started(pharos, target);
  const strayed = strays(context, server);
  await page.goto(`${url}/`);
  const scope = page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
  expect(await scope).toBe(`${url}/`);
  await page.reload();
  await expect.poll(() => page.evaluate(async () => {
    const kept = await (await caches.open('pharos-pages')).match('/about/status/', { ignoreVary: true });
    const assets = await (await caches.open('pharos-assets')).keys();
    return kept !== undefined && assets.some(({ url }) => url.endsWith('.wasm'));
  }), { timeout: 15_000 }).toBe(true);
  await server.kill9();
  await expect(async () => {
    await page.goto(`${url}/history`);
    await expect(page.locator('.kept')).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await expect(page.locator('main.index')).toBeVisible();
  expect(strayed).toEqual([]);
});

test('an operator signs in below a path and opens an incident', async ({ page, context, pharos, target }) => {
  const { server, url } = await started(pharos, target);
  const strayed = strays(context, server);
  await becomeFirst(page, { url, log: server.log });
  const [cookie] = await context.cookies(`${url}/admin`);
  expect([cookie.name, cookie.path]).toEqual(['pharos', '/about/status']);
  await page.getByRole('link', { name: 'Incidents', exact: true }).click();
  await page.getByRole('link', { name: 'Open an incident' }).click();
  await page.getByLabel('Title').fill('Uploads are slow');
  await page.locator('select[name="status.api"]').selectOption('partial_outage');
  await page.getByLabel('What readers should know').fill('We are *looking* into it.');
  await page.getByRole('button', { name: 'Open the incident' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Uploads are slow' })).toBeVisible();
  await page.getByRole('link', { name: 'Public page', exact: true }).last().click();
  await expect(page).toHaveURL(/\/about\/status\/incidents\//);
  await expect(page.getByText('We are looking into it.')).toBeVisible();
  expect(strayed).toEqual([]);
});

test('a preview is drawn below a path while one types @wasm', async ({ page, pharos, target }) => {
  const { server, url } = await started(pharos, target);
  await becomeFirst(page, { url, log: server.log });
  await page.locator('body').press('n');
  await expect(page).toHaveURL(`${url}/admin/incidents/new`);
  await page.getByLabel('What readers should know').fill('It is **slow**.');
  await expect(page.locator('.preview strong')).toHaveText('slow');
});

test('the widget below a path shows the state on a page of somebody else @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const { service, url } = await started(pharos, target);
  const shop = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,"></head><body><pharos-status></pharos-status><script async src="${url}/widget.js"></script></body></html>`);
  });
  shop.listen(0, '127.0.0.1');
  await once(shop, 'listening');
  try {
    await page.goto(`http://127.0.0.1:${shop.address().port}/`);
    await expect(page.locator('pharos-status .word')).toHaveText('All systems operational');
    await expect(page.locator('pharos-status a.link')).toHaveAttribute('href', `${url}/`);
    await service.setMode('error');
    await expect(page.locator('pharos-status .word')).toHaveText('A major outage is in progress', { timeout: 15_000 });
  } finally {
    shop.close();
    shop.closeAllConnections();
  }
});
