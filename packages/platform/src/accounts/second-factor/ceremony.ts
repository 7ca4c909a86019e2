/**
 * The two ceremonies of WebAuthn: making a passkey, and answering with one. Each begins with a question
 * whose challenge is sealed, good for five minutes, for one visitor and one purpose, and for one use.
 */
import { hash, randomBytes } from 'node:crypto'
import type { Parts } from '../../platform.ts'
import { isFirstUse } from '../first-use.ts'
import { openText, sealText } from '../sealed.ts'
import {
  addPasskey,
  findPasskey,
  type NewPasskey,
  type StoredPasskey,
  storedPasskeys,
  usePasskey,
} from './passkey.ts'

/** Loaded with the first passkey. */
const library = () => import('@simplewebauthn/server')

/** `sign-in`: nobody is known yet. `confirm`: an account is, and shows that it has its key. */
export type CeremonyPurpose = 'add' | 'sign-in' | 'confirm'

/** For whom a question is; the same must be said when the answer is judged. */
export interface Asked {
  readonly purpose: CeremonyPurpose
  /** The visitor's form token: a question put to one browser is worth nothing in another. */
  readonly csrf: string
  /** `null` for a sign-in. */
  readonly account: { readonly id: number; readonly email: string; readonly name: string } | null
}

/** What a page's form carries: the question for the browser, and the seal for us. */
export interface Question {
  readonly question: string
  readonly seal: string
}

export interface Answered {
  /** What the script has put into the form. */
  readonly answer?: string | undefined
  readonly seal?: string | undefined
}

export async function askToAdd(parts: Parts, asked: Asked): Promise<Question> {
  const { account } = asked
  if (!account) throw new TypeError('A passkey is somebody’s.')
  const { generateRegistrationOptions } = await library()
  const known = await storedPasskeys(parts.store, account.id)
  // All of an account's passkeys know it by one name, as far as they are made one after the other.
  const handle = known[0]?.user_handle ?? randomBytes(16)
  const { challenge, seal } = newChallenge(parts, asked, handle)
  const options = await generateRegistrationOptions({
    rpName: parts.renderer.name,
    rpID: hostOf(parts),
    userID: bytes(handle),
    userName: account.email,
    userDisplayName: account.name,
    challenge,
    excludeCredentials: known.map(descriptor),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    supportedAlgorithmIDs: algorithms,
  })
  return { question: JSON.stringify(options), seal }
}

/** EdDSA, ES256 and RS256 (COSE): what every authenticator has one of. */
const algorithms = [-8, -7, -257]

export async function askForPasskey(parts: Parts, asked: Asked): Promise<Question> {
  const { account, purpose } = asked
  const { generateAuthenticationOptions } = await library()
  const known = account ? await storedPasskeys(parts.store, account.id) : []
  const { challenge, seal } = newChallenge(parts, asked)
  const options = await generateAuthenticationOptions({
    rpID: hostOf(parts),
    challenge,
    allowCredentials: known.map(descriptor),
    userVerification: purpose === 'sign-in' ? 'required' : 'preferred',
  })
  return { question: JSON.stringify(options), seal }
}

/**
 * The passkey that an answer makes, checked but not kept yet; `keep` does that within a step, once.
 * `null` for an answer that is none, to another question, of another origin, or too late.
 */
export async function readNewPasskey(
  parts: Parts,
  asked: Asked,
  { answer, seal, name }: Answered & { name: string },
): Promise<{ keep: (tx: Tx, now: number) => Promise<boolean> } | null> {
  const opened = openChallenge(parts, asked, seal)
  const response = parsed(answer)
  if (!opened || !response || !asked.account) return null
  const { challenge, handle } = opened
  const { verifyRegistrationResponse } = await library()
  const { registrationInfo: made } = await verifyRegistrationResponse({
    response: response as unknown as Parameters<typeof verifyRegistrationResponse>[0]['response'],
    expectedChallenge: challenge,
    expectedOrigin: parts.settings.url,
    expectedRPID: hostOf(parts),
    requireUserVerification: false,
    supportedAlgorithmIDs: algorithms,
  }).catch(refused(parts))
  if (!made) return null
  const { credential } = made
  const passkey: NewPasskey = {
    id: Buffer.from(credential.id, 'base64url'),
    account_id: asked.account.id,
    user_handle: Buffer.from(handle, 'base64url'),
    name,
    public_key: credential.publicKey,
    counter: credential.counter,
    transports: JSON.stringify(credential.transports ?? []),
  }
  const keep = async (tx: Tx, now: number) =>
    (await isFirstUse(tx, challenge, now)) && addPasskey(tx, passkey, now)
  return { keep }
}

