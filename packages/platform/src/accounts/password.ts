/** Passwords: argon2id (RFC 9106) in the PHC text form, so that its cost can rise without losing anyone. */
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { createTurns } from '../turns.ts'

const derive = promisify(
  (parameters: Argon2Parameters, done: (error: Error | null, tag: Buffer) => void) =>
    argon2('argon2id', parameters, done),
)

/** At most two at once: the thread pool has four, and the database's syncs must not wait for sign-ins. */
const inTurn = createTurns(2)

function run(parameters: Argon2Parameters): Promise<Buffer> {
  return inTurn(() => derive(parameters))
}

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 }

export const shortestPassword = 10
export const longestPassword = 256

/** Why a new password is not taken, in words for its owner, or `null`. */
export function passwordProblem(password: string, email: string): string | null {
  if (password.length < shortestPassword) return `Use at least ${shortestPassword} characters.`
  if (password.length > longestPassword) return `Use at most ${longestPassword} characters.`
  if (password.toLowerCase() === email.toLowerCase()) return 'Do not use your email as password.'
  if (/^(.)\1*$/u.test(password)) return 'Use more than one character, please.'
  return null
}

/** The text to store: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16)
  const tag = await run({ ...cost, message: password.normalize('NFC'), nonce })
  const { memory, passes, parallelism } = cost
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${plain(nonce)}$${plain(tag)}`
}

/**
 * True when the password is the stored one. With `null` (no such account) it works as long and is
 * always false, so that an answer's time does not tell who has an account.
 */
export async function passwordFits(password: string, stored: string | null): Promise<boolean> {
  const text = stored ?? (await decoy())
  const [, m, t, p, salt, hash] =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(text) ?? []
  if (!salt || !hash) throw new Error('A stored password hash is not readable.')
  const expected = Buffer.from(hash, 'base64')
  const tag = await run({
    message: password.normalize('NFC'),
    nonce: Buffer.from(salt, 'base64'),
    memory: Number(m),
    passes: Number(t),
    parallelism: Number(p),
    tagLength: expected.length,
  })
  return timingSafeEqual(tag, expected) && stored !== null
}

let decoyHash: Promise<string> | null = null
function decoy(): Promise<string> {
  decoyHash ??= hashPassword(randomBytes(16).toString('hex'))
  return decoyHash
}

function plain(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
