// The page as a visitor meets it: with scripts it changes by itself, without them it is whole all the same.
import { GONE } from '../support/console.mjs';
import { expect, test } from '../support/fixtures.mjs';

/** A page with one component, checked every second. */
const config = (target) => `
page: { name: Example, time_zone: UTC }
components:
  - id: api
    name: Public API
    incidents: { resolve_after: 2s }
    checks:
      - http: { url: "${target.url}/" }
        interval: 1s
        timeout: 900ms
  - id: web
    name: Web site
    checks:
      - http: { url: "${target.url}/" }
        interval: 1s
        timeout: 900ms
        down_after: 100
`;

const row = (page, id) => page.locator(`#component-${id} .row-head .word`);

/** Starts a server whose first look has come back, so that the page says something. */
async function started(pharos, target) {
  const service = await target();
  const server = await pharos({ config: config(service) });
  await expect.poll(async () => (await fetch(server.url)).text(), { timeout: 15_000 }).toContain('All systems operational');
  return { service, server };
}

/** Counts what the stream says, before the page's own scripts run. */
async function countFrames(page) {
  await page.addInitScript(() => {
    window.frames_heard = [];
    const Native = window.EventSource;
    window.EventSource = class extends Native {
      constructor(...given) {
        super(...given);
        window.streams_opened = (window.streams_opened ?? 0) + 1;
        this.addEventListener('change', (event) => window.frames_heard.push(event.lastEventId));
      }
    };
  });
}

test('the first view is whole', async ({ page, pharos, target }) => {
  const { server } = await started(pharos, target);
  await page.goto(server.url);
  await expect(page).toHaveTitle('Operational · Example');
  await expect(page.locator('.banner .sentence')).toHaveText('All systems operational');
  await expect(row(page, 'api')).toHaveText('Operational');
  await expect(page.getByRole('img', { name: /90 days/ })).toHaveCount(2);
  await expect(page.locator('.past .quiet').first()).toHaveText('No incidents');
});

test('a target dies and recovers, and the open page follows without reload @wasm', async ({ page, pharos, target }) => {
  const { service, server } = await started(pharos, target);
  await page.goto(server.url);
  await expect(page.locator('.live')).toContainText('Last checked');
  await page.evaluate(() => { window.mark = 'same document'; });
  service.setMode('error');
  await expect(row(page, 'api')).toHaveText('Major outage');
  await expect(page.locator('section.open article')).toContainText('Public API is not available');
  await expect(page.locator('.banner .sentence')).toHaveText('Some systems are not available');
  await expect(page).toHaveTitle('Outage · Example');
  await expect(page.locator('section p.aloud[role=status]')).toHaveText('Public API: major outage');
  service.setMode('up');
  await expect(row(page, 'api')).toHaveText('Operational');
  await expect(page.locator('section.open article')).toHaveCount(0, { timeout: 15_000 });
  await expect(page.locator('.past')).toContainText('Public API is not available');
  await expect(page.locator('.banner .sentence')).toHaveText('All systems operational');
  expect(await page.evaluate(() => window.mark)).toBe('same document');
});

test('a row that changes keeps its elements, so that nobody loses their place @wasm', async ({ page, pharos, target }) => {
  const { service, server } = await started(pharos, target);
  await page.goto(server.url);
  await expect(page.locator('.live')).toContainText('Last checked');
  service.setMode('error');
  await expect(row(page, 'api')).toHaveText('Major outage');
  await page.locator('#component-api .name a').focus();
  await page.evaluate(() => { document.activeElement.mark = 'same element'; });
  service.setMode('up');
  await expect(row(page, 'api')).toHaveText('Operational');
  expect(await page.evaluate(() => document.activeElement.mark)).toBe('same element');
});

