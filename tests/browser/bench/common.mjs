// What the browser's measurements share: options, the system's Chromium, and what is said of many figures.
import { chromium } from '@playwright/test';

/** Reads `--name value` pairs; every option of `defaults` may be given, and no other. */
export function options(defaults) {
  const read = { ...defaults };
  const words = process.argv.slice(2);
  for (let place = 0; place < words.length; place += 2) {
    const name = words[place].replace(/^--/, '');
    if (!(name in defaults)) throw new Error(`there is no option --${name}: choose from ${Object.keys(defaults).join(', ')}`);
    read[name] = typeof defaults[name] === 'number' ? Number(words[place + 1]) : words[place + 1];
  }
  return read;
}

/** A slow phone on a slow network, with the figures of Lighthouse's throttling by the browser itself. */
export const SLOW_NETWORK = { offline: false, latency: 562.5, downloadThroughput: 180_000, uploadThroughput: 84_375 };
export const SLOW_CPU = 4;

/** A fresh browser with nothing in its cache, which asks nobody but this machine. */
export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}

/** Median and largest of some numbers. */
export function spread(numbers) {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const p50 = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
  return { p50, max: sorted.at(-1), min: sorted[0] };
}

/** Waits; for measurements only, where the passing of time is what is wanted. */
export function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

/** Counts what goes over the wire. What comes from the cache costs nothing; a stream that is open counts so far. */
export async function countRequests(session) {
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
