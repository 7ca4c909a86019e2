/** `latchkey connection list` and `connection disconnect`. */
import { emailKey, findByEmail } from '../accounts/account.ts'
import { disconnect } from '../connection/connection.ts'
import { type ListedConnection, listConnections } from '../connection/list.ts'
import { connectionId, connectionName } from '../connection/name.ts'
import { findConnection } from '../connection/row.ts'
import { findApp } from '../developer/app.ts'
import {
  type Command,
  CommandError,
  optional,
  table,
  time,
  UsageError,
  withStore,
} from './command.ts'

export const connectionList: Command = {
  name: 'connection list',
  usage: 'connection list [--app CLIENT_ID] [--email E]',
  about: 'Lists connections, newest first, at most a thousand.',
  options: { app: { type: 'string' }, email: { type: 'string' } },
  positionals: [],
  run: ({ values, settings }) =>
    withStore(settings, async store => {
      const email = optional(values, 'email')
      const clientId = optional(values, 'app')
      if (clientId && !(await findApp(store, clientId))) {
        throw new CommandError(`There is no app ${clientId}.`)
      }
      if (email && !(await findByEmail(store, email))) {
        throw new CommandError(`There is no account ${email}.`)
      }
      const connections = await listConnections(store, {
        clientId,
        emailKey: email && emailKey(email),
      })
      const rows = connections.map(connection => [
        connectionName(connection.id),
        connection.app_name,
        connection.email,
        stateOf(connection),
        time(connection.created_at) ?? '',
      ])
      const heading = ['connection', 'app', 'user', 'state', 'since']
      return {
        document: connections.map(describe),
        words: table([heading, ...rows], 'No connections.'),
      }
    }),
}

export const connectionDisconnect: Command = {
  name: 'connection disconnect',
  usage: 'connection disconnect ID',
  about: 'Ends one connection at once.',
  options: {},
  positionals: ['CONNECTION_ID'],
  run: ({ positionals: [name = ''], settings }) => {
    const id = connectionId(name)
    if (!id) throw new UsageError(`${name} is not a connection id: con_ and 22 characters.`)
    return withStore(settings, async store => {
      const connection = await findConnection(store, id)
      if (!connection) throw new CommandError(`There is no connection ${name}.`)
      const end = { because: 'operator', actor: 'operator' } as const
      const changed = await disconnect(store, connection, end, Date.now())
      const words = changed ? `${name} is disconnected.` : `${name} had ended before.`
      return { document: { id: name, disconnected: true, changed }, words }
    })
  },
}

function stateOf(connection: ListedConnection): string {
  if (connection.revoked_because === 'denied') return 'denied'
  if (connection.revoked_at !== null) return `ended (${connection.revoked_because})`
  return connection.generation === 0 ? 'code not exchanged' : 'connected'
}

function describe(connection: ListedConnection): object {
  return {
    id: connectionName(connection.id),
    client_id: connection.client_id,
    app: connection.app_name,
    email: connection.email,
    permissions: connection.permissions.split(' ').filter(Boolean),
    state: stateOf(connection),
    created_at: time(connection.created_at),
    last_used_at: time(connection.last_used_at),
    disconnected_at: time(connection.revoked_at),
    because: connection.revoked_because,
  }
}
