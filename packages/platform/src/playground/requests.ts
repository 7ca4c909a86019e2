/** The requests of the flow, made of an app's real settings, and each one as a line of curl. */
import { hash } from 'node:crypto'
import type { App } from '../developer/app.ts'
import type { Pocket } from './pocket.ts'
import type { RawRequest } from './transcript.ts'

/** The link that a user is sent to. */
export function authorizationLink(app: App, pocket: Pocket, url: string): string {
  if (pocket.door === 'article') {
    const query = new URLSearchParams({
      clientId: app.client_id,
      ...(pocket.verifier && challengeOf(pocket.verifier)),
    })
    return `${url}/page/vendor-auth.html?${query}`
  }
  const query = new URLSearchParams({
    client_id: app.client_id,
    response_type: 'code',
    redirect_uri: pocket.redirectUri,
    state: pocket.state ?? '',
    ...(pocket.verifier && challengeOf(pocket.verifier)),
  })
  return `${url}/oauth/authorize?${query}`
}

function challengeOf(verifier: string): Record<string, string> {
  return {
    code_challenge: hash('sha256', verifier, 'base64url'),
    code_challenge_method: 'S256',
  }
}

export function exchangeRequest(app: App, pocket: Pocket, secret: string): RawRequest {
  const form = {
    grant_type: 'authorization_code',
    code: pocket.code ?? '',
    ...(pocket.door === 'standard' && { redirect_uri: pocket.redirectUri }),
    ...(pocket.verifier && { code_verifier: pocket.verifier }),
  }
  return formRequest(app, '/oauth/token', { form, secret, secrets: [pocket.verifier ?? ''] })
}

export function refreshRequest(app: App, pocket: Pocket, secret: string): RawRequest {
  const form = { grant_type: 'refresh_token', refresh_token: pocket.refresh ?? '' }
  return formRequest(app, '/oauth/token', { form, secret, secrets: [] })
}

export function revokeRequest(app: App, pocket: Pocket, secret: string): RawRequest {
  const form = { token: pocket.refresh ?? '' }
  return formRequest(app, '/oauth/revoke', { form, secret, secrets: [] })
}

export function meRequest(pocket: Pocket): RawRequest {
  const headers = { Authorization: `Bearer ${pocket.access ?? ''}` }
  return { method: 'GET', path: '/v1.0/me', headers, body: '', secrets: [] }
}

/** A confidential app proves itself by Basic, a public one names itself. */
function formRequest(
  app: App,
  path: string,
  about: { form: Record<string, string>; secret: string; secrets: readonly string[] },
): RawRequest {
  const { form, secret, secrets } = about
  const isPublic = app.is_public === 1
  const encoded = Buffer.from(`${app.client_id}:${encodeURIComponent(secret)}`).toString('base64')
  return {
    method: 'POST',
    path,
    headers: {
      ...(!isPublic && { Authorization: `Basic ${encoded}` }),
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body: String(new URLSearchParams(isPublic ? { ...form, client_id: app.client_id } : form)),
    secrets: [...secrets, secret, encoded],
  }
}

/** The same by curl, with names of the shell in the place of everything secret. */
export function curlLines(app: App, pocket: Pick<Pocket, 'door' | 'redirectUri'>, url: string) {
  const who =
    app.is_public === 1 ? `-d client_id=${app.client_id}` : `-u "${app.client_id}:$CLIENT_SECRET"`
  const redirect =
    pocket.door === 'standard'
      ? ` \\\n  --data-urlencode ${quoted(`redirect_uri=${pocket.redirectUri}`)}`
      : ''
  const proof =
    pocket.door === 'standard' || app.is_public === 1
      ? ' \\\n  -d "code_verifier=$CODE_VERIFIER"'
      : ''
  return {
    exchange: `curl '${url}/oauth/token' ${who} \\\n  -d grant_type=authorization_code -d "code=$CODE"${redirect}${proof}`,
    me: `curl '${url}/v1.0/me' -H "Authorization: Bearer $ACCESS_TOKEN"`,
    refresh: `curl '${url}/oauth/token' ${who} \\\n  -d grant_type=refresh_token -d "refresh_token=$REFRESH_TOKEN"`,
    disconnect: `curl '${url}/oauth/revoke' ${who} \\\n  -d "token=$REFRESH_TOKEN"`,
  }
}

/** For a shell: a quote cannot end it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
