// What a visitor sees when the page's own server is gone: the mirrors in their order, else the browser's copy with its age.
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
