// Small services for Pharos to watch, with a switch: up, down (refuses), slow, or failing with 500.
import { once } from 'node:events';
import { createServer } from 'node:http';

const MODES = ['up', 'down', 'slow', 'error'];

/**
 * Starts a target that is up.
 *
 * @param {object} [options]
 * @param {number} [options.slowMs] how long an answer takes in mode `slow`
 * @param {object} [options.document] answered as JSON in mode `up`; without it the answer is the text `ok`
 * @returns {Promise<Target>} listening
 */
export async function startTarget(options = {}) {
  const target = new Target(options);
  await target.setMode('up');
  return target;
}

export class Target {
  #server;
  #port = 0;
  #mode = 'down';
  #slowMs;
  /** Requests answered or begun so far. */
  hits = 0;
  /** The document answered in mode `up`; may be replaced at any time. */
  document;

  constructor({ slowMs = 2_000, document } = {}) {
    this.#slowMs = slowMs;
    this.document = document;
  }

  /** Address with the same port over all modes. */
  get url() {
    return `http://127.0.0.1:${this.#port}/`;
  }

  get port() {
    return this.#port;
  }

  get mode() {
    return this.#mode;
  }

  /** Throws the switch; done when a new connection meets the new mode. */
  async setMode(mode) {
    if (!MODES.includes(mode)) throw new Error(`a target has the modes ${MODES.join(', ')}, and not ${mode}`);
    this.#mode = mode;
    if (mode === 'down') {
      await this.#close();
    } else if (!this.#server) {
      await this.#listen();
    }
  }

  async #listen() {
    const server = createServer((request, response) => this.#answer(request, response));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    this.#port = server.address().port;
  }

  async #close() {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  #answer(request, response) {
    this.hits += 1;
    request.resume();
    if (this.#mode === 'error') {
      response.writeHead(500, { 'content-type': 'text/plain' }).end('failing on purpose\n');
    } else if (this.#mode === 'slow') {
      const timer = setTimeout(() => this.#answerWell(response), this.#slowMs);
      response.once('close', () => clearTimeout(timer));
    } else {
      this.#answerWell(response);
    }
  }

  #answerWell(response) {
    const isJson = this.document !== undefined;
    response.writeHead(200, { 'content-type': isJson ? 'application/json' : 'text/plain' });
    response.end(isJson ? JSON.stringify(this.document) : 'ok\n');
  }

  async dispose() {
    await this.setMode('down');
  }
}
