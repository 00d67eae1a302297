// Planned work: shown ahead in the visitor's own time, and no outage while it lasts.
import { expect, test } from '../support/fixtures.mjs';
import { work } from '../support/maintenance.mjs';

const config = (target, more = '') => `
page: { name: Example }
components:
  - id: api
    name: Public API
    incidents: { resolve_after: 1s }
    checks:
      - http: { url: "${target.url}" }
        interval: 1s
        timeout: 900ms
${more}`;

test('work that is announced appears on an open page, in the time of its visitor @wasm', async ({ browser, pharos, target }) => {
  const service = await target();
  const server = await pharos({ config: config(service) });
  const context = await browser.newContext({ timezoneId: 'Asia/Tokyo', locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(server.url);
  await expect(page.locator('.live.alive')).toBeVisible({ timeout: 15_000 });
  const text = work(['api'], 86_400, 90_000);
  await server.writeConfig(config(service, text));
  const planned = page.getByRole('region', { name: 'Scheduled maintenance' });
  await expect(planned).toContainText('Database upgrade', { timeout: 30_000 });
  await expect(planned).toContainText('Public API');
  const [starts] = /(?<=starts: ")[^"]+/.exec(text);
  const local = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Tokyo', dateStyle: 'medium', timeStyle: 'short' }).format(new Date(starts));
  await expect(planned.locator('time').first()).toHaveText(local);
  await page.goto(`${server.url}/components/api`);
  await expect(planned).toBeVisible();
  await context.close();
});

test('what fails while it is worked on is maintenance, and an outage only when the work is over', async ({ page, pharos, target, request }) => {
  const service = await target();
  await service.setMode('error');
  const server = await pharos({ config: config(service, work(['api'], -60, 12)) });
  const summary = async () => (await request.get(`${server.url}/embed/summary.json`)).json();
  await expect.poll(summary).toMatchObject({ indicator: 'maintenance', status: 'under_maintenance', incidents: [] });
  await page.goto(server.url);
  await expect(page.locator('.banner .sentence')).toHaveText('Maintenance in progress');
  await expect(page.locator('#component-api .word')).toHaveText('Under maintenance');
  await expect.poll(summary, { timeout: 30_000 }).toMatchObject({ status: 'major_outage' });
  await page.goto(server.url);
  await expect(page.getByRole('heading', { name: 'Scheduled maintenance' })).toHaveCount(0);
  await expect(page.locator('section.open article')).toContainText('Public API is not available');
});
