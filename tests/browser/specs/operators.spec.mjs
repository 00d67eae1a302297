// An operator's day, with scripts and without: sign in, speak, plan, and see what readers see.
import { HtmlValidate } from 'html-validate';

import { axeFindings } from '../support/axe.mjs';
import { expect, test } from '../support/fixtures.mjs';
import { becomeFirst, code, signIn, PASSWORD } from '../support/operator.mjs';

const config = (target) => `
page: { name: Example, time_zone: Europe/Berlin }
components:
  - id: api
    name: Public API
    checks:
      - http: { url: "${target.url}" }
        interval: 1s
        timeout: 900ms
  - id: web
    name: Website
    checks:
      - http: { url: "${target.url}" }
        interval: 1s
        timeout: 900ms
`;

/** Opens an incident in three fields. */
async function openIncident(page, server, title, text) {
  await page.goto(`${server.url}/admin/incidents/new`);
  await page.getByLabel('Title').fill(title);
  await page.locator('select[name="status.web"]').selectOption('partial_outage');
  await page.getByLabel('What readers should know').fill(text);
  await page.getByRole('button', { name: 'Open the incident' }).click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
}

test('a second factor is set up, asked for, and gone with one recovery code less', async ({ page, pharos, target, watch }) => {
  watch.expect(/401/);
  const server = await pharos({ config: config(await target()) });
  await becomeFirst(page, server);
  await page.goto(`${server.url}/admin/me`);
  const setUp = page.locator('form', { has: page.getByRole('button', { name: 'Set it up' }) });
  await setUp.getByLabel('Your password').fill(PASSWORD);
  await setUp.getByRole('button', { name: 'Set it up' }).click();
  await expect(page.locator('.qr svg')).toBeVisible();
  const secret = await page.locator('.qr + p code').textContent();
  const turnOn = page.locator('form', { has: page.getByRole('button', { name: 'Turn it on' }) });
  await turnOn.getByLabel('Code').fill(code(secret, Date.now()));
  await turnOn.getByLabel('Your password').fill(PASSWORD);
  await turnOn.getByRole('button', { name: 'Turn it on' }).click();
  const recovery = await page.locator('.codes code').first().textContent();
  await expect(page.locator('.codes code')).toHaveCount(10);
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();

  await signIn(page, server, 'anna');
  await expect(page.getByRole('alert')).toContainText('name, password or code is not right');
  // The code that turned it on is used up: the next is that of the next half minute, which is let pass early.
  await signIn(page, server, 'anna', code(secret, Date.now() + 30_000));
  await expect(page.getByRole('heading', { level: 1, name: 'Now' })).toBeVisible();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await signIn(page, server, 'anna', recovery);
  await page.goto(`${server.url}/admin/me`);
  await expect(page.getByText('9 recovery codes are left')).toBeVisible();
});

test('what an operator says appears on a public page in another window', async ({ page, context, pharos, target }, { project }) => {
  const server = await pharos({ config: config(await target()) });
  await becomeFirst(page, server);
  const reader = await context.newPage();
  await reader.goto(server.url);
  const isLive = project.name === 'wasm';
  if (isLive) await expect(reader.locator('.live.alive')).toBeVisible();
  const see = async (text) => {
    await expect(async () => {
      if (!isLive) await reader.reload();
      await expect(reader.locator('main')).toContainText(text, { timeout: 500 });
    }).toPass({ timeout: 10_000 });
  };
  await openIncident(page, server, 'Checkout is slow', 'We **know** of it.');
  await see('Checkout is slow');
  await expect(reader.locator('.timeline strong', { hasText: /^know$/ })).toBeVisible();
  await expect(reader.locator('.timeline')).toContainText('Website: partial outage');

  await page.locator('select[name=status]').first().selectOption('identified');
  await page.getByLabel('What readers should know').first().fill('It is the database.');
  await page.getByLabel('Next update within, in minutes').fill('30');
  await page.getByRole('button', { name: 'Post the update' }).click();
  await expect(page.getByRole('status')).toContainText('readers see it');
  await see('It is the database.');
  await expect(reader.locator('.promise.due')).toContainText('Next update by');
  if (isLive) await expect(reader.locator('.promise.due time')).toHaveAttribute('data-left', /in (29|30) minutes/);

  await page.locator('select[name=status]').first().selectOption('resolved');
  await page.getByLabel('What readers should know').first().fill('It works again.');
  await page.getByRole('button', { name: 'Post the update' }).click();
  await see('All systems operational');
});

