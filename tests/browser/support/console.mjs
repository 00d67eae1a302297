// Watches a browser context: whatever a careful visitor would find in the console fails the test.

/** Most problems that are kept; one is enough to fail. */
const PROBLEMS_MAX = 50;
const CSP_MARK = 'pharos-csp-violation ';

/** What a browser says of a server that is gone, whatever it was fetching at that moment: a stream, a file, the worker's script. */
export const GONE = /ERR_|net::|Failed to (load|fetch)|EventSource|error occurred when fetching the script/;
/** The same of a page that asks its mirrors then. */
export const GONE_TO_MIRROR = new RegExp(`${GONE.source}|request to another origin`);

/**
 * Starts watching every page of a context for console errors and warnings, uncaught exceptions, violations of the
 * content security policy and requests to another origin.
 *
 * @param {import('@playwright/test').BrowserContext} context
 * @returns {Promise<Watch>}
 */
export async function watchContext(context) {
  const watch = new Watch();
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      watch.note(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    } else if (message.text().startsWith(CSP_MARK)) {
      watch.note(message.text());
    }
  });
  context.on('weberror', (webError) => watch.note(`uncaught: ${webError.error().stack ?? webError.error()}`));
  context.on('request', (request) => {
    const page = pageOrigin(request);
    const asked = new URL(request.url());
    if (page && /^(https?|wss?):$/.test(asked.protocol) && asked.origin !== page) {
      watch.note(`request to another origin: ${asked.href} from ${page}`);
    }
  });
  await context.addInitScript((mark) => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.log(`${mark}${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  }, CSP_MARK);
  return watch;
}

/** What was noticed in one context. */
export class Watch {
  #noticed = [];
  #expected = [];

  note(problem) {
    if (this.#noticed.length < PROBLEMS_MAX) this.#noticed.push(problem);
  }

  /**
   * Says that a test provokes a problem on purpose: a killed server makes Chromium log a refused connection.
   *
   * @param {RegExp} pattern of the text that is to be expected
   */
  expect(pattern) {
    this.#expected.push(pattern);
  }

  /** True once a problem with this text was noticed, expected or not. */
  hasNoticed(pattern) {
    return this.#noticed.some((problem) => pattern.test(problem));
  }

  /** Every problem that nobody expected. */
  problems() {
    return this.#noticed.filter((problem) => !this.#expected.some((pattern) => pattern.test(problem)));
  }
}

/** The origin of the page that asks, or nothing for a navigation, which says itself where it goes. */
function pageOrigin(request) {
  if (request.serviceWorker() || request.isNavigationRequest()) return undefined;
  const url = request.frame().page().mainFrame().url();
  return url.startsWith('http') ? new URL(url).origin : undefined;
}
