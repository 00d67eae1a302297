// A provider of OpenID Connect, in a process of its own: whoever comes says who they are, and is asked for nothing else.
// Writes its address as the first line; `PUT /groups/NAME` with a list changes the groups of a person.
import { once } from 'node:events';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const groups = new Map();
const server = createServer();
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'pharos',
      client_secret: process.env.CLIENT_SECRET,
      redirect_uris: ['http://127.0.0.1/admin/oidc/callback'],
    },
  ],
  claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, groups: groups.get(id) ?? [] }),
  }),
});
// The page under test has another port each time.
provider.Client.prototype.redirectUriAllowed = (uri) => /^http:\/\/127\.0\.0\.1:\d+\/admin\/oidc\/callback$/.test(uri);

const answer = provider.callback();
server.on('request', async (request, response) => {
  if (request.url === '/favicon.ico') return response.writeHead(204).end();
  const [, name] = /^\/groups\/(\w+)$/.exec(request.url) ?? [];
  if (!name) return answer(request, response);
  let body = '';
  for await (const piece of request) body += piece;
  groups.set(name, JSON.parse(body));
  response.writeHead(204).end();
});
console.log(issuer);
