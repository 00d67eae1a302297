// What a visitor may choose: colours and language. Both stay without a cookie.
import { expect, test } from '../support/fixtures.mjs';

const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const LIGHT = 'rgb(247, 248, 249)';
const DARK = 'rgb(15, 20, 25)';

test('the theme follows the system until a visitor chooses, and the choice stays @wasm', async ({ page, context, pharos }) => {
  const server = await pharos();
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(server.url);
  const button = page.getByRole('button', { name: /^Colours/ });
  await expect(button).toHaveAccessibleName('Colours: As the system');
  expect(await ground(page)).toBe(DARK);
  await button.click();
  await expect(button).toHaveAccessibleName('Colours: Light');
  expect(await ground(page)).toBe(LIGHT);
  await page.goto(`${server.url}/history`);
  expect(await ground(page)).toBe(LIGHT);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByRole('button', { name: /^Colours/ }).click();
  expect(await ground(page)).toBe(DARK);
  expect(await context.cookies()).toEqual([]);
});

test('without scripts there is no switch that does nothing @plain', async ({ page, pharos }) => {
  const server = await pharos();
  await page.goto(server.url);
  await expect(page.locator('button.theme')).toBeHidden();
});

test('a visitor who reads German is led to the German page, and may choose English for good', async ({ browser, pharos, javaScriptEnabled }) => {
  const server = await pharos();
  const context = await browser.newContext({ locale: 'de-DE', javaScriptEnabled });
  const page = await context.newPage();
  await page.goto(server.url);
  await expect(page).toHaveURL(`${server.url}/de/`);
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(page.locator('.banner .sentence')).toHaveText(/System/);
  await page.getByRole('link', { name: 'Verlauf', exact: true }).click();
  await expect(page).toHaveURL(`${server.url}/de/history`);
  await page.getByRole('link', { name: 'English' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('History');
  await page.getByRole('link', { name: 'Status', exact: true }).click();
  await expect(page).toHaveURL(`${server.url}/en/`);
  await context.close();
});

test('an open German page changes in German @wasm', async ({ page, pharos }) => {
  test.slow();
  const server = await pharos();
  await page.goto(`${server.url}/de/`);
  await expect(page.locator('.live')).toContainText('Zuletzt geprüft');
  await expect(page.locator('section.open article')).toHaveCount(1, { timeout: 60_000 });
  await expect(page.locator('section.open article')).toContainText('Wir gehen der Sache nach.');
});

test('the languages of the address win over those of the browser', async ({ browser, pharos, javaScriptEnabled }) => {
  const server = await pharos();
  const context = await browser.newContext({ locale: 'de-DE', javaScriptEnabled });
  const page = await context.newPage();
  await page.goto(`${server.url}/en/`);
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await context.close();
});
