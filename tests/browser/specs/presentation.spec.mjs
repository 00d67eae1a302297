// What an operator may change without a rebuild: address, languages of texts, colours, logo, styles, links.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { axeFindings } from '../support/axe.mjs';
import { expect, test } from '../support/fixtures.mjs';

const LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><rect width="120" height="40" fill="#7a1fa2"/></svg>';

const config = (target, page) => `
page:
  name: { en: Example, de: Beispiel }
${page}
components:
  - id: api
    name: { en: Public API, de: Öffentliche API }
    checks:
      - http: { url: "${target.url}/" }
        interval: 1s
        timeout: 900ms
`;

const THEMED = `  url: https://status.example.com
  theme: { accent: "#7a1fa2", logo: logo.svg, logo_dark: night.svg, stylesheet: own.css }
  links:
    header: [{ text: { en: Help, de: Hilfe }, url: "https://www.example.com/help" }]
    footer: [{ text: Imprint, url: /imprint }]
`;

/** A page with a theme: first without, then with the files that the theme names. */
async function themed(pharos, target) {
  const service = await target();
  const server = await pharos({ config: config(service, '') });
  const folder = path.dirname(server.configPath);
  await writeFile(path.join(folder, 'logo.svg'), LOGO);
  await writeFile(path.join(folder, 'night.svg'), LOGO.replace('7a1fa2', 'd9a6f0'));
  await writeFile(path.join(folder, 'own.css'), '.card { border-width: 3px }');
  await server.writeConfig(config(service, THEMED));
  await expect.poll(async () => (await fetch(server.url)).text(), { timeout: 20_000 }).toContain('/brand/logo.');
  return { service, server, folder };
}

test('an operator gives the page a logo, colours, styles and links without a restart @wasm', async ({ page, pharos, target }) => {
  const { server } = await themed(pharos, target);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.goto(server.url);
    const logo = page.getByRole('heading', { level: 1 }).getByRole('img', { name: 'Example' });
    await expect(logo).toBeVisible();
    expect(await logo.evaluate((image) => image.naturalWidth)).toBeGreaterThan(0);
    await expect(logo).toHaveAttribute('src', colorScheme === 'dark' ? /logo-dark/ : /logo\./);
    await expect(page.locator('.card').first()).toHaveCSS('border-top-width', '3px');
    await expect(page.getByRole('navigation').getByRole('link', { name: 'Help' })).toHaveAttribute('href', 'https://www.example.com/help');
    await expect(page.getByRole('contentinfo').getByRole('link', { name: 'Imprint' })).toHaveAttribute('href', '/imprint');
    expect(await axeFindings(page)).toEqual([]);
  }
  await expect(page.locator('.more a').first()).not.toHaveCSS('color', 'rgb(122, 31, 162)');
  await page.emulateMedia({ colorScheme: 'light' });
  await expect(page.locator('.more a').first()).toHaveCSS('color', 'rgb(122, 31, 162)');
});

test('a changed style sheet is on the page without a restart @plain', async ({ page, pharos, target }) => {
  const { server, folder } = await themed(pharos, target);
  const before = await (await fetch(server.url)).text();
  const old = /\/brand\/theme\.[^"]+/.exec(before)[0];
  await writeFile(path.join(folder, 'own.css'), '.card { border-width: 5px }');
  await expect.poll(async () => (await fetch(server.url)).text(), { timeout: 20_000 }).not.toContain(old);
  await page.goto(server.url);
  await expect(page.locator('.card').first()).toHaveCSS('border-top-width', '5px');
  // A page that somebody still has open, or a cache still holds, asks for the old one.
  expect((await fetch(server.url + old)).status).toBe(200);
});

test('an operator\'s texts are shown in the language of the page, living parts too', async ({ page, pharos, target }) => {
  const { service, server } = await themed(pharos, target);
  await page.goto(`${server.url}/de/`);
  await expect(page).toHaveTitle(/Beispiel/);
  await expect(page.locator('.name').first()).toHaveText('Öffentliche API');
  await expect(page.getByRole('link', { name: 'Hilfe' })).toBeVisible();
  service.setMode('error');
  await expect.poll(async () => { await page.reload(); return page.locator('.banner').textContent(); }, { timeout: 20_000 }).toContain('Öffentliche API');
});

test('a page tells where it is, in which languages, and how to embed it @plain', async ({ page, pharos, target }) => {
  const { server } = await themed(pharos, target);
  await page.goto(`${server.url}/de/embed`);
  const link = (selector) => page.locator(`head link${selector}`);
  await expect(link('[rel=canonical]')).toHaveAttribute('href', 'https://status.example.com/de/embed');
  await expect(link('[hreflang]')).toHaveCount(13);
  await expect(link('[hreflang=ja]')).toHaveAttribute('href', 'https://status.example.com/ja/embed');
  await expect(link('[hreflang=x-default]')).toHaveAttribute('href', 'https://status.example.com/embed');
  const oembed = await link('[type="application/json+oembed"]').getAttribute('href');
  const asked = new URL(oembed.replace('https://status.example.com', server.url));
  const answer = await fetch(asked);
  expect(answer.status).toBe(200);
  expect((await answer.json()).html).toContain('https://status.example.com/de/embed/card');
  await expect(page.locator('meta[property="og:url"]')).toHaveAttribute('content', 'https://status.example.com/de/embed');
});

test('a picture stands for the page and for each incident where links are shown @plain', async ({ page, pharos, target, request }) => {
  const { service, server } = await themed(pharos, target);
  service.setMode('error');
  await expect.poll(async () => (await fetch(server.url)).text(), { timeout: 20_000 }).toContain('/incidents/');
  await page.goto(server.url);
  const path = /\/incidents\/[^"/]+/.exec(await page.content())[0];
  const sizes = new Set();
  for (const address of ['/', '/de/', '/ja/', path]) {
    await page.goto(server.url + address);
    const image = await page.locator('meta[property="og:image"]').getAttribute('content');
    const answer = await request.get(image.replace('https://status.example.com', server.url));
    expect(answer.status(), image).toBe(200);
    expect(answer.headers()['content-type']).toBe('image/png');
    const png = await answer.body();
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 630]);
    sizes.add(png.toString('base64'));
  }
  // In Japanese the picture speaks English: there are no letters for it.
  expect(sizes.size).toBe(3);
  expect((await request.get(`${server.url}/incidents/nobody/card.png`)).status()).toBe(404);
});

test('a logo that somebody opens by itself runs no script @plain', async ({ pharos, target, request }) => {
  const { server } = await themed(pharos, target);
  const name = /\/brand\/logo\.[^"]+/.exec(await (await fetch(server.url)).text())[0];
  const answer = await request.get(server.url + name);
  expect(answer.headers()['content-security-policy']).toContain('sandbox');
  expect(answer.headers()['content-type']).toBe('image/svg+xml');
  expect(answer.headers()['cache-control']).toContain('immutable');
  expect((await request.get(`${server.url}/brand/pharos.yaml`)).status()).toBe(404);
});
