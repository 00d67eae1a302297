#!/usr/bin/env node
// Stands in for the binary in the harness' own tests: same arguments, same greeting, and a page that counts its starts.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';

const after = (flag) => process.argv[process.argv.indexOf(flag) + 1];
const [host, port] = after('--listen').split(':');
const dataDir = after('--data');
const countPath = path.join(dataDir, 'starts');

mkdirSync(dataDir, { recursive: true });
let starts = 1;
try {
  starts += Number(readFileSync(countPath, 'utf8'));
} catch {
  // The first start.
}
writeFileSync(countPath, String(starts));

const server = createServer((request, response) => {
  response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': "default-src 'none'; img-src data:" });
  response.end(`<!doctype html><html lang="en"><title>Stand-in</title><link rel="icon" href="data:,"><p>start ${starts}</p></html>`);
});
server.listen(Number(port), host, () => console.log(`listening on http://${host}:${server.address().port}`));
process.on('SIGTERM', () => process.exit(0));