test('without scripts the outage is there after a reload @plain', async ({ page, pharos, target }) => {
  const { service, server } = await started(pharos, target);
  await page.goto(server.url);
  service.setMode('error');
  await expect.poll(async () => (await fetch(server.url)).text(), { timeout: 15_000 }).toContain('Public API is not available');
  await page.reload();
  await expect(row(page, 'api')).toHaveText('Major outage');
  await page.getByRole('link', { name: 'Public API is not available' }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Public API is not available');
  await expect(page.locator('.timeline li').last()).toContainText('Our checks found a major outage.');
  await page.getByRole('link', { name: 'History' }).click();
  await expect(page.locator('article.incident')).toContainText('Public API is not available');
});

test('the server is killed and comes back, and the page resumes with nothing missed and nothing twice @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE);
  const { service, server } = await started(pharos, target);
  await countFrames(page);
  await page.goto(server.url);
  await expect(page.locator('.live')).toContainText('Last checked');
  await server.kill9();
  await expect(page.locator('.live')).toContainText('Live updates are interrupted', { timeout: 15_000 });
  await expect(row(page, 'api')).toHaveText('Operational');
  await expect(page.locator('.banner')).toHaveCSS('border-top-style', 'dashed');
  service.setMode('error');
  await server.start();
  await expect(row(page, 'api')).toHaveText('Major outage', { timeout: 30_000 });
  await expect(page.locator('.live')).toContainText('Last checked');
  const heard = await page.evaluate(() => window.frames_heard);
  expect(new Set(heard).size, `heard twice: ${heard}`).toBe(heard.length);
});

test('a component that is added to the configuration comes to the open page @wasm', async ({ page, pharos, target }) => {
  const { service, server } = await started(pharos, target);
  await page.goto(server.url);
  await expect(page.locator('.live')).toContainText('Last checked');
  await server.writeConfig(config(service).replace('- id: web\n    name: Web site', '- id: shop\n    name: Web shop'));
  await expect(row(page, 'shop')).toHaveText('Operational');
  await expect(page.locator('#component-web')).toHaveCount(0);
  await expect(page.locator('.live')).toContainText('Last checked');
});

test('a hidden tab closes its stream and catches up when it is shown @wasm', async ({ page, pharos, target }) => {
  const { service, server } = await started(pharos, target);
  await countFrames(page);
  await page.goto(server.url);
  await expect(page.locator('.live')).toContainText('Last checked');
  const setVisibility = (state) => page.evaluate((value) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);
  await setVisibility('hidden');
  await expect.poll(async () => (await (await fetch(`${server.url}/metrics`)).text()).match(/pharos_stream_clients (\d+)/)?.[1]).toBe('0');
  service.setMode('error');
  await expect.poll(async () => (await fetch(server.url)).text(), { timeout: 15_000 }).toContain('Public API is not available');
  await expect(row(page, 'api')).toHaveText('Operational');
  await setVisibility('visible');
  await expect(row(page, 'api')).toHaveText('Major outage');
  expect(await page.evaluate(() => window.streams_opened)).toBe(2);
});

test('times are the visitor\'s own with scripts @wasm', async ({ browser, pharos, target }) => {
  const { server } = await started(pharos, target);
  const context = await browser.newContext({ timezoneId: 'Asia/Tokyo', locale: 'de-DE' });
  const page = await context.newPage();
  await page.goto(server.url);
  const time = page.locator('.banner time');
  const utc = new Date(await time.getAttribute('datetime'));
  const own = utc.toLocaleString('de-DE', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Asia/Tokyo' });
  await expect(time).toHaveText(own);
  await context.close();
});

test('times are in UTC without scripts @plain', async ({ page, pharos, target }) => {
  const { server } = await started(pharos, target);
  await page.goto(server.url);
  await expect(page.locator('.banner time')).toHaveText(/^\d+ \w+ \d{4}, \d\d:\d\d UTC$/);
});

test('nothing moves when the page wakes @wasm', async ({ page, pharos, target }) => {
  const { server } = await started(pharos, target);
  await page.addInitScript(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shifted += entry.value; })
      .observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(server.url);
  await expect(page.locator('.live')).toContainText('Last checked');
  expect(await page.evaluate(() => window.shifted)).toBe(0);
});
