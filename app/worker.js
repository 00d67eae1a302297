// The page's own failover, in the browser: keeps the last good pages, and when no server answers shows what the mirrors
// have, in their order, else the copy it kept, and says which it is and how old.
//
// It changes nothing while the server answers. It never keeps what may not be kept (`no-store`), and has a bound for all
// that it keeps and for how long it waits.
const MIRRORS = __PHAROS_MIRRORS__;
// The path under which all of the page is, on its mirrors too.
const HOME = location.pathname.replace(/[^/]*$/, '');
const OPERATORS = RegExp(`^${HOME}(admin|api)\\b`);
const ASSET = RegExp(`^${HOME}(assets|brand)/`);
const PAGES = 'pharos-pages';
const ASSETS = 'pharos-assets';
const KEPT_MAX = { [PAGES]: 30, [ASSETS]: 40 };
// A server that takes longer is taken for gone; a mirror has less time, because others may follow.
const ANSWER_MS_MAX = 8000;
const MIRROR_MS_MAX = 2500;
const NO_SCRIPTS = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:";

addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));

// A page that was there before its worker says what it is made of.
addEventListener('message', (event) => {
  const wanted = Array.isArray(event.data?.keep) ? event.data.keep.slice(0, KEPT_MAX[ASSETS]) : [];
  event.waitUntil(Promise.all(wanted.map((path) => first(String(path)))));
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  // What is for operators is never kept, and nothing stands in for it.
  if (request.method !== 'GET' || origin !== location.origin || OPERATORS.test(pathname)) return;
  if (request.destination === 'document') event.respondWith(page(event, pathname));
  else if (ASSET.test(pathname)) event.respondWith(asset(request, pathname));
});


async function first(path) {
  try {
    if (ASSET.test(path)) await asset(path, path);
    else await keep(PAGES, path, await fetch(path));
  } catch {}
}

async function keep(name, path, answer) {
  const isPage = name === PAGES;
  if (answer.status !== 200 || answer.redirected) return;
  if (isPage && !/^text\/html/.test(answer.headers.get('content-type'))) return;
  if (/no-store/.test(answer.headers.get('cache-control'))) return;
  const cache = await caches.open(name);
  await cache.put(path, answer.clone());
  // What was used last stands last.
  const paths = await cache.keys();
  await Promise.all(paths.slice(0, -KEPT_MAX[name]).map((old) => cache.delete(old)));
}

async function page(event, path) {
  const asked = fetch(event.request);
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ANSWER_MS_MAX);
  });
  const answer = await Promise.race([asked, late]).catch(() => {});
  clearTimeout(timer);
  if (answer && answer.status < 500) {
    event.waitUntil(keep(PAGES, path, answer.clone()).catch(() => {}));
    return answer;
  }
  return (await mirrored(path)) ?? (await kept(path).catch(() => {})) ?? asked;
}

// What is said on a page that does not come from its server, put above everything else that it says.
function told(html, policy, attribute, value) {
  const text = new RegExp(`<meta name="pharos-kept"[^>]* ${attribute}="([^"]*)"`).exec(html)?.[1] ?? '';
  const notice = `<aside class="notice kept" role="status">${text.replace(/\{\w+\}/, () => value)}</aside>`;
  const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
  headers['content-security-policy'] = (policy ?? NO_SCRIPTS).replace(/connect-src 'self'[^;]*/, () => ["connect-src 'self'", ...MIRRORS].join(' '));
  // A mirror's page is told of our mirrors: here it can follow no others.
  const mirrors = `<meta name="pharos-mirrors" content="${MIRRORS.join(' ')}">`;
  const page = html.replace(/<meta name="pharos-mirrors"[^>]*>/, '').replace('</head>', () => `${mirrors}</head>`);
  return new Response(page.replace('<main ', () => `${notice}<main `), { headers });
}

async function mirrored(path) {
  for (const mirror of MIRRORS) {
    try {
      const answer = await fetch(mirror + path, { credentials: 'omit', signal: AbortSignal.timeout(MIRROR_MS_MAX) });
      const html = await answer.text();
      if (answer.ok && html.includes('name="pharos-seq"')) {
        // A plain web server says nothing of what a page may do; the page itself does.
        const policy = answer.headers.get('content-security-policy') ?? /-policy" content="([^"]*)/.exec(html)?.[1];
        return told(html, policy, 'data-mirrored', new URL(mirror).host);
      }
    } catch {}
  }
}

// The page itself, else the same in a language the visitor reads, else the first page.
async function kept(path) {
  const cache = await caches.open(PAGES);
  const [prefix] = /^[a-z]{2}\//.exec(path.slice(HOME.length)) ?? [''];
  const prefixes = prefix ? [prefix] : ['', ...navigator.languages.map((tag) => `${tag.slice(0, 2)}/`)];
  const rest = path.slice(HOME.length + prefix.length);
  for (const wanted of [rest, '']) {
    for (const start of prefixes) {
      const answer = await cache.match(HOME + start + wanted, { ignoreVary: true });
      if (!answer) continue;
      const html = await answer.text();
      const language = /<html lang="(\w+)"/.exec(html)?.[1];
      const time = new Date(answer.headers.get('date')).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
      return told(html, answer.headers.get('content-security-policy'), 'content', time);
    }
  }
}

// Assets never change under their names: what is kept is as good as what would come.
async function asset(request, path) {
  const cache = await caches.open(ASSETS);
  const found = await cache.match(path, { ignoreVary: true });
  if (found) return found;
  let answer;
  for (const source of [request, ...MIRRORS.map((mirror) => mirror + path)]) {
    try {
      answer = source === request ? await fetch(request) : await fetch(source, { credentials: 'omit', signal: AbortSignal.timeout(MIRROR_MS_MAX) });
      if (answer.ok) break;
    } catch {}
  }
  if (answer?.ok) await keep(ASSETS, path, answer.clone()).catch(() => {});
  return answer ?? Response.error();
}