type Tx = Parameters<typeof addPasskey>[0]

/**
 * The account whose passkey has answered, or `null`. A question that was answered once is over, and so
 * is a key whose counter goes backwards: it was copied.
 */
export async function judgePasskey(
  parts: Parts,
  asked: Asked,
  { answer, seal }: Answered,
): Promise<{ accountId: number } | null> {
  const opened = openChallenge(parts, asked, seal)
  const response = parsed(answer)
  if (!opened || !response) return null
  const { challenge } = opened
  const passkey = await findPasskey(parts.store, Buffer.from(response.id, 'base64url'))
  if (!passkey || !isTheirs(passkey, asked, response.response.userHandle)) return null
  const { verifyAuthenticationResponse } = await library()
  const { verified, authenticationInfo: used } = await verifyAuthenticationResponse({
    response: response as unknown as Parameters<typeof verifyAuthenticationResponse>[0]['response'],
    expectedChallenge: challenge,
    expectedOrigin: parts.settings.url,
    expectedRPID: hostOf(parts),
    credential: {
      id: response.id,
      publicKey: bytes(passkey.public_key),
      counter: passkey.counter,
    },
    requireUserVerification: asked.purpose === 'sign-in',
  }).catch(refused(parts))
  if (!verified || !used) return null
  const now = parts.now()
  const { id, counter, account_id: accountId } = passkey
  const kept = await parts.store.write(
    async tx =>
      (await isFirstUse(tx, challenge, now)) &&
      usePasskey(tx, { id, counter, newCounter: used.newCounter }, now),
  )
  return kept ? { accountId } : null
}

/** WebAuthn §7.2, step 6: the key belongs to whom it is asked of, or says itself whose it is. */
function isTheirs(passkey: StoredPasskey, { account }: Asked, userHandle: unknown): boolean {
  const handle = Buffer.from(passkey.user_handle).toString('base64url')
  if (typeof userHandle === 'string' && userHandle !== handle) return false
  return account ? passkey.account_id === account.id : typeof userHandle === 'string'
}

/** What the library refuses is in the log in its words, for the operator, and nowhere else. */
function refused(parts: Parts) {
  return (
    error: unknown,
  ): { verified: false; registrationInfo?: never; authenticationInfo?: never } => {
    parts.log.info({ why: error instanceof Error ? error.message : '' }, 'A passkey was refused.')
    return { verified: false }
  }
}

interface Response {
  readonly id: string
  readonly response: Readonly<Record<string, unknown>>
}

function parsed(answer: string | undefined): Response | null {
  try {
    const value = JSON.parse(answer ?? '') as Partial<Response> | null
    const fits = typeof value?.id === 'string' && typeof value.response === 'object'
    return fits && value.response !== null ? (value as Response) : null
  } catch {
    return null
  }
}

interface Challenge {
  readonly challenge: string
  /** The name that a new passkey is to know the account by; `''` for one that is there. */
  readonly handle: string
}

function newChallenge(
  parts: Parts,
  asked: Asked,
  userHandle: Uint8Array = new Uint8Array(),
): { challenge: Uint8Array<ArrayBuffer>; seal: string } {
  const random = randomBytes(32)
  const challenge = random.toString('base64url')
  const handle = Buffer.from(userHandle).toString('base64url')
  const content = { challenge, handle, bound: boundTo(asked) }
  return { challenge: bytes(random), seal: sealText(parts.keys, 'challenge', content, parts.now()) }
}

function openChallenge(parts: Parts, asked: Asked, seal: string | undefined): Challenge | null {
  type Content = Challenge & { readonly bound: string }
  const content = openText<Content>(parts.keys, 'challenge', seal ?? null, parts.now())
  return content && content.bound === boundTo(asked) ? content : null
}

function boundTo({ purpose, csrf, account }: Asked): string {
  return hash('sha256', `challenge ${purpose} ${account?.id ?? ''} ${csrf}`, 'base64url')
}

function hostOf({ settings }: Parts): string {
  return new URL(settings.url).hostname
}

function descriptor({ id, transports }: StoredPasskey): { id: string; transports: string[] } {
  return { id: Buffer.from(id).toString('base64url'), transports: JSON.parse(transports) }
}

/** The library takes no `Buffer`. */
function bytes(value: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(value)
}
