// A pair of which one serves and the other follows: its failover under the eyes of a visitor, for everybody.
import { HtmlValidate } from 'html-validate';

import { axeFindings } from '../support/axe.mjs';
import { expect, test } from '../support/fixtures.mjs';

const markup = new HtmlValidate({
  extends: ['html-validate:recommended', 'html-validate:document'],
  rules: { 'require-sri': ['error', { target: 'crossorigin' }] },
});

const PRIMARY = { status: 'UP', role: 'primary' };
const STANDBY = { status: 'UP', role: 'standby', lag: 0.4 };

const member = (id, name, target) => `
  - id: ${id}
    name: ${name}
    checks:
      - health: { url: "${target.url}", role: { field: /role, lag_field: /lag } }
        interval: 1s
        timeout: 900ms`;

const config = (north, south) => `
page: { name: Example }
components:
  - id: orders
    name: Orders
    redundancy:
      policy: primary_standby
      members: [north, south]
      objectives: { rto: 30s, rpo: 1s }${member('north', 'North', north)}${member('south', 'South', south)}
`;

async function pair(target) {
  return Promise.all([target({ document: PRIMARY }), target({ document: STANDBY })]);
}

test('a failover is seen on an open page, which stays where it is @wasm', async ({ page, pharos, target }) => {
  test.slow();
  const [north, south] = await pair(target);
  const server = await pharos({ config: config(north, south) });
  await page.goto(server.url);
  const members = page.getByRole('group', { name: 'Members' });
  await expect(members.getByRole('listitem').filter({ hasText: 'North' })).toContainText('serves now', { timeout: 20_000 });
  await expect(members.getByRole('listitem').filter({ hasText: 'South' })).toContainText('less than 1 second behind');
  await expect(page.locator('.banner .sentence')).toHaveText('All systems operational');
  await expect(page.locator('.live.alive')).toBeVisible();
  await page.evaluate(() => { window.mark = 'same document'; });
  await members.getByRole('link', { name: 'South' }).focus();
  await north.setMode('error');
  south.document = PRIMARY;
  await expect(members.getByRole('listitem').filter({ hasText: 'South' })).toContainText('serves now', { timeout: 20_000 });
  await expect(page.locator('.redundancy')).toContainText('No redundancy left', { timeout: 20_000 });
  // A standby that took over is no outage.
  await expect(page.locator('.banner .sentence')).toHaveText('Some systems have problems');
  await expect(page.locator('section.open article')).toHaveCount(0);
  await expect(members.getByRole('link', { name: 'South' })).toBeFocused();
  expect(await page.evaluate(() => window.mark)).toBe('same document');
});

test('the record of failovers is sound and accessible @wasm', async ({ page, pharos, target }) => {
  test.slow();
  const [north, south] = await pair(target);
  const server = await pharos({ config: config(north, south) });
  await page.goto(`${server.url}/resilience`);
  await expect(page.locator('.members')).toContainText('serves now', { timeout: 20_000 });
  await north.setMode('error');
  south.document = PRIMARY;
  const record = page.locator('.failover');
  await expect(record).toContainText('North', { timeout: 20_000 });
  await expect(record).toContainText('objective 1 second: kept', { timeout: 20_000 });
  for (const path of ['/resilience', '/ar/resilience', '/', '/components/orders']) {
    const html = await (await fetch(`${server.url}${path}`)).text();
    const report = await markup.validateString(html, path);
    expect(report.results.flatMap(({ messages }) => messages)).toEqual([]);
    await page.goto(`${server.url}${path}`);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      expect(await axeFindings(page), `${path}, ${colorScheme}`).toEqual([]);
    }
  }
});

test('members and roles can be read without scripts @plain', async ({ page, pharos, target }) => {
  const [north, south] = await pair(target);
  const server = await pharos({ config: config(north, south) });
  await expect.poll(async () => (await fetch(server.url)).text(), { timeout: 20_000 }).toContain('Full redundancy');
  await page.goto(server.url);
  await expect(page.getByRole('group', { name: 'Members' }).getByRole('listitem')).toHaveCount(2);
  await page.getByRole('link', { name: 'Resilience' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Resilience');
  await expect(page.getByText('No failover so far.')).toBeVisible();
});
