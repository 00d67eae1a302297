// A plain web server for a folder, as one finds it anywhere: files, folders by their index.html, and 404.html for the rest.
import { createServer } from 'node:http';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.css': 'text/css; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/**
 * Serves a folder.
 *
 * @param {string} folder
 * @param {{gzip?: boolean}} [options] whether it compresses what it sends
 * @returns {Promise<{url: string, dispose: () => Promise<void>}>}
 */
export async function serveFiles(folder, options = {}) {
  const server = createServer((request, response) => answer(folder, options, request, response).catch(() => response.destroy()));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dispose = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, dispose };
}

async function answer(folder, { gzip }, request, response) {
  const { pathname } = new URL(request.url, 'http://host');
  const found = await file(path.join(folder, path.normalize(pathname)));
  if (found === 'folder' && !pathname.endsWith('/')) {
    // A browser that asks from another page follows only where it may read the way, too.
    response.writeHead(301, { location: `${pathname}/`, 'access-control-allow-origin': '*' }).end();
    return;
  }
  const name = found === 'folder' ? path.join(folder, pathname, 'index.html') : found;
  const body = name && (await readFile(name).catch(() => undefined));
  const headers = { 'access-control-allow-origin': '*', 'content-type': TYPES[path.extname(name ?? '')] ?? TYPES['.html'] };
  const said = body ?? (await readFile(path.join(folder, '404.html')));
  const status = body ? 200 : 404;
  if (gzip && /\bgzip\b/.test(request.headers['accept-encoding'])) {
    response.writeHead(status, { ...headers, 'content-encoding': 'gzip' }).end(gzipSync(said));
  } else response.writeHead(status, headers).end(said);
}

async function file(name) {
  const found = await stat(name).catch(() => undefined);
  if (found?.isDirectory()) return 'folder';
  return found?.isFile() ? name : undefined;
}
