// History that people can read: days, years, ranges and the months of one component, all of it without scripts.
import { expect, test } from '../support/fixtures.mjs';

const config = (target) => `
page: { name: Example, time_zone: Europe/Berlin }
components:
  - id: api
    name: Public API
    incidents: { resolve_after: 1s }
    checks:
      - http: { url: "${target.url}" }
        interval: 1s
        timeout: 900ms
  - id: web
    name: Web site
    checks:
      - http: { url: "${target.url}" }
        interval: 1s
        timeout: 900ms
        down_after: 100
`;

/** A server whose component worked, failed, and works again. */
async function afterAnOutage(pharos, target) {
  const service = await target();
  const server = await pharos({ config: config(service) });
  const says = (text) => expect.poll(async () => (await fetch(`${server.url}/`)).text(), { timeout: 20_000 }).toContain(text);
  await says('All systems operational');
  await service.setMode('error');
  await says('Public API is not available');
  await service.setMode('up');
  await says('All systems operational');
  return server;
}

/** The date that the page calls today. */
async function today(server) {
  const days = await (await fetch(`${server.url}/components/api/days`)).text();
  return days.match(/\/components\/api\/days\/(\d{4}-\d\d-\d\d)/)[1];
}

const before = (date) => new Date(Date.parse(date) - 86_400_000).toISOString().slice(0, 10);

async function pages(server) {
  const date = await today(server);
  return [
    '/components/api',
    '/components/api/7d',
    '/components/api/30d',
    '/components/api/90d',
    '/components/api/days',
    `/components/api/days/${date}`,
    `/components/api/days/${before(date)}`,
    '/components/api/calendar',
    `/history/${date.slice(0, 7)}/api`,
    `/history/${date.slice(0, 7)}/web`,
  ];
}

test('no page of history is wider than the smallest screen', async ({ page, pharos, target }) => {
  const server = await afterAnOutage(pharos, target);
  await page.setViewportSize({ width: 360, height: 740 });
  for (const path of await pages(server)) {
    await page.goto(`${server.url}${path}`);
    // What is wider than the page can be reached: nothing.
    const sizes = await page.locator('html').boundingBox();
    expect(sizes.width, path).toBeLessThanOrEqual(360);
    for (const card of await page.locator('main > *').all()) {
      const box = await card.boundingBox();
      if (box) expect(box.x + box.width, path).toBeLessThanOrEqual(360);
    }
  }
});

test('one chooses how far back the chart goes @plain', async ({ page, pharos, target }) => {
  const server = await afterAnOutage(pharos, target);
  await page.goto(`${server.url}/components/api`);
  const ranges = page.getByRole('navigation', { name: 'Length of time' });
  await expect(ranges.locator('[aria-current]')).toHaveText('24 hours');
  await ranges.getByRole('link', { name: '30 days' }).click();
  await expect(page).toHaveURL(`${server.url}/components/api/30d#latency`);
  await expect(ranges.locator('[aria-current]')).toHaveText('30 days');
});

test('one chooses a component in the history @plain', async ({ page, pharos, target }) => {
  const server = await afterAnOutage(pharos, target);
  await page.goto(`${server.url}/history`);
  await expect(page.locator('article.incident')).toHaveCount(1);
  await page.locator('.choice summary').click();
  await page.locator('.choice').getByRole('link', { name: 'Web site' }).click();
  await expect(page.locator('.choice summary')).toHaveText('Component: Web site');
  await expect(page.locator('article.incident')).toHaveCount(0);
  await page.locator('.choice summary').click();
  await page.locator('.choice').getByRole('link', { name: 'All components' }).click();
  await expect(page.locator('article.incident')).toHaveCount(1);
});

test('the spans can be downloaded @plain', async ({ page, pharos, target }) => {
  const server = await afterAnOutage(pharos, target);
  await page.goto(`${server.url}/components/api/days`);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download as CSV' }).click();
  expect((await download).suggestedFilename()).toBe('api-spans.csv');
});

test('the demonstration has a chart for every range @plain', async ({ page, pharos }) => {
  const server = await pharos();
  for (const range of ['', '/7d', '/30d', '/90d']) {
    await page.goto(`${server.url}/components/api${range}`);
    await expect(page.getByRole('img', { name: 'Response time' })).toBeVisible();
    await expect(page.getByRole('img', { name: 'By stage, mean' })).toBeVisible();
    for (const chart of await page.locator('.chart').all()) await expect(chart.locator('.ticks > *')).toHaveCount(5);
    await expect(page.locator('figcaption span:has(.stage)')).toHaveText([/^Connect: \d/, /^Waiting for the first byte: \d/, /^Body: \d/]);
  }
});

test('one finds the way from a component to the minute of its outage @plain', async ({ page, pharos, target }) => {
  const server = await afterAnOutage(pharos, target);
  const date = await today(server);
  await page.goto(`${server.url}/components/api`);
  await page.getByRole('link', { name: 'Days as a table' }).click();
  await expect(page.locator('tbody tr').first()).toContainText('Major outage');
  await page.locator('tbody tr a').first().click();
  await expect(page).toHaveURL(`${server.url}/components/api/days/${date}`);
  const outage = page.getByRole('row', { name: /Major outage/ });
  await expect(outage.locator('time').first()).toHaveText(/^\d+ \w+ \d{4}, \d\d:\d\d UTC$/);
  await expect(page.getByRole('row').last()).toContainText('it lasts');
  await page.getByRole('link', { name: 'Public API is not available' }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Public API is not available');
});

test('one finds the way from a component over its year to a day @plain', async ({ page, pharos, target }) => {
  const server = await afterAnOutage(pharos, target);
  const date = await today(server);
  await page.goto(`${server.url}/components/api`);
  await page.getByRole('link', { name: 'Year calendar' }).click();
  await expect(page.getByRole('table')).toHaveCount(12);
  await page.getByRole('link', { name: /: major outage$/ }).click();
  await expect(page).toHaveURL(`${server.url}/components/api/days/${date}`);
  // There is no way to what is not there: the component began today.
  await expect(page.getByRole('link', { name: /Day (before|after)/ })).toHaveCount(0);
  await page.goto(`${server.url}/components/api/days/${before(date)}`);
  await expect(page.locator('main')).toContainText('Nothing is known of this day.');
});
