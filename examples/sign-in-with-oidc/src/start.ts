/**
 * A platform whose people sign in at the operator's provider: `node examples/sign-in-with-oidc/src/start.ts`,
 * then open http://localhost:4400 and sign in as dana@example.com, password `example`.
 */
import { randomBytes } from 'node:crypto'
import { createPlatform, type PlatformOptions, serve } from '@latchkey/platform'
import { type Person, startProvider } from './provider.ts'

export const people = new Map<string, Person>([
  [
    'person-1',
    {
      password: 'example',
      claims: {
        email: 'dana@example.com',
        email_verified: true,
        given_name: 'Dana',
        family_name: 'Reyes',
      },
    },
  ],
])

/** Starts both. Port 0 of the provider is any free one; `more` goes to `createPlatform`. */
export async function start(
  ports: { readonly platform: number; readonly provider: number },
  more: PlatformOptions = {},
) {
  const url = `http://localhost:${ports.platform}`
  const client = { clientId: 'platform', clientSecret: randomBytes(32).toString('base64url') }
  const provider = await startProvider({
    ...client,
    people,
    platformUrl: url,
    port: ports.provider,
  })
  const platform = await createPlatform({
    database: ':memory:',
    ...more,
    url,
    name: 'Example',
    oidc: { issuer: provider.issuer, ...client, name: 'Example accounts' },
  })
  const serving = await serve(platform, { port: ports.platform, host: '127.0.0.1' })
  return {
    url,
    platform,
    provider,
    stop: async () => {
      await serving.stop()
      await provider.stop()
    },
  }
}

if (import.meta.main) {
  const { url, stop } = await start({ platform: 4400, provider: 4401 })
  process.stdout.write(`Open ${url} and sign in as dana@example.com, password: example\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop())
}
