// What one visit costs: requests, bytes, paints and blocked time; first and second, on a slow phone and network, and
// without scripts. Ends with one line of JSON.
import { countRequests, launch, options, pause, SLOW_CPU, SLOW_NETWORK } from './common.mjs';

const given = options({ url: '', rounds: 3, text: '' });

/** After loading, for the application to wake and the stream to open. */
const SETTLE_MS = 3_000;
const SETTLE_SLOW_MS = 8_000;
/** Beyond this a task keeps a visitor waiting. */
const TASK_MS_FREE = 50;

/** In the page, before anything else: notes paints and long tasks. */
function observe() {
  window.measured = { lcp: 0, tasks: [] };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.measured.lcp = entry.startTime;
  }).observe({ type: 'largest-contentful-paint', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.measured.tasks.push([entry.startTime, entry.duration]);
  }).observe({ type: 'longtask', buffered: true });
}

async function visit(context, { isSlow, hasScripts }) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const counted = await countRequests(session);
  await session.send('Performance.enable');
  if (isSlow) {
    await session.send('Network.emulateNetworkConditions', SLOW_NETWORK);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOW_CPU });
  }
  if (hasScripts) await page.addInitScript(observe);
  await page.goto(given.url, { waitUntil: 'load', timeout: 120_000 });
  await pause(isSlow ? SETTLE_SLOW_MS : SETTLE_MS);
  const text = await page.locator('body').innerText();
  if (!text.includes(given.text)) throw new Error(`the page does not say "${given.text}"`);
  const fcp = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null);
  const { lcp, tasks } = hasScripts ? await page.evaluate(() => window.measured) : { lcp: null, tasks: [] };
  // Total blocking time: what long tasks after the first paint take beyond the free part.
  const tbt = tasks
    .filter(([start, duration]) => start + duration > fcp)
    .reduce((sum, [, duration]) => sum + Math.max(0, duration - TASK_MS_FREE), 0);
  const { metrics } = await session.send('Performance.getMetrics');
  const script = metrics.find((metric) => metric.name === 'ScriptDuration').value * 1000;
  const said = { fcp, lcp, tbt, script, ...counted() };
  await page.close();
  return said;
}

const said = {};
for (const mode of ['plain', 'throttled', 'nojs']) {
  said[mode] = { cold: [], warm: [] };
  for (let round = 0; round < given.rounds; round += 1) {
    const browser = await launch();
    try {
      const kind = { isSlow: mode === 'throttled', hasScripts: mode !== 'nojs' };
      const context = await browser.newContext({ javaScriptEnabled: kind.hasScripts });
      said[mode].cold.push(await visit(context, kind));
      said[mode].warm.push(await visit(context, kind));
    } finally {
      await browser.close();
    }
  }
}
console.log(JSON.stringify(said));
