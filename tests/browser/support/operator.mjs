// Operators in a browser: the first of them, and the codes of their second factor.
import { createHmac } from 'node:crypto';

import { expect } from './fixtures.mjs';

export const PASSWORD = 'correct horse battery';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code of RFC 6238 for a secret in base32, at a time in milliseconds. */
export function code(secret, at) {
  const bits = [...secret].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const hash = createHmac('sha1', key).update(counter).digest();
  const number = hash.readUInt32BE(hash[19] & 0xf) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Makes the first operator, `anna`, with the link in the log; she is signed in then. */
export async function becomeFirst(page, server) {
  const [, query] = /\/admin\/setup\?(code=[\w-]+)/.exec(server.log);
  await page.goto(`${server.url}/admin/setup?${query}`);
  await page.getByLabel('Name').fill('anna');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Make this operator' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Now' })).toBeVisible();
}

/** Signs in; without a code, where there is no second factor. */
export async function signIn(page, server, name, secondFactor = '') {
  await page.goto(`${server.url}/admin/sign-in`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel('Code').fill(secondFactor);
  await page.getByRole('button', { name: 'Sign in' }).click();
}
