/** `latchkey account add`, `account deactivate` and `account reset-second-factor`. */
import {
  type Account,
  addAccount,
  deactivateAccount,
  findByEmail,
  isEmail,
} from '../accounts/account.ts'
import { hashPassword } from '../accounts/password.ts'
import { resetFactors } from '../accounts/second-factor/factors.ts'
import type { Store } from '../store/store.ts'
import { type Command, CommandError, optional, required, UsageError, withStore } from './command.ts'

export const accountAdd: Command = {
  name: 'account add',
  usage: 'account add --email E --password P [--name N] [--reviewer]',
  about: 'Makes an account that can sign in.',
  options: {
    email: { type: 'string' },
    password: { type: 'string' },
    name: { type: 'string' },
    reviewer: { type: 'boolean' },
  },
  positionals: [],
  run: ({ values, settings }) => {
    const email = required(values, 'email').trim()
    const password = required(values, 'password')
    if (!isEmail(email)) throw new UsageError(`--email ${email} is not an email address.`)
    const [firstName = '', ...rest] = (optional(values, 'name') ?? '').trim().split(/\s+/)
    const account = {
      email,
      firstName,
      lastName: rest.join(' '),
      isReviewer: values.reviewer === true,
    }
    return withStore(settings, async store => {
      const passwordHash = await hashPassword(password)
      const id = await store.write(tx =>
        addAccount(tx, { ...account, passwordHash }, 'operator', Date.now()),
      )
      if (id === null)
        throw new CommandError(`There is an account with the email ${email} already.`)
      const document = {
        id,
        email,
        name: `${account.firstName} ${account.lastName}`.trim(),
        reviewer: account.isReviewer,
      }
      const words = `Account ${id} is ready: ${email} can sign in${account.isReviewer ? ' and review apps' : ''}.`
      return { document, words }
    })
  },
}

export const accountDeactivate: Command = {
  name: 'account deactivate',
  usage: 'account deactivate EMAIL',
  about: 'Ends an account, its sessions and its connections, at once.',
  options: {},
  positionals: ['EMAIL'],
  run: ({ positionals: [email = ''], settings }) =>
    withStore(settings, async store => {
      const account = await accountAt(store, email)
      const ended = await deactivateAccount(store, account, 'operator', Date.now())
      const { sessions, connections } = ended ?? { sessions: 0, connections: 0 }
      const words = ended
        ? `${account.email} is deactivated. Ended: ${sessions} sessions, ${connections} connections.`
        : `${account.email} was deactivated before. Nothing was changed.`
      return {
        document: {
          id: account.id,
          email: account.email,
          sessions,
          connections,
          changed: ended !== null,
        },
        words,
      }
    }),
}

export const accountResetSecondFactor: Command = {
  name: 'account reset-second-factor',
  usage: 'account reset-second-factor EMAIL',
  about: 'Takes the second factor from somebody who has lost it, and ends their sessions.',
  options: {},
  positionals: ['EMAIL'],
  run: ({ positionals: [email = ''], settings }) =>
    withStore(settings, async store => {
      const account = await accountAt(store, email)
      const about = { accountId: account.id, actor: 'operator' } as const
      const removed = await resetFactors(store, about, Date.now())
      const { app, passkeys, sessions } = removed ?? { app: false, passkeys: 0, sessions: 0 }
      const words = removed
        ? `${account.email} signs in without a second factor now. Removed: ${app ? 1 : 0} authenticator app, ${passkeys} passkeys, all recovery codes. Ended: ${sessions} sessions.`
        : `${account.email} has no second factor. Nothing was changed.`
      return {
        document: {
          id: account.id,
          email: account.email,
          authenticator: app,
          passkeys,
          sessions,
          changed: removed !== null,
        },
        words,
      }
    }),
}

async function accountAt(store: Store, email: string): Promise<Account> {
  const account = await findByEmail(store, email)
  if (account) return account
  throw new CommandError(`There is no account with the email ${email}.`)
}
