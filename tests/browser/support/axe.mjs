// Asks axe-core what an open page does to people who see, hear or point differently.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Everything axe-core objects to, a line each; empty when it objects to nothing.
 *
 * @param {import('@playwright/test').Page} page open, with scripts
 * @returns {Promise<string[]>}
 */
export async function axeFindings(page) {
  await page.evaluate(source);
  return page.evaluate(async () => {
    // Best practices, such as landmarks and the order of headings, count here as much as the guidelines' rules.
    const { violations } = await globalThis.axe.run(document);
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
  });
}
