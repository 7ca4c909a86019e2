/**
 * What a walk through the flow has got so far: code, tokens, verifier. It lies in the browser's cookie,
 * encrypted with a key of the platform, for ten minutes; it opens for this session and this app alone, and
 * the platform keeps nothing.
 *
 * AES-256-GCM under a key that is made for one text: the ring's MAC of a fresh nonce.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Key, KeyRing } from '../connection/keys.ts'

export interface Pocket {
  readonly door: 'standard' | 'article'
  readonly redirectUri: string
  /** `null` where the link carries none. */
  readonly state: string | null
  readonly verifier: string | null
  readonly code?: string
  readonly access?: string
  readonly refresh?: string
}

/** Whose it is; one of another session, person or app does not open. */
export interface Owner {
  /** The form token, which follows from the session. */
  readonly csrf: string
  readonly accountId: number
  readonly clientId: string
}

/** Milliseconds. */
export const pocketLifetime = 600_000

const zero = Buffer.alloc(12)
const tagLength = 16

/** `keyId.time.nonce.text`, of characters that a cookie may hold. */
export function closePocket(keys: KeyRing, pocket: Pocket, owner: Owner, now: number): string {
  const key = keys.at(now)
  const head = `${key.id}.${now}.${randomBytes(16).toString('base64url')}`
  const cipher = createCipheriv('aes-256-gcm', keyOf(key, head), zero)
  cipher.setAAD(boundTo(head, owner))
  const text = Buffer.concat([cipher.update(JSON.stringify(pocket)), cipher.final()])
  return `${head}.${Buffer.concat([text, cipher.getAuthTag()]).toString('base64url')}`
}

/** The pocket, or `null` for one that is somebody else's, was changed, or is too old. */
export function openPocket(
  keys: KeyRing,
  text: string | null,
  owner: Owner,
  now: number,
): Pocket | null {
  const [, head, id, time, sealed] =
    /^((\d{1,10})\.(\d{1,15})\.[\w-]{22})\.([\w-]{22,4096})$/.exec(text ?? '') ?? []
  const key = id ? keys.byId(Number(id)) : null
  if (!key || !head || !sealed || now >= Number(time) + pocketLifetime) return null
  const bytes = Buffer.from(sealed, 'base64url')
  const cipher = createDecipheriv('aes-256-gcm', keyOf(key, head), zero)
  cipher.setAAD(boundTo(head, owner))
  cipher.setAuthTag(bytes.subarray(-tagLength))
  try {
    const opened = Buffer.concat([cipher.update(bytes.subarray(0, -tagLength)), cipher.final()])
    return JSON.parse(opened.toString()) as Pocket
  } catch {
    return null
  }
}

/** No ticket and no other sealed text begins with this word, so none of them is ever a key. */
function keyOf(key: Key, head: string): Buffer {
  return Buffer.from(key.seal(`playground ${head}`), 'base64url')
}

function boundTo(head: string, { csrf, accountId, clientId }: Owner): Buffer {
  return Buffer.from(`${head} ${csrf} ${accountId} ${clientId}`)
}
