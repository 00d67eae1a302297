// Every spec runs twice: with the WASM application, and with scripts off. Tag a test @wasm or @plain to bind it to one.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

const here = path.dirname(fileURLToPath(import.meta.url));
const targetDir = process.env.CARGO_TARGET_DIR ?? path.join(here, '..', '..', 'target');

export default defineConfig({
  testDir: 'specs',
  testMatch: '**/*.spec.mjs',
  outputDir: path.join(targetDir, 'browser-tests'),
  // A test that passes on the second try is a bug in the test or in the page.
  retries: 0,
  forbidOnly: true,
  // Each worker runs a Pharos, its targets and a browser; the smallest machine has two cores.
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'wasm', grepInvert: /@plain/ },
    { name: 'plain', grepInvert: /@wasm/, use: { javaScriptEnabled: false } },
  ],
});
