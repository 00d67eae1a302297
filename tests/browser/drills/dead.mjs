// What is left when every server is dead: the widget on somebody else's page, and the copy on a plain web server, with and without scripts.
// Says `watching` when the widget shows the page, and waits until its input ends: then everything is dead. Ends with one line of JSON.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';

import { countRequests, launch, options, pause } from '../bench/common.mjs';
import { axeFindings } from '../support/axe.mjs';
import { serveFiles } from '../support/files.mjs';

const given = options({ origin: '', folder: '', rounds: 3 });

/** How long the widget is given to notice. */
const UNAVAILABLE_MS_MAX = 30_000;
/** After loading, for the application to wake and to ask for what it wants. */
const SETTLE_MS = 2_000;

/** Somebody else's page, which has the widget. */
async function shop() {
  const body = `<!doctype html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,"></head><body><h1>Shop</h1><pharos-status></pharos-status><script async src="${given.origin}/widget.js"></script></body></html>`;
  const server = createHttpServer((_, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => { server.close(); server.closeAllConnections(); } };
}

/** Where the servers were: counts whoever still asks there. */
async function canary() {
  const counted = { asked: 0 };
  const server = createServer((socket) => {
    counted.asked += 1;
    socket.destroy();
  });
  server.listen(Number(new URL(given.origin).port), '127.0.0.1');
  // Where somebody is there still, nothing can be counted.
  await once(server, 'listening').catch(() => { counted.asked = null; });
  return { counted, close: () => server.close() };
}

/** What a visitor misses on a page of the copy, in words; nothing when all is there. */
function missing(wanted) {
  const seen = (selector) => {
    const element = document.querySelector(selector);
    return element !== null && element.getClientRects().length > 0;
  };
  const faults = [];
  const want = (holds, fault) => { if (!holds) faults.push(fault); };
  want(seen('.copied'), 'it does not say that it is a copy');
  want(!Number.isNaN(Date.parse(document.querySelector('.copied time')?.getAttribute('datetime'))), 'it does not say how old it is');
  want(seen('h1'), 'it has no heading');
  want(getComputedStyle(document.body).maxWidth !== 'none', 'it is not styled');
  want(!seen('.live'), 'it tells of a stream');
  if (wanted.banner) {
    const banner = document.querySelector('.banner');
    want(banner && getComputedStyle(banner).borderStyle === 'dashed', 'its banner looks sure');
    want(document.body.innerText.includes(wanted.banner), `it does not say "${wanted.banner}"`);
  }
  return faults;
}

/** One visit of the front page: what it cost and what was missing. */
async function visit(browser, url, hasScripts) {
  const context = await browser.newContext({ javaScriptEnabled: hasScripts });
  try {
    const page = await context.newPage();
    const counted = await countRequests(await context.newCDPSession(page));
    await page.goto(url, { waitUntil: 'load' });
    const load = await page.evaluate(() => performance.getEntriesByType('navigation')[0].loadEventEnd);
    await pause(SETTLE_MS);
    const faults = await page.evaluate(missing, { banner: 'All systems operational' });
    const as_of = await page.evaluate(() => Date.parse(document.querySelector('.copied time')?.getAttribute('datetime')));
    if (hasScripts && !(await page.evaluate(() => performance.getEntriesByName('pharos-awake').length > 0))) faults.push('its scripts do not wake');
    const axe = hasScripts ? await axeFindings(page) : [];
    return { load, faults, as_of, axe, ...counted() };
  } finally {
    await context.close();
  }
}

/** What is missing on other pages, each with its address. */
async function others(browser, url, hasScripts) {
  const context = await browser.newContext({ javaScriptEnabled: hasScripts });
  const faults = [];
  try {
    const page = await context.newPage();
    for (const path of ['components/t0', 'history', 'resilience', 'de/', 'ar/components/t0', 'no/such/page']) {
      await page.goto(`${url}/${path}`, { waitUntil: 'load' });
      faults.push(...(await page.evaluate(missing, {})).map((fault) => `${path}: ${fault}`));
    }
  } finally {
    await context.close();
  }
  return faults;
}

const browser = await launch();
const host = await shop();
try {
  const page = await browser.newPage();
  await page.goto(host.url);
  const word = page.locator('pharos-status .word');
  await word.filter({ hasText: 'All systems operational' }).waitFor({ timeout: UNAVAILABLE_MS_MAX });
  console.log('watching');
  process.stdin.resume();
  await once(process.stdin, 'end');
  const died = performance.now();
  const noticed = await word.filter({ hasText: 'Status unavailable' }).waitFor({ timeout: UNAVAILABLE_MS_MAX }).then(() => true, () => false);
  const said = { widget_s: noticed ? (performance.now() - died) / 1000 : null, plain: [], scripts: [] };
  await page.close();

  const { counted, close } = await canary();
  const files = await serveFiles(given.folder, { gzip: true });
  for (let round = 0; round < given.rounds; round += 1) {
    said.plain.push(await visit(browser, files.url, false));
    said.scripts.push(await visit(browser, files.url, true));
  }
  said.others = [...await others(browser, files.url, false), ...await others(browser, files.url, true)];
  said.asked = counted.asked;
  await files.dispose();
  close();
  console.log(JSON.stringify(said));
} finally {
  host.close();
  await browser.close();
}