test('@wasm two fingers are enough: n opens the form, Ctrl+Enter sends it, and the text is previewed', async ({ page, pharos, target }) => {
  const server = await pharos({ config: config(await target()) });
  await becomeFirst(page, server);
  await page.keyboard.press('n');
  await page.getByLabel('Title').fill('Slow');
  await page.getByLabel('What readers should know').fill('**bold** <b>tags</b>');
  await expect(page.locator('.preview strong')).toHaveText('bold');
  await expect(page.locator('.preview')).toContainText('<b>tags</b>');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Slow' })).toBeVisible();
  await page.locator('h1').click();
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await expect(page.getByRole('heading', { level: 1, name: 'Maintenance' })).toBeVisible();
});

test('@wasm the dashboard tells what fires without a reload', async ({ page, pharos, target }) => {
  const service = await target();
  const server = await pharos({ config: config(service) });
  await becomeFirst(page, server);
  await expect(page.getByText('All 2 components are operational.')).toBeVisible({ timeout: 20_000 });
  await service.setMode('error');
  await expect(page.getByRole('heading', { name: 'What fires' })).toBeVisible({ timeout: 20_000 });
  await expect(page.locator('.reason').first()).toContainText('500');
});

test('two operators write at once: the second sees what is new, and keeps what they wrote', async ({ page, browser, pharos, target }) => {
  const server = await pharos({ config: config(await target()) });
  await becomeFirst(page, server);
  await openIncident(page, server, 'Checkout is slow', 'We know of it.');
  const address = page.url().split('?')[0];
  const cookie = (await page.context().cookies()).find(({ name }) => name === 'pharos');
  const other = await browser.newContext({ javaScriptEnabled: false });
  await other.addCookies([cookie]);
  const second = await other.newPage();
  await second.goto(address);
  await page.getByLabel('What readers should know').first().fill('It is the database.');
  await page.getByRole('button', { name: 'Post the update' }).click();
  await expect(page.getByRole('status')).toContainText('readers see it');
  await second.getByLabel('What readers should know').first().fill('It is the network.');
  await second.getByRole('button', { name: 'Post the update' }).click();
  await expect(second.getByRole('alert')).toContainText('Somebody changed it while you wrote');
  await expect(second.locator('.entries')).toContainText('It is the database.');
  await expect(second.getByLabel('What readers should know').first()).toHaveValue('It is the network.');
  await second.getByRole('button', { name: 'Post the update' }).click();
  await expect(second.locator('.entries')).toContainText('It is the network.');
  await other.close();
});

test('maintenance that comes every Sunday keeps its hour when the clocks change', async ({ page, pharos, target }) => {
  // Two weeks before summer time begins in Berlin.
  const env = {
    LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
    FAKETIME: '@2027-03-15 12:00:00',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    TZ: 'UTC',
  };
  const server = await pharos({ config: config(await target()), env });
  await becomeFirst(page, server);
  await page.goto(`${server.url}/admin/maintenances`);
  const form = page.locator('#series form');
  await form.getByLabel('Title').fill('Backups');
  await form.getByLabel('Website').check();
  await form.getByLabel('Rule').fill('0 4 * * SUN');
  await form.getByLabel('Takes, in minutes').fill('60');
  await form.getByRole('button', { name: 'Save' }).click();
  const times = page.locator('[data-live="planned"] .entry time:first-child');
  await expect(times.nth(0)).toHaveText('21 Mar 2027, 04:00');
  await expect(times.nth(0)).toHaveAttribute('datetime', '2027-03-21T03:00:00Z');
  await expect(page.locator('[data-live="planned"]')).toContainText('28 Mar 2027, 04:00');
  await expect(page.locator('[data-live="planned"] time[datetime="2027-03-28T02:00:00Z"]')).toBeVisible();
});

test('@wasm the pages for operators are usable by everybody, in both themes', async ({ page, pharos, target }) => {
  const server = await pharos({ config: config(await target()) });
  await becomeFirst(page, server);
  await openIncident(page, server, 'Checkout is slow', 'We know of it.');
  const incident = new URL(page.url()).pathname;
  const pages = ['', '/incidents', '/incidents/new', '/maintenances', '/announcements', '/components', '/components/api', '/checks/api%2Fhttp', '/templates', '/users', '/tokens', '/audit', '/me'];
  const markup = new HtmlValidate({
    extends: ['html-validate:recommended', 'html-validate:document'],
    // Our own files come from where the page comes from.
    rules: { 'require-sri': ['error', { target: 'crossorigin' }] },
  });
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    for (const path of [...pages.map((path) => `/admin${path}`), incident, '/api/v1/']) {
      await page.goto(`${server.url}${path}`);
      expect(await axeFindings(page), `${path} ${colorScheme}`).toEqual([]);
      const report = await markup.validateString(await (await page.request.get(`${server.url}${path}`)).text());
      const findings = report.results.flatMap(({ messages }) => messages.map(({ ruleId, message, line, column }) => `${line}:${column} ${ruleId} ${message}`));
      expect(findings, path).toEqual([]);
    }
  }
});
