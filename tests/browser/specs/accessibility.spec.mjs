// Every page, in every state that a visitor may meet, in both themes: usable by everybody, and sound markup.
import { HtmlValidate } from 'html-validate';

import { axeFindings } from '../support/axe.mjs';
import { work } from '../support/maintenance.mjs';
import { GONE } from '../support/console.mjs';
import { expect, test } from '../support/fixtures.mjs';

const config = (target, more = '') => `
page: { name: Example, description: How we are, time_zone: Europe/Berlin }
groups:
  - { id: core, name: Core services }
components:
  - id: api
    name: Public API
    description: What programs talk to
    group: core
    incidents: { resolve_after: 1s }
    checks:
      - http: { url: "${target.url}" }
        interval: 1s
        timeout: 900ms
        degraded_over: 400ms
  - id: worker
    name: Worker
    checks:
      - push: { token: 0123456789abcdef0123456789abcdef, period: 1h }
${more}`;

const STATES = [
  { name: 'all is well', mode: 'up', text: 'Operational' },
  { name: 'a component is slow', mode: 'slow', text: 'Degraded' },
  { name: 'a component is out', mode: 'error', text: 'Major outage' },
  { name: 'a component is worked on', mode: 'error', text: 'Under maintenance', more: work(['api'], -60, 3_600) },
];

const markup = new HtmlValidate({
  extends: ['html-validate:recommended', 'html-validate:document'],
  rules: {
    // Our own scripts come from where the page comes from.
    'require-sri': ['error', { target: 'crossorigin' }],
  },
});

async function markupFindings(url) {
  const html = await (await fetch(url)).text();
  const report = await markup.validateString(html, url);
  return report.results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line, column }) => `${url}:${line}:${column} ${ruleId}: ${message}`));
}

/** The addresses of all kinds of page there are now. */
async function pages(server) {
  const first = await (await fetch(`${server.url}/`)).text();
  const history = await (await fetch(`${server.url}/history`)).text();
  const incidents = [...`${first}${history}`.matchAll(/href="(\/incidents\/[^"]+)"/g)].map(([, path]) => path);
  const today = new Date().toISOString().slice(0, 10);
  const api = ['', '/90d', '/days', `/days/${today}`, '/calendar'].map((page) => `/components/api${page}`);
  return ['/', '/ar/', '/ja/history', '/history', ...api, '/components/worker', '/nothing-here', ...new Set(incidents)];
}

for (const state of STATES) {
  test(`every page is sound and accessible when ${state.name} @wasm`, async ({ page, pharos, target, watch }) => {
    test.slow();
    // The page of what is not there is itself answered with 404.
    watch.expect(/404/);
    const service = await target({ slowMs: 600 });
    const server = await pharos({ config: config(service, state.more) });
    if (state.mode === 'up') await fetch(`${server.url}/push/0123456789abcdef0123456789abcdef`);
    await service.setMode(state.mode);
    await page.goto(server.url);
    await expect(page.locator('#component-api .row-head .word')).toContainText(state.text);
    const hasIncident = state.text === 'Major outage';
    if (state.mode === 'up') await expect(page.locator('.banner')).toContainText('All systems operational');
    if (hasIncident) await expect(page.locator('section.open article')).toBeVisible();
    if (state.more) await expect(page.locator('section.planned article')).toBeVisible();
    const paths = await pages(server);
    expect(paths.length).toBe(hasIncident ? 12 : 11);
    for (const path of paths) {
      expect(await markupFindings(`${server.url}${path}`)).toEqual([]);
      await page.goto(`${server.url}${path}`);
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        expect(await axeFindings(page), `${path}, ${colorScheme}`).toEqual([]);
      }
    }
  });
}

test('a page that lost its server is accessible @wasm', async ({ page, pharos, target, watch }) => {
  watch.expect(GONE);
  const server = await pharos({ config: config(await target()) });
  await page.goto(server.url);
  await expect(page.locator('.live')).toContainText('Last checked');
  await server.kill9();
  await expect(page.locator('.live')).toContainText('Live updates are interrupted');
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    expect(await axeFindings(page), colorScheme).toEqual([]);
  }
});
