// The demonstration: what a newcomer sees in the first minute without doing anything.
import { expect, test } from '../support/fixtures.mjs';

test('the demonstration fails and recovers by itself under the eyes of its visitor @wasm', async ({ page, pharos }) => {
  test.slow();
  const server = await pharos();
  await page.goto(server.url);
  await expect(page.locator('.notice')).toContainText('Demo');
  await expect(page.locator('section.planned article')).toHaveCount(1);
  await expect(page.getByRole('img', { name: /90 days/ })).toHaveCount(11);
  await expect(page.locator('.banner .sentence')).toHaveText('All systems operational');
  await page.evaluate(() => { window.mark = 'same document'; });
  await expect(page.locator('section.open article')).toHaveCount(1, { timeout: 60_000 });
  await expect(page.locator('.banner .sentence')).not.toHaveText('All systems operational');
  await expect(page.locator('.banner .sentence')).toHaveText('All systems operational', { timeout: 60_000 });
  await expect(page.locator('section.open article')).toHaveCount(0);
  expect(await page.evaluate(() => window.mark)).toBe('same document');
});

test('the demonstration is whole without scripts @plain', async ({ page, pharos }) => {
  const server = await pharos();
  await page.goto(server.url);
  await expect(page.locator('.banner .sentence')).toBeVisible();
  await expect(page.getByRole('img', { name: /90 days/ })).toHaveCount(11);
  await page.getByRole('link', { name: 'Website' }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Website');
  await expect(page.getByRole('heading', { name: 'Response time' })).toBeVisible();
});
