/** `latchkey vendor call`, `tokens`, `disconnect`: a developer's own connection, once it is there. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { formatJson, parseJson, VendorError } from '@latchkey/vendor'
import { type Command, CommandError, optional, time, UsageError } from './command.ts'
import { demandKept, developer, folderOf, folderOption, withVendor } from './vendor-folder.ts'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export const vendorCall: Command = {
  name: 'vendor call',
  usage: 'vendor call METHOD PATH [--data JSON] [--folder PATH]',
  about: 'Calls the API with the kept connection: latchkey vendor call GET /v1.0/me',
  options: { ...folderOption, data: { type: 'string' } },
  positionals: ['METHOD', 'PATH'],
  run: async ({ values, positionals: [method = '', path = ''] }) => {
    if (!methods.includes(method)) throw new UsageError(`METHOD is one of ${methods.join(', ')}.`)
    if (!path.startsWith('/')) throw new UsageError('PATH begins with /, like /v1.0/me.')
    const data = optional(values, 'data')
    const folder = folderOf(values)
    const answer = await withVendor(folder, demandKept(folder), vendor =>
      vendor
        .connection(developer)
        .fetch(path, {
          method,
          ...(data !== undefined && {
            body: data,
            headers: { 'Content-Type': 'application/json' },
          }),
        })
        .then(async response => ({ status: response.status, text: await response.text() }))
        .catch(explain),
    )
    const body = parsed(answer.text)
    return {
      document: { status: answer.status, body },
      words: `${answer.status}\n${typeof body === 'string' ? body : formatJson(body)}`,
      exitCode: answer.status >= 200 && answer.status < 300 ? 0 : 1,
    }
  },
}

/** Large integers stay exact; what is no JSON stays a text. */
function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return text
  }
}

function explain(error: unknown): never {
  if (!(error instanceof VendorError)) throw error
  const next = error.fault === 'disconnected' ? ' Connect again: latchkey vendor connect' : ''
  throw new CommandError(`${error.message}${next}`)
}

export const vendorTokens: Command = {
  name: 'vendor tokens',
  usage: 'vendor tokens [--folder PATH]',
  about: 'Shows how the kept connection stands, its access token masked.',
  options: folderOption,
  positionals: [],
  run: async ({ values }) => {
    const folder = folderOf(values)
    const kept = demandKept(folder)
    const { status, token } = await withVendor(folder, kept, async vendor => {
      const connection = vendor.connection(developer)
      const status = await connection.status()
      const token =
        status.state === 'connected' ? await connection.accessToken().catch(explain) : null
      return { status: await connection.status(), token }
    })
    const connected = status.state === 'connected' ? status : null
    const document = {
      platform: kept.platform,
      client_id: kept.clientId,
      state: status.state,
      access_token: token && masked(token),
      connected_at: time(connected?.connectedAt ?? null),
      refreshed_at: time(connected?.refreshedAt ?? null),
      expires_at: time(connected?.expiresAt ?? null),
    }
    const words = Object.entries(document)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name.padEnd(13)} ${value}`)
      .join('\n')
    return { document, words }
  },
}

/** Enough to tell two tokens apart, too little to use one. */
function masked(token: string): string {
  return `${token.slice(0, 6)}…${token.slice(-4)}`
}

export const vendorDisconnect: Command = {
  name: 'vendor disconnect',
  usage: 'vendor disconnect [--folder PATH]',
  about: 'Ends the kept connection on the platform, and deletes what was kept.',
  options: folderOption,
  positionals: [],
  run: async ({ values }) => {
    const folder = folderOf(values)
    const { revoked } = await withVendor(folder, demandKept(folder), vendor =>
      vendor.disconnect(developer).catch(explain),
    )
    for (const file of ['vendor.json', 'tokens.db', 'tokens.db-wal', 'tokens.db-shm']) {
      rmSync(join(folder, file), { force: true })
    }
    const words = revoked
      ? 'Disconnected, and what was kept is deleted.'
      : 'What was kept is deleted. The platform was not told, or had ended it before.'
    return { document: { disconnected: true, revoked }, words }
  },
}
