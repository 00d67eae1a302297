// The bars answer to pointer, finger and keyboard; without scripts they lead to the table of days.
import { expect, test } from '../support/fixtures.mjs';

async function awake(page, pharos) {
  const server = await pharos();
  await page.goto(server.url);
  await expect(page.locator('.live')).toContainText('Last checked');
  await expect(page.locator('.tip')).toHaveCount(1);
  return page.locator('#component-website a.bars');
}

test('arrow keys move along the days, which are shown and read aloud, and Enter opens one @wasm', async ({ page, pharos }) => {
  const bars = await awake(page, pharos);
  await page.locator('#component-website .name a').focus();
  await page.keyboard.press('Tab');
  await expect(bars).toBeFocused();
  const aloud = page.locator('main > p.aloud[role=status]');
  await expect(aloud).toContainText('Arrow keys move along the days');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000);
  const date = `${twoDaysAgo.getUTCDate()} ${twoDaysAgo.toLocaleString('en', { month: 'long', timeZone: 'UTC' })} ${twoDaysAgo.getUTCFullYear()}`;
  await expect(page.locator('.tip')).toBeVisible();
  await expect(page.locator('.tip')).toContainText(date);
  await expect(aloud).toContainText(date);
  const day = twoDaysAgo.toISOString().slice(0, 10);
  await expect(bars).toHaveAttribute('href', `/components/website/days/${day}`);
  await page.keyboard.press('Escape');
  await expect(page.locator('.tip')).toBeHidden();
  await expect(bars).toHaveAttribute('href', '/components/website/days');
});

test('Home is the first of the ninety days and End is today @wasm', async ({ page, pharos }) => {
  const bars = await awake(page, pharos);
  const day = (ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  await page.locator('#component-website .name a').focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Home');
  await expect(bars).toHaveAttribute('href', `/components/website/days/${day(89)}`);
  await page.keyboard.press('End');
  await expect(bars).toHaveAttribute('href', `/components/website/days/${day(0)}`);
});

test('the day under the pointer is told, and nothing when it leaves @wasm', async ({ page, pharos }) => {
  const bars = await awake(page, pharos);
  // The demo may show an incident above at any moment, and the bars then move away from under the pointer.
  await expect(async () => {
    const { width, height } = await bars.boundingBox();
    await page.mouse.move(0, 0);
    await bars.hover({ position: { x: width - 3, y: height / 2 } });
    await expect(page.locator('.tip')).toBeVisible({ timeout: 500 });
  }).toPass();
  const box = await bars.boundingBox();
  const tip = await page.locator('.tip').boundingBox();
  expect(tip.x).toBeGreaterThanOrEqual(0);
  expect(tip.x + tip.width).toBeLessThanOrEqual(page.viewportSize().width);
  expect(tip.y + tip.height).toBeLessThanOrEqual(box.y + 1);
  await page.mouse.move(box.x, box.y - 200);
  await expect(page.locator('.tip')).toBeHidden();
});

test('a finger first sees a day and then opens it @wasm', async ({ browser, pharos }) => {
  const context = await browser.newContext({ hasTouch: true, viewport: { width: 360, height: 800 } });
  const page = await context.newPage();
  const bars = await awake(page, pharos);
  await bars.tap();
  await expect(page.locator('.tip')).toBeVisible();
  expect(new URL(page.url()).pathname).toBe('/');
  const address = await bars.getAttribute('href');
  expect(address).toMatch(/\/days\/\d{4}-\d{2}-\d{2}$/);
  await bars.tap();
  await expect(page).toHaveURL((url) => url.pathname === address);
  await context.close();
});

test('without scripts the bars lead to the table of days @plain', async ({ page, pharos }) => {
  const server = await pharos();
  await page.goto(server.url);
  await page.locator('#component-website a.bars').click();
  await expect(page).toHaveURL(`${server.url}/components/website/days`);
});
