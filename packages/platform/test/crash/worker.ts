/**
 * A process that is going to be killed: connects, exchanges, rotates and disconnects as fast as it can,
 * and writes a line for every answer it has got. The parent believes nothing but those lines.
 */
import { decide, disconnect } from '../../src/connection/connection.ts'
import { signHandle } from '../../src/connection/handle.ts'
import { newConnectionId } from '../../src/connection/name.ts'
import { findConnection } from '../../src/connection/row.ts'
import { makeApp, post, redirectUri, setup } from '../setup.ts'

const [database = ''] = process.argv.slice(2)
const { platform, user } = await setup({ database, now: Date.now })
const app = await makeApp(platform, { rotates: true })
const { store, keys } = platform

const say = (line: string) => process.stdout.write(`${line}\n`)

async function live(): Promise<void> {
  const id = newConnectionId(Date.now())
  const name = id.toString('hex')
  const decision = {
    id,
    appId: app.id,
    accountId: user.id,
    permissions: '',
    redirectUri,
    redirectUriSent: false,
    codeChallenge: null,
    granted: true,
  }
  const { created_at: issuedAt } = await decide(store, decision, Date.now())
  say(`authorized ${name}`)
  const code = signHandle(keys, { kind: 'code', connectionId: id, generation: 0, issuedAt })
  const form = { grant_type: 'authorization_code', code }
  const first = await post(platform, '/oauth/token', form, app.basic)
  say(`exchanged ${name}`)
  const again = { grant_type: 'refresh_token', refresh_token: first.body.refresh_token }
  const second = await post(platform, '/oauth/token', again, app.basic)
  if (second.status === 200) say(`rotated ${name}`)
  const row = await findConnection(store, id)
  if (row && name.endsWith('0')) {
    await disconnect(store, row, { because: 'user', actor: 'platform' }, Date.now())
    say(`disconnected ${name}`)
  }
}

say('ready')
await Promise.all(
  Array.from({ length: 16 }, async () => {
    for (;;) await live()
  }),
)
