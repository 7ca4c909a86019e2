/** `latchkey app secret add`, `list`, `revoke`: rolling a secret over without a failed request. */
import { listSecrets, newSecret, revokeSecret } from '../developer/secret.ts'
import { appNamed } from './app.ts'
import {
  type Command,
  CommandError,
  optional,
  table,
  time,
  UsageError,
  withStore,
} from './command.ts'

export const appSecretAdd: Command = {
  name: 'app secret add',
  usage: 'app secret add CLIENT_ID',
  about: 'Makes a second client_secret; prints it this once.',
  options: {},
  positionals: ['CLIENT_ID'],
  run: ({ positionals: [clientId = ''], settings }) =>
    withStore(settings, async store => {
      const app = await appNamed(store, clientId)
      if (app.is_public === 1) throw new CommandError('A public app has no secret; it uses PKCE.')
      const secret = await newSecret(store, app.id, 'operator', Date.now())
      const next = `Once it is in use everywhere, revoke the older one: latchkey app secret revoke ${clientId} …LAST_FOUR`
      return {
        document: { client_id: clientId, client_secret: secret },
        words: `client_secret  ${secret}\n\nThe secret is shown this once. ${next}`,
      }
    }),
}

export const appSecretList: Command = {
  name: 'app secret list',
  usage: 'app secret list CLIENT_ID',
  about: 'Lists the secrets that work, by their last four characters.',
  options: {},
  positionals: ['CLIENT_ID'],
  run: ({ positionals: [clientId = ''], settings }) =>
    withStore(settings, async store => {
      const app = await appNamed(store, clientId)
      const secrets = await listSecrets(store, app.id, Date.now())
      const document = secrets.map(({ tail, created_at, revoked_at }) => ({
        last_four: tail,
        created_at: time(created_at),
        ends_at: time(revoked_at),
      }))
      const rows = document.map(({ last_four, created_at, ends_at }) => [
        `…${last_four}`,
        created_at ?? '',
        ends_at ?? '',
      ])
      return { document, words: table([['secret', 'made', 'ends'], ...rows], 'No secret works.') }
    }),
}

export const appSecretRevoke: Command = {
  name: 'app secret revoke',
  usage: 'app secret revoke CLIENT_ID …LAST_FOUR [--in SECONDS]',
  about: 'Ends a secret, at once or after so many seconds.',
  options: { in: { type: 'string' } },
  positionals: ['CLIENT_ID', 'LAST_FOUR'],
  run: ({ positionals: [clientId = '', lastFour = ''], values, settings }) => {
    const seconds = optional(values, 'in') ?? '0'
    if (!/^\d{1,8}$/.test(seconds)) throw new UsageError('--in takes seconds.')
    return withStore(settings, async store => {
      const app = await appNamed(store, clientId)
      const now = Date.now()
      const fitting = (await listSecrets(store, app.id, now)).filter(
        ({ tail }) => tail === lastFour.replace(/^…/, ''),
      )
      const [secret] = fitting
      if (!secret || fitting.length > 1) {
        throw new CommandError(
          `${fitting.length === 0 ? 'No secret' : 'More than one secret'} of ${app.name} ends with ${lastFour}. See: latchkey app secret list ${clientId}`,
        )
      }
      const end = now + Number(seconds) * 1000
      const about = { appId: app.id, secretId: secret.id, end }
      const changed = await revokeSecret(store, about, 'operator', now)
      const words = changed
        ? `…${secret.tail} ${end > now ? `ends at ${time(end)}` : 'does not work any more'}.`
        : `…${secret.tail} ends before that already.`
      const document = { client_id: clientId, last_four: secret.tail, ends_at: time(end), changed }
      return { document, words }
    })
  },
}
