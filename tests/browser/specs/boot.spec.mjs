// The boot module in a real browser, with a script in place of the application that writes down what it is asked.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

import { expect, test } from '../support/fixtures.mjs';

// The smallest module that is WebAssembly: magic number and version.
const WASM = Buffer.from([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; img-src data:";

const APPLICATION = `
const said = (text) => { document.body.dataset.said = (document.body.dataset.said ?? '') + text + ' '; };
export default async function init({ module_or_path }) {
  await WebAssembly.instantiateStreaming(module_or_path, {});
  said('init');
}
export function hydrate(words) { said('hydrate'); document.body.dataset.words = words; }
export function localise() { said('localise'); }
export function follow(isReloaded) { said('follow:' + isReloaded); }
export function outer_1(island) {
  said('outer');
  for (const slot of island.querySelectorAll('leptos-children')) slot.$$on_hydrate = () => said('context');
  island.querySelector('[data-component=replaced_1]')?.remove();
}
export async function inner_1() { await null; said('inner'); }
export function replaced_1() { said('replaced'); }
export function broken_1() { throw new Error('this island breaks'); }
`;

const island = (name, children = '') => `<leptos-island data-component="${name}">${children}</leptos-island>`;

/** Serves a page that loads the boot module from below a base path. */
async function withBooted(body, files, look) {
  const boot = await readFile(new URL('../../../app/boot.js', import.meta.url), 'utf8');
  const served = {
    '/status/': ['text/html', `<!doctype html><link rel="icon" href="data:,"><meta name="pharos-words" content="words.json"><script type="module" src="assets/boot.js"></script><body>${body}`],
    '/status/assets/boot.js': ['text/javascript', boot.replace('__PHAROS_JS__', 'app.js').replace('__PHAROS_WASM__', 'app.wasm').replace('__PHAROS_DAYS__', 'days.js')],
    '/status/assets/app.js': ['text/javascript', APPLICATION],
    '/status/assets/app.wasm': ['application/wasm', WASM],
    '/status/assets/days.js': ['text/javascript', 'export function watchDays() {}'],
    '/status/service-worker.js': ['text/javascript', '// nothing'],
    '/status/assets/words.json': ['application/json', '["words"]'],
    ...files,
  };
  const server = createServer((request, response) => {
    const [type, content] = served[request.url] ?? ['text/plain', undefined];
    response.writeHead(content === undefined ? 404 : 200, { 'content-type': type, 'content-security-policy': CSP });
    response.end(content ?? '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await look(`http://127.0.0.1:${server.address().port}/status/`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test('islands wake in document order, outer before inner, in their outer context @wasm', async ({ page }) => {
  const nested = island('outer_1', `<leptos-children><p>${island('inner_1')}</p></leptos-children>`);
  await withBooted(`${nested}${island('inner_1')}`, {}, async (url) => {
    await page.goto(url);
    await expect(page.locator('body')).toHaveAttribute('data-said', 'init hydrate localise outer context inner inner follow:false ');
    await expect(page.locator('body')).toHaveAttribute('data-words', '["words"]');
    await page.reload();
    await expect(page.locator('body')).toHaveAttribute('data-said', /follow:true/);
  });
});

test('an island that its outer island took away is left alone @wasm', async ({ page }) => {
  await withBooted(island('outer_1', island('replaced_1')) + island('inner_1'), {}, async (url) => {
    await page.goto(url);
    await expect(page.locator('body')).toHaveAttribute('data-said', 'init hydrate localise outer inner follow:false ');
  });
});

test('an application that does not load is reported once and the page stays @wasm', async ({ page, watch }) => {
  const reports = [];
  page.on('console', (message) => reports.push(message.text()));
  watch.expect(/stays as it was loaded|404/);
  await withBooted('<p>All is said</p>', { '/status/assets/app.wasm': undefined }, async (url) => {
    await page.goto(url);
    await expect.poll(() => reports.filter((text) => text.includes('stays as it was loaded')).length).toBe(1);
    await expect(page.getByText('All is said')).toBeVisible();
  });
});

test('an island that breaks is reported once @wasm', async ({ page, watch }) => {
  const reports = [];
  page.on('console', (message) => reports.push(message.text()));
  watch.expect(/this island breaks/);
  await withBooted(island('broken_1'), {}, async (url) => {
    await page.goto(url);
    await expect.poll(() => reports.filter((text) => text.includes('this island breaks')).length).toBe(1);
  });
});

test('an island without an application is named and the others wake @wasm', async ({ page, watch }) => {
  watch.expect(/nobody_1/);
  await withBooted(island('nobody_1') + island('inner_1'), {}, async (url) => {
    await page.goto(url);
    await expect(page.locator('body')).toHaveAttribute('data-said', 'init hydrate localise inner ');
    await expect.poll(() => watch.hasNoticed(/these islands are not in the application: nobody_1/)).toBe(true);
  });
});

test('without scripts the page is simply there @plain', async ({ page }) => {
  await withBooted(island('inner_1', '<p>Readable</p>'), {}, async (url) => {
    await page.goto(url);
    await expect(page.getByText('Readable')).toBeVisible();
    await expect(page.locator('body')).not.toHaveAttribute('data-said');
  });
});
