// The `test` that every spec uses: starts servers and targets, ends them, and fails on anything in the console.
import { expect, test as base } from '@playwright/test';

import { watchContext } from './console.mjs';
import { startProvider } from './provider.mjs';
import { startPharos } from './server.mjs';
import { startTarget } from './targets.mjs';

export { expect };

/** Hands out a starter and disposes of everything it started, last first. */
async function disposing(start, use) {
  const started = [];
  await use(async (options) => {
    const thing = await start(options);
    started.push(thing);
    return thing;
  });
  for (const thing of started.reverse()) await thing.dispose();
}

export const test = base.extend({
  /** Watches the console from the start; a test that provokes a problem says so with `watch.expect(pattern)`. */
  watch: [
    async ({ context }, use) => {
      const watch = await watchContext(context);
      await use(watch);
      expect(watch.problems(), 'problems in the browser').toEqual([]);
    },
    { auto: true },
  ],
  /** Starts a Pharos: `await pharos({ config })`. */
  pharos: async ({ context }, use, testInfo) => {
    const started = [];
    await disposing(async (options) => {
      const server = await startPharos(options);
      started.push(server);
      return server;
    }, async (start) => {
      await use(start);
      // A page that outlives its server complains, and rightly so: it goes first.
      for (const page of context.pages()) await page.close();
    });
    if (testInfo.status !== testInfo.expectedStatus) {
      for (const server of started) await testInfo.attach('server log', { body: server.log, contentType: 'text/plain' });
    }
  },
  /** A provider of OpenID Connect. */
  provider: async ({}, use) => disposing(startProvider, async (start) => use(await start())),
  /** Starts a watched service: `await target()`. */
  target: async ({}, use) => disposing(startTarget, use),
});
