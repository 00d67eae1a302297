// From the probe that confirms a change to the changed text in an open page. Ends with one line of JSON.
//
// The target notes when each probe arrives, the page when its text changes; both read the clock of this machine. The
// probe counts from its arrival, a moment before Pharos knows its result.
import { launch, options, pause, spread } from './common.mjs';

const given = options({ url: '', targets: '', component: '', confirmations: 2, changes: 50 });

/** The longest one change may take to reach the page. */
const CHANGE_MS_MAX = 15_000;
/** How long the page may take to come alive. */
const ALIVE_MS_MAX = 20_000;
/** Probes come once a second: a change begins anywhere between two. */
const PHASE_MS_MAX = 1_000;

const ask = async (path) => {
  const answer = await fetch(given.targets + path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
};

/** In the page: notes the moment at which the component's row first says something else. */
function watchRow(name) {
  const labels = /Operational|Major outage|Partial outage|Degraded performance|Unknown|Under maintenance|No data/i;
  // Absolute time: the page's clock counts from its navigation.
  const now = () => performance.timeOrigin + performance.now();
  const row = () => {
    const links = [...document.querySelectorAll('main a, a')].filter((link) => link.textContent.trim() === name);
    let element = links[0];
    while (element && !labels.test(element.textContent)) element = element.parentElement;
    return element;
  };
  const word = () => row()?.textContent.match(labels)?.[0].toLowerCase();
  const state = { word: word(), changes: [] };
  window.measured = state;
  new MutationObserver(() => {
    const found = word();
    if (found === undefined || found === state.word) return;
    const change = { word: found, textMs: now(), paintedMs: null };
    state.word = found;
    state.changes.push(change);
    // A task that follows a frame runs once that frame is on its way to the screen.
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { change.paintedMs = now(); };
      channel.port2.postMessage(null);
    });
  }).observe(document.documentElement, { subtree: true, childList: true, characterData: true });
  return state.word;
}

/** The arrival of the probe that confirms a change to `status` made at `sinceUs`, in milliseconds. */
async function decidingProbeMs(status, sinceUs) {
  const arrivals = await ask('/control/arrivals/0');
  const after = arrivals.filter(([atUs, answered]) => atUs >= sinceUs && answered === status);
  const deciding = after[given.confirmations - 1];
  if (!deciding) throw new Error(`only ${after.length} probes saw the change to ${status}`);
  return deciding[0] / 1000;
}

const browser = await launch();
try {
  const page = await browser.newPage();
  const loads = [];
  page.on('framenavigated', (frame) => { if (frame === page.mainFrame()) loads.push(frame.url()); });
  const stream = page.waitForRequest((request) => request.url().includes('/events'), { timeout: ALIVE_MS_MAX });
  await page.goto(given.url, { waitUntil: 'load' });
  await stream;
  const first = await page.evaluate(watchRow, given.component);
  if (first !== 'operational') throw new Error(`the page says "${first}" of ${given.component} before anything happened`);

  const texts = [];
  const painted = [];
  for (let change = 0; change < given.changes; change += 1) {
    await pause(Math.random() * PHASE_MS_MAX);
    const status = change % 2 === 0 ? 503 : 200;
    const { at_us: sinceUs } = await ask(`/control/set/0/1/${status}`);
    const seen = await page.waitForFunction(
      (count) => window.measured.changes.length > count && window.measured.changes[count].paintedMs && window.measured.changes[count],
      change,
      { timeout: CHANGE_MS_MAX, polling: 50 },
    );
    const { textMs, paintedMs } = await seen.jsonValue();
    const probeMs = await decidingProbeMs(status, sinceUs);
    texts.push(textMs - probeMs);
    painted.push(paintedMs - probeMs);
  }
  const said = { changes: texts.length, reloads: loads.length - 1, text: spread(texts), painted: spread(painted) };
  console.log(JSON.stringify(said));
} finally {
  await browser.close();
}
