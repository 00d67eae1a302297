// A page of five hundred components in forty groups: the worst first, the rest folded, and a box to find one.
import { expect, test } from '../support/fixtures.mjs';

const GROUPS = 40;
const COMPONENTS = 500;
const BAD_GROUP = 17;

function config(good, bad) {
  const groups = Array.from({ length: GROUPS }, (_, index) => `  - { id: g${index}, name: Region ${index} }`);
  const components = Array.from({ length: COMPONENTS }, (_, index) => {
    const group = index % GROUPS;
    const target = group === BAD_GROUP ? bad : good;
    return `  - { id: c${index}, name: Service number ${index}, group: g${group}, incidents: { auto: off }, checks: [{ http: { url: "${target}" }, interval: 5s, timeout: 2s }] }`;
  });
  return `page: { name: Large, time_zone: UTC }\ngroups:\n${groups.join('\n')}\ncomponents:\n${components.join('\n')}\n`;
}

async function large(pharos, target) {
  const [good, bad] = [await target(), await target()];
  await bad.setMode('error');
  const server = await pharos({ config: config(good.url, bad.url) });
  await expect.poll(async () => (await fetch(server.url)).text(), { timeout: 30_000 }).toMatch(/Region 17<\/h2>.*Major outage/);
  await expect.poll(async () => (await (await fetch(server.url)).text()).match(/class="word">Unknown/g)?.length ?? 0, { timeout: 30_000 }).toBe(0);
  return server;
}

test('the worst group stands first and open, the others are folded', async ({ page, pharos, target }) => {
  test.slow();
  const server = await large(pharos, target);
  await page.goto(server.url);
  const folds = page.locator('details.group-fold');
  await expect(folds).toHaveCount(GROUPS);
  await expect(folds.first()).toContainText('Region 17');
  await expect(folds.first()).toHaveAttribute('open', '');
  await expect(page.locator('details.group-fold[open]')).toHaveCount(1);
  await folds.nth(1).locator('summary').click();
  await expect(folds.nth(1).locator('.rows')).toBeVisible();
});

test('the filter finds a component by its name and gives the page back as it was @wasm', async ({ page, pharos, target }) => {
  test.slow();
  const server = await large(pharos, target);
  await page.goto(server.url);
  const box = page.getByRole('searchbox', { name: 'Filter components' });
  await box.fill('number 499');
  await expect(page.locator('.rows > li:visible')).toHaveCount(1);
  await expect(page.locator('output')).toHaveText('1 component found');
  await box.fill('nothing of the kind');
  await expect(page.locator('output')).toHaveText('No component has this in its name.');
  await box.fill('');
  await expect(page.locator('details.group-fold[open]')).toHaveCount(1);
});
