// The harness tested on itself: if it cannot see a failure, no other spec here means anything.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { watchContext } from '../support/console.mjs';
import { axeFindings } from '../support/axe.mjs';
import { expect, test } from '../support/fixtures.mjs';

const standIn = fileURLToPath(new URL('../support/stand-in.mjs', import.meta.url));

/** Serves one page on a free port for as long as a test looks at it. */
async function withPage(html, headers, look) {
  const server = createServer((request, response) => {
    const isPage = request.url === '/';
    response.writeHead(isPage ? 200 : 404, { 'content-type': 'text/html', ...headers });
    response.end(isPage ? `<!doctype html><link rel="icon" href="data:,">${html}` : '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await look(`http://127.0.0.1:${server.address().port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** What the watch says about a page, in a context that no fixture judges. */
async function problemsOf(browser, html, headers, problemsMin) {
  const context = await browser.newContext();
  try {
    const watch = await watchContext(context);
    const page = await context.newPage();
    await withPage(html, headers, async (url) => {
      await page.goto(url);
      await expect.poll(() => watch.problems().length).toBeGreaterThanOrEqual(problemsMin);
    });
    return watch.problems();
  } finally {
    await context.close();
  }
}

test('a killed server comes back on the same port with the same data', async ({ page, pharos, watch }) => {
  const server = await pharos({ binary: standIn });
  const first = server.url;
  await page.goto(first);
  await expect(page.getByText('start 1')).toBeVisible();

  await server.kill9();
  expect(server.isRunning).toBe(false);
  watch.expect(/ERR_CONNECTION_REFUSED/);
  await expect(page.goto(first)).rejects.toThrow(/ERR_CONNECTION_REFUSED/);
  // The browser goes to a page of its own then, which must not come in between.
  await page.waitForURL(/^chrome-error:/);

  await server.start();
  expect(server.url).toBe(first);
  await page.goto(first);
  await expect(page.getByText('start 2')).toBeVisible();
  expect(await server.stop()).toBe(0);
});

test('a server that does not start says why', async ({ pharos }) => {
  await expect(pharos({ binary: '/bin/false' })).rejects.toThrow(/the server ended \(1\)/);
});

test('a configuration reaches the server as a file', async ({ pharos }) => {
  const server = await pharos({ binary: standIn, config: 'title: A page\n' });
  expect(server.log).toContain('listening on');
  expect(server.configPath).toMatch(/pharos\.yaml$/);
});

test('a target answers, fails, is slow and refuses', async ({ target }) => {
  const service = await target({ slowMs: 300, document: { status: 'UP' } });
  expect(await (await fetch(service.url)).json()).toEqual({ status: 'UP' });

  await service.setMode('error');
  expect((await fetch(service.url)).status).toBe(500);

  await service.setMode('slow');
  const started = performance.now();
  expect((await fetch(service.url)).status).toBe(200);
  expect(performance.now() - started).toBeGreaterThan(250);

  await service.setMode('down');
  await expect(fetch(service.url)).rejects.toThrow();

  await service.setMode('up');
  expect((await fetch(service.url)).status).toBe(200);
  expect(service.hits).toBe(4);
});

test('a console error is seen @wasm', async ({ browser }) => {
  const problems = await problemsOf(browser, '<script>console.error("it broke")</script>', {}, 1);
  expect(problems).toEqual([expect.stringContaining('console error: it broke')]);
});

test('an uncaught exception is seen @wasm', async ({ browser }) => {
  const problems = await problemsOf(browser, '<script>throw new Error("nobody caught me")</script>', {}, 1);
  expect(problems).toEqual([expect.stringContaining('nobody caught me')]);
});

test('a violation of the content security policy is seen @wasm', async ({ browser }) => {
  const csp = { 'content-security-policy': "default-src 'none'" };
  const problems = await problemsOf(browser, '<script>1</script>', csp, 2);
  expect(problems.join('\n')).toMatch(/pharos-csp-violation script-src/);
});

test('what people who do not see cannot use is found @wasm', async ({ page }) => {
  await page.setContent('<!doctype html><html lang="en"><title>t</title><main><h1>h</h1><img src="data:,"></main></html>');
  expect(await axeFindings(page)).toEqual([expect.stringContaining('image-alt')]);
});

test('a request to another origin is seen', async ({ browser }) => {
  await withPage('', {}, async (other) => {
    const problems = await problemsOf(browser, `<img src="${other}/pixel.png" alt="">`, {}, 1);
    expect(problems.join('\n')).toContain(`request to another origin: ${other}/pixel.png`);
  });
});
