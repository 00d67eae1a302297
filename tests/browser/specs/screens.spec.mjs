// The first page in every state, at three widths, in both themes and in a language that is read from right to left: written
// to target/screens, to be looked at. What can be told without eyes is told here: nothing is wider than its screen.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { GONE } from '../support/console.mjs';
import { expect, test } from '../support/fixtures.mjs';
import { work } from '../support/maintenance.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const screens = path.join(process.env.CARGO_TARGET_DIR ?? path.join(here, '..', '..', '..', 'target'), 'screens');
const WIDTHS = [360, 768, 1440];
const THEMES = ['light', 'dark'];

const config = (target, more = '') => `
page: { name: Example, description: How our services are, time_zone: Europe/Berlin }
groups:
  - { id: core, name: Core services }
components:
  - id: api
    name: Public API
    description: What programs talk to
    group: core
    checks:
      - http: { url: "${target.url}", expect: { status: [200] } }
        interval: 1s
        timeout: 900ms
        degraded_over: 400ms
  - id: long
    name: Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft
    group: core
    checks:
      - http: { url: "${target.url}" }
        interval: 1s
        timeout: 900ms
        down_after: 100
  - id: hostile
    name: "<script>alert(1)</script> خدمة الدفع"
    checks:
      - push: { token: 0123456789abcdef0123456789abcdef, period: 1h }
${more}`;

const STATES = [
  { name: 'operational', mode: 'up', status: 'Operational' },
  { name: 'degraded', mode: 'slow', status: 'Degraded performance' },
  { name: 'outage', mode: 'error', status: 'Major outage' },
  { name: 'maintenance', mode: 'error', status: 'Under maintenance', more: work(['api'], -60, 3_600) + work(['long'], 86_400, 90_000).replace('maintenances:\n', '') },
];

for (const state of STATES) {
  test(`the page is as wide as its screen when it is ${state.name} @wasm`, async ({ page, pharos, target }) => {
    test.slow();
    const service = await target({ slowMs: 600 });
    const server = await pharos({ config: config(service, state.more) });
    await service.setMode(state.mode);
    await mkdir(screens, { recursive: true });
    await page.goto(`${server.url}/`);
    await expect(page.locator('#component-api .row-head .word')).toHaveText(state.status);
    for (const [name, address] of [['en', '/'], ['ar', '/ar/']]) {
      await page.goto(`${server.url}${address}`);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        for (const colorScheme of THEMES) {
          await page.emulateMedia({ colorScheme });
          await page.screenshot({ path: path.join(screens, `${state.name}-${name}-${width}-${colorScheme}.png`), fullPage: true });
        }
        const { scrollWidth, clientWidth } = await page.evaluate(() => {
          const { scrollWidth, clientWidth } = document.documentElement;
          return { scrollWidth, clientWidth };
        });
        expect(scrollWidth, `${address} at ${width}`).toBeLessThanOrEqual(clientWidth);
      }
    }
  });
}

/** The page as it stands, at every width and in both themes. */
async function drawn(page, name) {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: path.join(screens, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
    const { scrollWidth, clientWidth } = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return { scrollWidth, clientWidth };
    });
    expect(scrollWidth, `${name} at ${width}`).toBeLessThanOrEqual(clientWidth);
  }
}

const NOTHING_YET = `
page: { name: Example }
components:
  - id: job
    name: Nightly job
    checks:
      - push: { token: 0123456789abcdef0123456789abcdef, period: 1h }
`;

test('the page is as wide as its screen when nothing is known yet, and when its server is lost @wasm', async ({ page, pharos, watch }) => {
  watch.expect(GONE);
  const server = await pharos({ config: NOTHING_YET });
  await mkdir(screens, { recursive: true });
  await page.goto(server.url);
  await expect(page.locator('.banner .sentence')).toHaveText('The state of some systems is unknown');
  await drawn(page, 'unknown-en');
  await server.kill9();
  await expect(page.locator('.live.lost')).toContainText('Live updates are interrupted');
  await drawn(page, 'lost-en');
});

const CONDITIONS = [
  { name: 'narrow', width: 320, media: {} },
  // What 200 % of zoom leaves of a small laptop's screen.
  { name: 'zoomed', width: 640, media: {} },
  { name: 'wide', width: 3840, media: {} },
  { name: 'paper', width: 794, media: { media: 'print' } },
  { name: 'forced', width: 1024, media: { forcedColors: 'active' } },
  { name: 'still', width: 1024, media: { reducedMotion: 'reduce' } },
];

test('the page fits the narrowest and the widest screen, paper, and what visitors need @wasm', async ({ page, pharos }) => {
  test.slow();
  const server = await pharos();
  await mkdir(screens, { recursive: true });
  for (const { name, width, media } of CONDITIONS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ media: 'screen', forcedColors: 'none', reducedMotion: 'no-preference', ...media });
    for (const [kind, address] of [['index', '/'], ['component', '/components/website'], ['history', '/history'], ['calendar', '/components/website/calendar']]) {
      await page.goto(`${server.url}${address}`);
      await page.screenshot({ path: path.join(screens, `${name}-${kind}.png`), fullPage: true });
      const { scrollWidth, clientWidth, moving } = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return { scrollWidth, clientWidth, moving: document.getAnimations().filter(({ playState }) => playState === 'running').length };
      });
      expect(scrollWidth, `${name} ${address}`).toBeLessThanOrEqual(clientWidth);
      if (name === 'still') expect(moving).toBe(0);
    }
  }
});
