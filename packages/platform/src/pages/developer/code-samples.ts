/**
 * Lines to paste, with one application's own values: for a shell with curl, and for `@latchkey/vendor`.
 * The values are quoted, whatever they hold: these lines run on somebody's machine.
 */
import type { App } from '../../developer/app.ts'

export interface CodeSample {
  readonly label: string
  /** What to do with it, in a sentence. */
  readonly words: string
  readonly code: string
}

type Sampled = Pick<App, 'client_id' | 'is_public' | 'redirect_uris'>

export function curlSamples(app: Sampled, url: string): readonly CodeSample[] {
  const { client_id: clientId } = app
  const redirect = firstRedirect(app)
  const isPublic = app.is_public === 1
  const who = isPublic ? `-d client_id=${clientId}` : `-u ${clientId}:"$CLIENT_SECRET"`
  const endpoint = shell(`${url}/api/user-web/oauth/token`)
  return [
    ...(isPublic
      ? pkceConnect(app, url)
      : [
          {
            label: 'The link to connect',
            words: 'Send a user here. The browser comes back to your redirect URL with a code.',
            code: `${url}/page/vendor-auth.html?clientId=${clientId}`,
          },
        ]),
    {
      label: 'The exchange',
      words: 'Exchange the code, once, within five minutes.',
      code: `curl ${endpoint} ${who} \\
  -d grant_type=authorization_code -d code="$CODE" \\
  --data-urlencode ${shell(`redirect_uri=${redirect}`)}${isPublic ? ' \\\n  -d code_verifier="$VERIFIER"' : ''}`,
    },
    {
      label: 'The call',
      words: 'Call the API for the user.',
      code: `curl ${shell(`${url}/v1.0/me`)} -H "Authorization: Bearer $ACCESS_TOKEN"`,
    },
    {
      label: 'The refresh',
      words: isPublic
        ? 'Get a new pair before the hour is over. Keep the newest refresh token: the older one is used up.'
        : 'Get a new access token before the hour is over.',
      code: `curl ${endpoint} ${who} \\
  -d grant_type=refresh_token -d refresh_token="$REFRESH_TOKEN"`,
    },
  ]
}

/** RFC 7636: the verifier stays in the shell, its hash goes with the link. */
function pkceConnect(app: Sampled, url: string): readonly CodeSample[] {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: app.client_id,
    redirect_uri: firstRedirect(app),
    code_challenge_method: 'S256',
  })
  return [
    {
      label: 'The link to connect, with PKCE',
      words:
        'Make a verifier, and open the link that is printed. The browser comes back with a code.',
      code: `VERIFIER=$(openssl rand -base64 48 | tr '+/' '-_' | tr -d '=\\n')
CHALLENGE=$(printf %s "$VERIFIER" | openssl dgst -sha256 -binary | openssl base64 | tr '+/' '-_' | tr -d '=\\n')
echo ${shell(`${url}/oauth/authorize?${query}&code_challenge=`)}"$CHALLENGE"`,
    },
  ]
}

export function vendorSample(app: Sampled, url: string): CodeSample {
  const secret = app.is_public === 1 ? 'null' : 'process.env.CLIENT_SECRET'
  return {
    label: 'With @latchkey/vendor',
    words:
      'Connect, exchange, refresh and call, in your server: user is your own id of whoever is signed in there.',
    code: `import { createVendor } from '@latchkey/vendor'
import { createSqliteStore } from '@latchkey/vendor/sqlite'

const vendor = createVendor({
  platform: ${script(url)},
  clientId: ${script(app.client_id)},
  clientSecret: ${secret},
  redirectUri: ${script(firstRedirect(app))},
  store: createSqliteStore('./vendor.db'),
  keys: process.env.VENDOR_KEY, // newKey() makes one
})

/** Where your Connect button leads. */
export const connect = (request, user) => vendor.connect(request, { user })

/** At your redirect URL. */
export async function callback(request, user) {
  const result = await vendor.callback(request, { user })
  if (result.outcome === 'restart') return result.response
  return result.redirect(\`/?connect=\${result.outcome}\`)
}

/** Anywhere, for months: tokens are refreshed when they have to be. */
export const profileOf = user => vendor.connection(user).api.me()`,
  }
}

function firstRedirect(app: Sampled): string {
  const [first = ''] = JSON.parse(app.redirect_uris) as string[]
  return first
}

/** One word for a POSIX shell. */
function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** One string for JavaScript. */
function script(text: string): string {
  return `'${text.replaceAll(/[\\']/g, sign => `\\${sign}`)}'`
}
