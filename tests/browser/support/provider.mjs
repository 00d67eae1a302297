// Starts a provider of OpenID Connect as a process, and speaks for the people whom it knows.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('provider-process.mjs', import.meta.url));
export const CLIENT_SECRET = 'a+secret/with=signs %';

/** Starts a provider. */
export async function startProvider() {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { ...process.env, CLIENT_SECRET },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [issuer] = await once(createInterface(child.stdout), 'line');
  return new Provider(child, issuer);
}

class Provider {
  #child;
  issuer;

  constructor(child, issuer) {
    this.#child = child;
    this.issuer = issuer;
  }

  /** Puts a person into groups. */
  async setGroups(name, groups) {
    const answer = await fetch(`${this.issuer}/groups/${name}`, { method: 'PUT', body: JSON.stringify(groups) });
    if (!answer.ok) throw new Error(`the provider answered ${answer.status}`);
  }

  async dispose() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
