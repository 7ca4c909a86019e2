/**
 * Who an account is elsewhere: at the operator's provider, or in the product around us. An identity is
 * an issuer and a subject, and belongs to one account for good. An email address never leads to an
 * account: whoever decides what stands in a claim would decide whose account it is.
 */
import { audit } from '../connection/audit.ts'
import type { Store, Transaction } from '../store/store.ts'
import { type Account, accountColumns, addAccount, emailKey, isEmail } from './account.ts'

/** Unique together, and never given to somebody else (OpenID Connect Core §2, `sub`). */
export interface Identity {
  readonly issuer: string
  readonly subject: string
}

/** What is known about a person elsewhere. */
export interface Profile {
  readonly email: string
  readonly firstName: string
  readonly lastName: string
}

export type KnownAccount = Account & {
  /** 1 when this identity made the account; then its name and email follow the identity's. */
  readonly is_origin: number
}

const byIdentity = `select ${accountColumns}, i.is_origin from account_identity i
  join account u on u.id = i.account_id where i.issuer = $1 and i.subject = $2`

/** The identity's account, deactivated or not; `null` when it has none yet. */
export async function findByIdentity(
  store: Store,
  { issuer, subject }: Identity,
): Promise<KnownAccount | null> {
  const [account] = await store.read<KnownAccount>(byIdentity, issuer, subject)
  return account ?? null
}

/**
 * Makes an account for an identity that has none: never a reviewer, and without a password. Answers
 * `'taken'` when the email belongs to another account. Two at once make one account.
 */
export async function openAccount(
  store: Store,
  about: Identity & { readonly profile: Profile },
  now: number,
): Promise<KnownAccount | 'taken'> {
  const step = (tx: Transaction) => findOrAdd(tx, about, now)
  const account = await store.write(step)
  // Taken perhaps by the same person a moment ago: the step that did it has ended by now.
  return account === 'taken' ? store.write(step) : account
}

async function findOrAdd(
  tx: Transaction,
  { issuer, subject, profile }: Identity & { readonly profile: Profile },
  now: number,
): Promise<KnownAccount | 'taken'> {
  const find = async () => (await tx.run<KnownAccount>(byIdentity, issuer, subject))[0]
  const known = await find()
  if (known) return known
  const account = { ...profile, passwordHash: null, isReviewer: false }
  const accountId = await addAccount(tx, account, 'self', now)
  if (accountId === null) return 'taken'
  await addIdentity(tx, { issuer, subject, accountId, isOrigin: true }, now)
  const made = await find()
  if (!made) throw new Error('The account that was made cannot be found.')
  return made
}

/** Links an identity to an account that is there; `false` when it belongs to another one already. */
export function linkIdentity(
  store: Store,
  link: Identity & { readonly accountId: number },
  now: number,
): Promise<boolean> {
  return store.write(async tx => {
    const [known] = await tx.run<Account>(byIdentity, link.issuer, link.subject)
    if (known) return known.id === link.accountId
    await addIdentity(tx, { ...link, isOrigin: false }, now)
    return true
  })
}

/** Fails on an identity that somebody else added meanwhile: then the step leaves nothing behind. */
async function addIdentity(
  tx: Transaction,
  link: Identity & { readonly accountId: number; readonly isOrigin: boolean },
  now: number,
): Promise<void> {
  await tx.run(
    `insert into account_identity (issuer, subject, account_id, is_origin, created_at)
     values ($1, $2, $3, $4, $5)`,
    link.issuer,
    link.subject,
    link.accountId,
    link.isOrigin ? 1 : 0,
    now,
  )
  await audit(tx, {
    at: now,
    kind: 'account.linked',
    actor: `account:${link.accountId}`,
    accountId: link.accountId,
    detail: link.issuer,
  })
}

/**
 * The account with its name and email as the identity that made it has them now. An email that another
 * account holds is left as it was.
 */
export async function followProfile(
  store: Store,
  account: KnownAccount,
  { profile, now }: { readonly profile: Profile; readonly now: number },
): Promise<KnownAccount> {
  const { firstName: first_name, lastName: last_name } = profile
  if (account.is_origin === 0) return account
  const email =
    profile.email === account.email || (await isHeldByAnother(store, profile.email, account.id))
      ? account.email
      : profile.email
  const current = { ...account, email, first_name, last_name }
  const same = account.first_name === first_name && account.last_name === last_name
  if (same && email === account.email) return account
  await store.write(async tx => {
    await tx.run(
      'update account set email = $2, email_key = $3, first_name = $4, last_name = $5 where id = $1',
      account.id,
      email,
      emailKey(email),
      first_name,
      last_name,
    )
    const actor = `account:${account.id}` as const
    await audit(tx, { at: now, kind: 'account.changed', actor, accountId: account.id })
  })
  return current
}

async function isHeldByAnother(store: Store, email: string, accountId: number): Promise<boolean> {
  const [holder] = await store.read<{ id: number }>(
    'select id from account where email_key = $1',
    emailKey(email),
  )
  return holder !== undefined && holder.id !== accountId
}

/** A full name in two parts: the first word, and the rest. */
export function nameInParts(name: string): Pick<Profile, 'firstName' | 'lastName'> {
  const [firstName = '', ...rest] = name.trim().split(/\s+/)
  return { firstName, lastName: rest.join(' ') }
}

const longestName = 80

/** A profile fit to be kept, or `null` when its email is none: names are cut, control characters gone. */
export function cleanProfile({ email, firstName, lastName }: Profile): Profile | null {
  const name = (text: string) =>
    text
      .replace(/\p{Cc}+/gu, ' ')
      .trim()
      .slice(0, longestName)
  if (!isEmail(email.trim())) return null
  return { email: email.trim(), firstName: name(firstName), lastName: name(lastName) }
}
