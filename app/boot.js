// Wakes the interactive parts of a page that the server has already drawn.
//
// The page is complete without this file. It runs once the browser is idle, so it never delays the first paint, and
// whatever goes wrong here leaves the page as the server wrote it. The build puts the hashed file names in.

import { watchDays } from './__PHAROS_DAYS__';

const scriptUrl = new URL('./__PHAROS_JS__', import.meta.url);
const wasmUrl = new URL('./__PHAROS_WASM__', import.meta.url);

// A page that is never idle is woken after this long all the same.
const IDLE_WAIT_MS_MAX = 2000;
// For browsers that cannot tell when they are idle: long enough for the first paint.
const IDLE_GUESS_MS = 200;
// The longest piece of work at a stretch: a slow telephone's is four times as long and must stay below what is felt.
const WORK_MS_MAX = 8;

function whenIdle() {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in window) {
      requestIdleCallback(resolve, { timeout: IDLE_WAIT_MS_MAX });
    } else {
      setTimeout(resolve, IDLE_GUESS_MS);
    }
  });
}

async function load(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: the server answered ${response.status}`);
  return response;
}

// The texts of the page's living parts, in its language.
async function loadWords() {
  const name = document.querySelector('meta[name=pharos-words]').content;
  return (await load(new URL(`./${name}`, import.meta.url))).text();
}

// Lets the browser answer its visitor and draw before the next piece of work.
function breathe() {
  return new Promise((resolve) => setTimeout(resolve));
}

// Document order puts an outer island before those inside it, as Leptos expects.
async function wakeIslands(app) {
  const unknown = [];
  let begun = performance.now();
  for (const island of document.querySelectorAll('leptos-island')) {
    if (performance.now() - begun > WORK_MS_MAX) {
      await breathe();
      begun = performance.now();
    }
    // An outer island may have replaced what was inside it.
    if (!island.isConnected) continue;
    const wake = app[island.dataset.component];
    if (!wake) {
      unknown.push(island.dataset.component);
      continue;
    }
    // An outer island leaves a hook on the slot that holds its children: it brings the outer context back for them.
    island.parentElement.closest('leptos-children')?.$$on_hydrate?.();
    await wake(island);
  }
  if (unknown.length > 0) throw new Error(`these islands are not in the application: ${unknown.join(', ')}`);
}

// How often the kept copy of an open page is renewed: it stays as it was loaded, while the page goes on.
const KEEP_MS = 300000;

// Asks the browser to keep this page and what it is made of, for when no server answers. What was loaded before there was
// a worker is named to it.
async function keepCopy() {
  const workers = navigator.serviceWorker;
  if (!workers) return;
  const isNew = !workers.controller;
  const home = new URL('..', import.meta.url).href;
  await workers.register(`${home}service-worker.js`);
  const { active } = await workers.ready;
  const keep = isNew ? [location.pathname] : [];
  for (const { name } of performance.getEntriesByType('resource')) {
    if (name.startsWith(`${home}assets/`) || name.startsWith(`${home}brand/`)) keep.push(name.slice(location.origin.length));
  }
  active.postMessage({ keep });
  const renew = () => active.postMessage({ keep: [location.pathname] });
  setInterval(() => document.hidden || renew(), KEEP_MS);
  document.addEventListener('visibilitychange', () => document.hidden && renew());
}

try {
  await whenIdle();
  const [app, response, words] = await Promise.all([import(scriptUrl), load(wasmUrl), loadWords()]);
  await app.default({ module_or_path: response });
  await breathe();
  performance.mark('pharos-wake');
  app.hydrate(words);
  await breathe();
  app.localise();
  self.localise = app.localise;
  await breathe();
  await wakeIslands(app);
  performance.mark('pharos-awake');
  app.follow(performance.getEntriesByType('navigation')[0]?.type === 'reload');
  watchDays(app.day);
} catch (error) {
  console.error('Pharos: the page stays as it was loaded, without live updates.', error);
}
// A browser may forbid its store: then it keeps nothing.
keepCopy().catch(() => {});
