// Operators who sign in through a provider: a real one, in a process of its own.
import { expect, test } from '../support/fixtures.mjs';
import { becomeFirst } from '../support/operator.mjs';
import { CLIENT_SECRET, startProvider } from '../support/provider.mjs';

const config = (provider) => `
page: { name: Example }
components:
  - id: api
    name: Public API
    checks: []
sign_in:
  oidc:
    name: Example ID
    issuer: ${provider.issuer}
    client_id: pharos
    client_secret: \${OIDC_SECRET}
    scopes: [openid, profile, groups]
    roles: { claim: groups, admin: [leads], responder: [sre], viewer: [staff] }
`;
const env = { OIDC_SECRET: CLIENT_SECRET };

/** Goes from the sign-in page to the provider's, and is there. */
async function leave(page, server, next = '') {
  await page.goto(`${server.url}/admin/sign-in${next && `?next=${encodeURIComponent(next)}`}`);
  await page.getByRole('link', { name: 'Sign in with Example ID' }).click();
}

/** Says to the provider who one is, and that the page may know. */
async function tell(page, name) {
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('anything');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

async function forget(context) {
  await context.clearCookies();
}

/** The provider's own pages are not ours to judge. */
const OF_PROVIDER = /Content.Security.Policy|fonts\.googleapis|net::ERR/i;

test('somebody is let in with the role of their groups, and has another when these are others', async ({ page, context, pharos, provider, watch }) => {
  watch.expect(OF_PROVIDER);
  watch.expect(/403/);
  await provider.setGroups('lena', ['sre', 'leads']);
  const server = await pharos({ config: config(provider), env });
  await becomeFirst(page, server);
  await forget(context);
  await leave(page, server, '/admin/users');
  await tell(page, 'lena');
  await expect(page.getByRole('heading', { level: 1, name: 'Users' })).toBeVisible();
  await expect(page.locator('main')).toContainText('lena');

  await forget(context);
  await provider.setGroups('lena', ['staff']);
  await leave(page, server);
  await tell(page, 'lena');
  await expect(page.getByRole('heading', { level: 1, name: 'Now' })).toBeVisible();
  await page.goto(`${server.url}/admin/users`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not allowed');
});

test('whom no rule names stays outside and is told so', async ({ page, pharos, provider, watch }) => {
  watch.expect(OF_PROVIDER);
  watch.expect(/403/);
  const server = await pharos({ config: config(provider), env });
  await leave(page, server);
  await tell(page, 'guest');
  await expect(page.locator('main')).toContainText('nothing there says that you may work on this page');
  await page.goto(`${server.url}/admin`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in');
});

test('a name at the provider proves nothing about a user of the page', async ({ page, context, pharos, provider, watch }) => {
  watch.expect(OF_PROVIDER);
  await provider.setGroups('anna', ['staff']);
  const server = await pharos({ config: config(provider), env });
  await becomeFirst(page, server);
  await forget(context);
  await leave(page, server);
  await tell(page, 'anna');
  await expect(page.getByRole('heading', { level: 1, name: 'Now' })).toBeVisible();
  await page.goto(`${server.url}/admin/me`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^anna-[0-9a-f]{8}$/);
  await expect(page.locator('main')).toContainText('viewer');
});

test('who turns back at the provider is told so and may try again', async ({ page, pharos, provider, watch }) => {
  watch.expect(OF_PROVIDER);
  watch.expect(/401/);
  await provider.setGroups('lena', ['leads']);
  const server = await pharos({ config: config(provider), env });
  await leave(page, server);
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expect(page.locator('main')).toContainText('Example ID let nobody in');
  await leave(page, server);
  await tell(page, 'lena');
  await expect(page.getByRole('heading', { level: 1, name: 'Now' })).toBeVisible();
});

test('a way back that was not begun in this browser leads nowhere', async ({ page, pharos, provider, watch }) => {
  watch.expect(/400/);
  const server = await pharos({ config: config(provider), env });
  await page.goto(`${server.url}/admin/oidc/callback?code=stolen&state=guessed`);
  await expect(page.locator('main')).toContainText('was not begun in this browser');
  // Nor does one that another began and that this browser was made to keep under another state.
  const begun = await page.request.get(`${server.url}/admin/oidc`, { maxRedirects: 0 });
  expect(new URL(begun.headers().location).searchParams.get('code_challenge_method')).toBe('S256');
  await page.goto(`${server.url}/admin/oidc/callback?code=stolen&state=guessed`);
  await expect(page.locator('main')).toContainText('was not begun in this browser');
});

test('a provider that is down keeps nobody out who has a password', async ({ page, context, pharos, watch }) => {
  watch.expect(/502/);
  const provider = await startProvider();
  const server = await pharos({ config: config(provider), env });
  await becomeFirst(page, server);
  await forget(context);
  await provider.dispose();
  await leave(page, server);
  await expect(page.locator('main')).toContainText('Example ID cannot be asked');
  await page.goto(`${server.url}/admin/sign-in`);
  await expect(page.getByLabel('Password')).toBeVisible();
});
