/**
 * Access tokens that were opened before. An app presents one for an hour, and what a text says cannot
 * change while the key ring stays as it is; so its MAC is computed once. Only what openHandle has let
 * through is kept, so that nobody fills it with garbage, and a ring with other keys empties it. Whether the
 * token is good for anything its row says, each time.
 */
import { type Handle, openHandle } from './handle.ts'
import type { KeyRing } from './keys.ts'

/** Some 5 MB. */
const keptAtMost = 12_000
/** How many go by that are not kept, because it is full, before it starts anew: with those that are in use. */
const patience = 10 * keptAtMost

/** `openHandle`, remembering. A text is looked up by a hash whose seed nobody outside knows. */
export function rememberingOpener(keys: KeyRing): (text: string) => Handle | null {
  let ring = keys.all
  const opened = new Map<string, Handle>()
  /** How many were not kept because it was full. */
  let missed = 0

  const keep = (text: string, handle: Handle) => {
    if (opened.size >= keptAtMost) {
      missed++
      if (missed < patience) return
      opened.clear()
      missed = 0
    }
    // The id is a small part of a large buffer, which must not be held on to.
    opened.set(text, { ...handle, connectionId: new Uint8Array(handle.connectionId) })
  }

  return text => {
    if (keys.all !== ring) {
      ring = keys.all
      opened.clear()
    }
    const known = opened.get(text)
    if (known) return known
    const handle = openHandle(keys, text)
    if (handle) keep(text, handle)
    return handle
  }
}
