// What waking a page costs a slow phone on a slow network: from the application's start until its parts are alive, what it blocks, and
// whether anything moves. Ends with one line of JSON.
import { launch, options, pause, SLOW_CPU, SLOW_NETWORK } from './common.mjs';

const given = options({ url: '', rounds: 3, text: '' });

/** For the stream to bring its first news and the page to follow them. */
const SETTLE_MS = 6_000;
/** Beyond this a task keeps a visitor waiting. */
const TASK_MS_FREE = 50;

/** In the page, before anything else: notes long tasks and what moves. */
function observe() {
  window.measured = { tasks: [], moved: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.measured.tasks.push([entry.startTime, entry.duration]);
  }).observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.measured.moved += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
}

async function round() {
  const browser = await launch();
  try {
    const page = await (await browser.newContext()).newPage();
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', SLOW_NETWORK);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOW_CPU });
    await page.addInitScript(observe);
    await page.goto(given.url, { waitUntil: 'load', timeout: 120_000 });
    await page.waitForFunction(() => performance.getEntriesByName('pharos-awake').length > 0, undefined, { timeout: 60_000 });
    await pause(SETTLE_MS);
    if (!(await page.locator('body').innerText()).includes(given.text)) throw new Error(`the page does not say "${given.text}"`);
    const said = await page.evaluate((free) => {
      const at = (name) => performance.getEntriesByName(name)[0].startTime;
      const paint = at('first-contentful-paint');
      const late = window.measured.tasks.filter(([start, duration]) => start + duration > paint);
      return {
        wake: at('pharos-awake') - at('pharos-wake'),
        blocked: late.reduce((sum, [, duration]) => sum + Math.max(0, duration - free), 0),
        longest: Math.max(0, ...late.map(([, duration]) => duration)),
        moved: window.measured.moved,
      };
    }, TASK_MS_FREE);
    const { metrics } = await session.send('Performance.getMetrics');
    return { ...said, script: metrics.find((metric) => metric.name === 'ScriptDuration').value * 1000 };
  } finally {
    await browser.close();
  }
}

const rounds = [];
for (let number = 0; number < given.rounds; number += 1) rounds.push(await round());
console.log(JSON.stringify(rounds));
