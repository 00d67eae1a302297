// A further page, below a path and at a host of its own: it lives by its own stream and shows nothing of the rest.
import { expect, test } from '../support/fixtures.mjs';

const config = (shown, hidden) => `
page: { name: Whole menagerie }
pages:
  - { id: partners, path: /partners, name: For partners, components: [kestrel] }
  - { id: shop, host: shop.localhost, name: The shop, components: [kestrel] }
components:
  - id: kestrel
    name: Kestrel
    incidents: { resolve_after: 2s }
    checks: [{ http: { url: "${shown.url}/" }, interval: 1s, timeout: 900ms }]
  - id: zander
    name: Zander
    incidents: { resolve_after: 2s }
    checks: [{ http: { url: "${hidden.url}/" }, interval: 1s, timeout: 900ms }]
`;

for (const place of ['/partners/', 'shop.localhost']) {
  test(`an open page at ${place} changes as its component does and shows no other @wasm`, async ({ page, pharos, target }) => {
    const [shown, hidden] = [await target(), await target()];
    const server = await pharos({ config: config(shown, hidden) });
    const { port } = new URL(server.url);
    const url = place.startsWith('/') ? server.url + place : `http://${place}:${port}/`;
    const streams = [];
    page.on('request', (request) => {
      if (request.url().includes('/events')) streams.push(new URL(request.url()).pathname);
    });
    await expect.poll(async () => (await fetch(`${server.url}/`)).text(), { timeout: 15_000 }).toContain('All systems operational');
    await page.goto(url);
    await expect(page.locator('.live.alive')).toBeVisible();
    await expect(page.locator('#component-kestrel')).toBeVisible();
    await expect(page.locator('#component-zander')).toHaveCount(0);
    await hidden.setMode('error');
    await expect.poll(async () => (await fetch(`${server.url}/`)).text(), { timeout: 15_000 }).toContain('Zander is not available');
    await expect(page.locator('.banner .sentence')).toHaveText('All systems operational');
    await shown.setMode('error');
    await expect(page.locator('.banner .sentence')).toHaveText('A major outage is in progress', { timeout: 15_000 });
    await expect(page.locator('section.open article')).toHaveCount(1);
    await page.locator('section.open article h3 a').click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Kestrel is not available');
    expect(await page.content()).not.toMatch(/zander|menagerie/i);
    await shown.setMode('up');
    await page.goto(url);
    await expect(page.locator('.banner .sentence')).toHaveText('All systems operational', { timeout: 20_000 });
    expect(await page.content()).not.toMatch(/zander|menagerie/i);
    expect(new Set(streams)).toEqual(new Set([place.startsWith('/') ? `${place}events` : '/events']));
  });
}
