/** Chance that can be had again: a test says its seed, and runs alike when it is given that one. */
import type { TestContext } from 'node:test'

/** Numbers from a seed (mulberry32): the same seed, the same choices. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** `LATCHKEY_TEST_SEED`, or another one each time; said when the test fails. */
export function seedOf(t: TestContext): number {
  const seed = Number(process.env.LATCHKEY_TEST_SEED ?? Math.floor(Math.random() * 1e9))
  t.diagnostic(`LATCHKEY_TEST_SEED=${seed}`)
  return seed
}
