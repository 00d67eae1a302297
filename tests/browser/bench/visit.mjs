// What one visit costs: requests, bytes, paints and blocked time; first and second, on a slow phone and network, and
// without scripts. Ends with one line of JSON.
import { launch, options, pause, SLOW_CPU, SLOW_NETWORK } from './common.mjs';

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

/** Counts what goes over the wire. What comes from the cache costs nothing; a stream that is open counts so far. */
async function countRequests(session) {
  const requests = new Map();
  await session.send('Network.enable');
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (!request.url.startsWith('data:')) requests.set(requestId, { url: request.url, head: 0, body: 0, whole: null, cached: false });
  });
  const on = (event, note) => session.on(event, (said) => {
    const request = requests.get(said.requestId);
    if (request) note(request, said);
  });
  on('Network.requestServedFromCache', (request) => { request.cached = true; });
  on('Network.responseReceived', (request, { response }) => {
    request.cached ||= response.fromDiskCache;
    request.head = response.encodedDataLength;
  });
  on('Network.dataReceived', (request, { encodedDataLength }) => { request.body += encodedDataLength; });
  on('Network.loadingFinished', (request, { encodedDataLength }) => { request.whole = encodedDataLength; });
  return () => {
    const sent = [...requests.values()].filter((request) => !request.cached);
    const parts = sent.map((request) => [new URL(request.url).pathname, request.whole ?? request.head + request.body]);
    return { requests: sent.length, bytes: parts.reduce((sum, [, bytes]) => sum + bytes, 0), parts };
  };
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
