// What a visitor sees of the static copy when every node is dead: a plain web server is all that is left.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { axeFindings } from '../support/axe.mjs';
import { GONE, GONE_TO_MIRROR } from '../support/console.mjs';
import { serveFiles } from '../support/files.mjs';
import { expect, test } from '../support/fixtures.mjs';

const config = (target, folder, mirrors = []) => `
page: { name: Example, mirrors: ${JSON.stringify(mirrors)} }
copy: { to: ${JSON.stringify(folder)} }
components:
  - id: api
    name: Public API
    checks:
      - http: { url: "${target.url}/" }
        interval: 1s
        timeout: 900ms
`;

let folder;
let files;
test.beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pharos-copy-'));
  files = await serveFiles(folder);
});
test.afterEach(async () => {
  await files.dispose();
  await rm(folder, { recursive: true, force: true });
});

const read = (name) => readFile(path.join(folder, name), 'utf8').catch(() => '');

/** A copy that knows that all is well. */
async function published() {
  for (const [name, text] of [['index.html', 'All systems operational'], ['copy.json', 'calendar']]) {
    const says = async () => (await read(name)).includes(text);
    await expect.poll(says, { message: `${name} says ${text}`, timeout: 30_000 }).toBe(true);
  }
}

/** A folder with the copy of a page whose only node was killed. */
async function dead(target, pharos) {
  const server = await pharos({ config: config(await target(), folder) });
  await published();
  await server.kill9();
  return server;
}

test('the copy of a dead page is readable, styled, and says how old it is', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE);
  const server = await dead(target, pharos);
  const [asked, inVain] = [[], []];
  page.on('request', (request) => asked.push(request.url()));
  page.on('response', (response) => { if (response.status() === 404) inVain.push(new URL(response.url()).pathname); });
  await page.goto(files.url);
  const notice = page.locator('.copied');
  await expect(notice).toContainText(/This is a copy of the page, as of .*\d{4}/);
  const age = Date.now() - new Date(await notice.locator('time').getAttribute('datetime')).getTime();
  expect(age).toBeGreaterThan(-1_000);
  expect(age).toBeLessThan(60_000);
  await expect(page.locator('.banner .sentence')).toHaveText('All systems operational');
  // It must not look as sure as a page that lives.
  expect(await page.locator('.banner').evaluate((banner) => getComputedStyle(banner).borderStyle)).toBe('dashed');
  await expect(page.locator('.live')).toBeHidden();
  await page.getByRole('link', { name: 'Public API' }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Public API');
  await expect(notice).toBeVisible();
  expect(inVain).toEqual([]);
  await page.goto(`${files.url}/no/such/page`);
  await expect(notice).toBeVisible();
  expect(asked.filter((url) => url.startsWith(server.url))).toEqual([]);
});

test('nobody is hindered by the copy @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE);
  await dead(target, pharos);
  await page.goto(files.url);
  expect(await axeFindings(page)).toEqual([]);
});

test('the copy that a living node still publishes becomes an open page when it can follow that node @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const service = await target();
  const mirror = await pharos({ config: config(service, path.join(folder, 'unused')) });
  const server = await pharos({ config: config(service, folder, [mirror.url]) });
  await published();
  await server.kill9();
  await page.goto(files.url);
  await expect(page.locator('.copied')).toBeVisible();
  service.setMode('error');
  await expect(page.locator('.banner .sentence')).not.toHaveText('All systems operational', { timeout: 40_000 });
});

test('a visitor who was here before is shown the copy by the browser when the page is gone @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE_TO_MIRROR);
  const server = await pharos({ config: config(await target(), folder, [files.url]) });
  await published();
  await page.goto(server.url);
  await expect(page.locator('.live.alive')).toBeVisible({ timeout: 15_000 });
  // A page that is loaded while the worker still begins is not in its hands before the next.
  await expect.poll(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.state)).toBe('activated');
  await page.reload();
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  await server.kill9();
  await expect(async () => {
    await page.goto(`${server.url}/history`);
    await expect(page.locator('.copied')).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await expect(page.locator('.kept')).toContainText(new URL(files.url).host);
});
