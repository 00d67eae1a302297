// Runs the real binary: starts it, waits until it listens, kills it, and starts it again on the same port and data.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

const START_MS_MAX = 15_000;
const STOP_MS_MAX = 15_000;
const LOG_LINES_MAX = 5_000;
const GREETING = /listening on http:\/\/([^\s/]+):(\d+)/;

/**
 * Starts `pharos serve` on a configuration, or `pharos demo` when there is none.
 *
 * @param {object} options
 * @param {string} [options.config] YAML text of the configuration
 * @param {string[]} [options.args] further arguments
 * @param {Record<string, string>} [options.env] further environment
 * @param {string} [options.binary] another program than PHAROS_BIN
 * @returns {Promise<PharosServer>} listening
 */
export async function startPharos(options = {}) {
  const binary = options.binary ?? process.env.PHAROS_BIN;
  if (!binary) throw new Error('PHAROS_BIN is not set: run these tests by `cargo xtask test`');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pharos-browser-test-'));
  const server = new PharosServer(binary, folder, options);
  try {
    if (options.config !== undefined) await server.writeConfig(options.config);
    await server.start();
  } catch (error) {
    await server.dispose();
    throw error;
  }
  return server;
}

export class PharosServer {
  #binary;
  #folder;
  #options;
  #child;
  #port = 0;
  #log = [];

  constructor(binary, folder, options) {
    this.#binary = binary;
    this.#folder = folder;
    this.#options = options;
  }

  /** Base address, without a slash at its end. The same after every restart. */
  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  get dataDir() {
    return path.join(this.#folder, 'data');
  }

  get configPath() {
    return path.join(this.#folder, 'pharos.yaml');
  }

  /** Everything the server wrote so far, over all its lives. */
  get log() {
    return this.#log.join('\n');
  }

  async writeConfig(text) {
    await writeFile(this.configPath, text);
  }

  /** Starts the binary and waits for its `listening on` line. The first start takes any free port, later ones the same. */
  async start() {
    const verb = this.#options.config === undefined ? ['demo'] : ['serve', '--config', this.configPath];
    const listen = ['--listen', `127.0.0.1:${this.#port}`, '--data', this.dataDir];
    const child = spawn(this.#binary, [...verb, ...listen, ...(this.#options.args ?? [])], {
      env: { ...process.env, ...this.#options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    await within(START_MS_MAX, 'the server did not start', () => this.log, new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`the server ended (${signal ?? code}):\n${this.log}`)));
      this.#readLines(child.stderr, () => {});
      this.#readLines(child.stdout, (line) => {
        const greeting = GREETING.exec(line);
        if (greeting) resolve(Number(greeting[2]));
      });
    }).then((port) => { this.#port = port; }));
  }

  #readLines(stream, onLine) {
    createInterface({ input: stream }).on('line', (line) => {
      this.#log.push(line);
      if (this.#log.length > LOG_LINES_MAX) this.#log.shift();
      onLine(line);
    });
  }

  get isRunning() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends a signal, for example SIGHUP, and does not wait. */
  signal(name) {
    this.#child.kill(name);
  }

  /** Ends it as a power cut would, and waits until it is gone. */
  async kill9() {
    await this.#end('SIGKILL');
  }

  /** Ends it politely and waits. Returns the exit code, or the signal's name. */
  async stop() {
    return this.#end('SIGTERM');
  }

  async restart() {
    if (this.isRunning) await this.stop();
    await this.start();
  }

  async #end(signal) {
    const child = this.#child;
    if (this.isRunning) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await within(STOP_MS_MAX, `the server did not end after ${signal}`, () => this.log, ended);
    }
    return child?.exitCode ?? child?.signalCode;
  }

  /** Kills what still runs and removes its files. */
  async dispose() {
    if (this.isRunning) await this.kill9();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Waits for a promise, but not for ever. */
async function within(limitMs, complaint, details, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${complaint} within ${limitMs} ms:\n${details()}`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
