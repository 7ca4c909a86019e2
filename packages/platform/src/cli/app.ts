/** `latchkey app add`, `app suspend`, `app resume`, `app list`. */
import { describeApi } from '../api-description.ts'
import {
  type App,
  addApp,
  findApp,
  listApps,
  redirectUrisOf,
  resumeApp,
  suspendApp,
} from '../developer/app.ts'
import { type Catalogue, unknownPermissions } from '../permissions.ts'
import type { Store } from '../store/store.ts'
import {
  type Command,
  CommandError,
  optional,
  repeated,
  required,
  table,
  UsageError,
  withStore,
} from './command.ts'

export const appAdd: Command = {
  name: 'app add',
  usage:
    'app add --vendor V --name N --redirect-uri U [--redirect-uri U2 …] [--permission P …] [--public] [--rotate] [--mode development|production]',
  about: 'Registers an app; prints its client_id and, once, its client_secret.',
  options: {
    vendor: { type: 'string' },
    name: { type: 'string' },
    'redirect-uri': { type: 'string', multiple: true },
    permission: { type: 'string', multiple: true },
    public: { type: 'boolean' },
    rotate: { type: 'boolean' },
    mode: { type: 'string' },
  },
  positionals: [],
  run: async ({ values, settings }) => {
    const mode = optional(values, 'mode') ?? 'production'
    if (mode !== 'development' && mode !== 'production') {
      throw new UsageError(`--mode is development or production, not ${mode}.`)
    }
    const redirectUris = repeated(values, 'redirect-uri')
    if (redirectUris.length === 0) throw new UsageError('--redirect-uri is missing.')
    const { permissions: catalogue } = describeApi({ api: settings.api })
    const newApp = {
      vendor: required(values, 'vendor'),
      name: required(values, 'name'),
      redirectUris,
      permissions: permissionsOf(catalogue, repeated(values, 'permission')),
      isPublic: values.public === true,
      rotates: values.rotate === true,
      mode,
    } as const
    return withStore(settings, async store => {
      const { app, clientSecret } = await addApp(store, newApp, 'operator', Date.now())
      const document = { ...describe(app), ...(clientSecret && { client_secret: clientSecret }) }
      const secretWords = clientSecret
        ? `\nclient_secret  ${clientSecret}\n\nThe secret is shown this once. Keep it safe.`
        : '\n\nA public app has no secret; it uses PKCE.'
      return { document, words: `client_id      ${app.client_id}${secretWords}` }
    })
  },
}

/** What every app gets for which nothing is named, where the catalogue holds it. */
const usual = 'profile:read'

function permissionsOf(catalogue: Catalogue, named: readonly string[]): readonly string[] {
  const known = catalogue.map(({ name }) => name).join(', ') || 'none'
  const names = named.length > 0 ? [...new Set(named)] : [usual]
  const [unknown] = unknownPermissions(catalogue, names)
  if (unknown === undefined) return names
  throw new UsageError(
    named.length > 0
      ? `--permission ${unknown}: there is no such permission. There are: ${known}.`
      : `--permission is missing. There are: ${known}.`,
  )
}

export const appSuspend: Command = {
  name: 'app suspend',
  usage: 'app suspend CLIENT_ID',
  about: 'Stops an app at once: no sign-in, no token, no API call.',
  options: {},
  positionals: ['CLIENT_ID'],
  run: ({ positionals: [clientId = ''], settings }) =>
    withStore(settings, async store => {
      const app = await appNamed(store, clientId)
      const changed = await suspendApp(store, app, 'operator', Date.now())
      const words = changed
        ? `${app.name} is suspended. Undo it with: latchkey app resume ${clientId}`
        : `${app.name} was suspended already.`
      return { document: { client_id: clientId, suspended: true, changed }, words }
    }),
}

export const appResume: Command = {
  name: 'app resume',
  usage: 'app resume CLIENT_ID',
  about: 'Undoes a suspension; the app’s connections go on.',
  options: {},
  positionals: ['CLIENT_ID'],
  run: ({ positionals: [clientId = ''], settings }) =>
    withStore(settings, async store => {
      const app = await appNamed(store, clientId)
      const changed = await resumeApp(store, app, 'operator', Date.now())
      const words = changed ? `${app.name} works again.` : `${app.name} was not suspended.`
      return { document: { client_id: clientId, suspended: false, changed }, words }
    }),
}

export const appList: Command = {
  name: 'app list',
  usage: 'app list',
  about: 'Lists the registered apps.',
  options: {},
  positionals: [],
  run: ({ settings }) =>
    withStore(settings, async store => {
      const apps = await listApps(store)
      const rows = apps.map(app => [app.client_id, app.name, app.vendor_name, stateOf(app)])
      const words = table(
        [['client_id', 'app', 'vendor', 'state'], ...rows],
        'No app is registered.',
      )
      return { document: apps.map(describe), words }
    }),
}

/** The app, or `CommandError`. */
export async function appNamed(store: Store, clientId: string): Promise<App> {
  const app = await findApp(store, clientId)
  if (!app) throw new CommandError(`There is no app ${clientId}. See: latchkey app list`)
  return app
}

function stateOf(app: App): string {
  return app.suspended_at === null ? app.mode : 'suspended'
}

function describe(app: App): Record<string, unknown> {
  return {
    client_id: app.client_id,
    name: app.name,
    vendor: app.vendor_name,
    redirect_uris: redirectUrisOf(app),
    permissions: app.permissions.split(' ').filter(Boolean),
    public: app.is_public === 1,
    rotate: app.rotates === 1,
    mode: app.mode,
    suspended: app.suspended_at !== null,
  }
}
