/**
 * `latchkey vendor connect`: prints the link, takes the answer on loopback or as a pasted address, and
 * keeps the tokens.
 */
import { createServer } from 'node:http'
import { stderr, stdin } from 'node:process'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { type CallbackResult, newKey, type Vendor } from '@latchkey/vendor'
import { type Command, CommandError, optional, UsageError, type Values } from './command.ts'
import {
  developer,
  findKept,
  folderOf,
  folderOption,
  type Kept,
  keep,
  withVendor,
} from './vendor-folder.ts'

/** How long the person may take, in milliseconds: as long as a connect is pending. */
const patience = 600_000

export const vendorConnect: Command = {
  name: 'vendor connect',
  usage:
    'vendor connect [--platform URL] --client-id ID --redirect-uri U [--public] [--folder PATH]',
  about: 'For a vendor’s developer: connects your own account to your app, and keeps the tokens.',
  options: {
    ...folderOption,
    platform: { type: 'string' },
    'client-id': { type: 'string' },
    'redirect-uri': { type: 'string' },
    public: { type: 'boolean' },
  },
  positionals: [],
  run: async ({ values }) => {
    const folder = folderOf(values)
    const kept = await keptFor(values, findKept(folder))
    const result = await withVendor(folder, kept, vendor => connect(vendor, kept))
    if (result.outcome === 'denied') throw new CommandError('Access was denied. Nothing is kept.')
    if (result.outcome !== 'connected') throw new CommandError(why(result))
    keep(folder, kept)
    return {
      document: { connected: true, platform: kept.platform, client_id: kept.clientId, folder },
      words: `Connected. The tokens are sealed in ${folder}. Now try: latchkey vendor call GET /v1.0/me`,
    }
  },
}

function why(result: CallbackResult): string {
  if (result.outcome !== 'refused') return 'The connect did not succeed.'
  const { message, error } = result
  return error ? `${message} ${error.description ?? error.message}` : message
}

/** Flags win over the environment, and that over what was kept the last time. */
async function keptFor(values: Values, before: Kept | null): Promise<Kept> {
  const given = (flag: string) =>
    optional(values, flag) ??
    process.env[`LATCHKEY_VENDOR_${flag.replaceAll('-', '_').toUpperCase()}`]
  const clientId = given('client-id') ?? before?.clientId
  const redirectUri = given('redirect-uri') ?? before?.redirectUri
  if (!clientId) throw new UsageError('--client-id is missing.')
  if (!redirectUri || !URL.canParse(redirectUri)) {
    throw new UsageError('--redirect-uri is missing: the one that is registered for the app.')
  }
  const same = before?.clientId === clientId
  const secret = process.env.LATCHKEY_VENDOR_CLIENT_SECRET ?? (same ? before.clientSecret : null)
  return {
    platform: given('platform') ?? before?.platform ?? 'lofty',
    clientId,
    clientSecret: values.public === true ? null : (secret ?? (await askSecret())),
    redirectUri,
    key: before?.key ?? newKey(),
  }
}

/** Not as a flag: those can be seen by other users of the machine, and stay in the shell's history. */
async function askSecret(): Promise<string> {
  if (!stdin.isTTY) {
    throw new UsageError(
      'Set LATCHKEY_VENDOR_CLIENT_SECRET, or give --public for an app without one.',
    )
  }
  stderr.write('Client Secret (is not shown): ')
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true })
  const secret = (await lines.question('')).trim()
  lines.close()
  stderr.write('\n')
  return secret
}

async function connect(vendor: Vendor, { redirectUri }: Kept): Promise<CallbackResult> {
  const begun = await vendor.connect(new Request(redirectUri), { user: developer })
  const cookie = begun.headers
    .getSetCookie()
    .map(text => text.split(';', 1)[0])
    .join('; ')
  const link = begun.headers.get('location') ?? ''
  const take = (url: string) =>
    vendor.callback(new Request(url, { headers: { cookie } }), { user: developer })
  const { protocol, hostname } = new URL(redirectUri)
  const isHere = protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
  stderr.write(`Open this in your browser:\n\n  ${link}\n\n`)
  return isHere ? listen(redirectUri, take) : paste(take)
}

/** Waits on loopback for the browser to come back. */
function listen(
  redirectUri: string,
  take: (url: string) => Promise<CallbackResult>,
): Promise<CallbackResult> {
  const { hostname, port, pathname } = new URL(redirectUri)
  return new Promise((resolve, reject) => {
    const server = createServer(async (request, response) => {
      const url = new URL(request.url ?? '/', redirectUri)
      if (url.pathname !== pathname) return response.writeHead(404).end('Not here.\n')
      response.setHeader('Content-Type', 'text/plain; charset=utf-8')
      response.setHeader('Connection', 'close')
      try {
        const result = await take(url.href)
        // A stray visit ends nothing: the answer may still come.
        if (result.outcome === 'refused' && result.reason === 'malformed') {
          return response.writeHead(400).end('This is not an answer.\n')
        }
        response.end('Thank you. You can close this window and go back to the terminal.\n')
        finish(() => resolve(result))
      } catch (error) {
        response.writeHead(500).end('That failed; the terminal says why.\n')
        finish(() => reject(error))
      }
    })
    const timer = setTimeout(
      () => finish(() => reject(new CommandError('Nobody came back within ten minutes.'))),
      patience,
    )
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      server.close(settle)
    }
    server.once('error', error => {
      clearTimeout(timer)
      reject(new CommandError(`${redirectUri} cannot be listened on: ${error.message}`))
    })
    const host = hostname === '[::1]' ? '::1' : hostname === 'localhost' ? '127.0.0.1' : hostname
    server.listen(Number(port || 80), host, () => stderr.write('Waiting for you to come back …\n'))
  })
}

/** A redirect URL elsewhere cannot be listened on; the person copies the address the browser landed on. */
async function paste(take: (url: string) => Promise<CallbackResult>): Promise<CallbackResult> {
  stderr.write('Then paste the whole address that the browser ends up at, and press Enter:\n')
  const lines = createInterface({ input: stdin })
  try {
    for await (const line of lines) {
      const text = line.trim()
      if (URL.canParse(text)) return await take(text)
      if (text !== '') stderr.write('That is no address. It begins with https:// …\n')
    }
  } finally {
    lines.close()
  }
  throw new CommandError('No address was pasted. Nothing is kept.')
}
