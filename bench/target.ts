// What a target is: one server process, the steps it can be asked for, and codes on demand.
// Everything the bench knows about a server is in its Ready message; a new target is a file in
// targets/ that calls `announce`.

import { readdirSync } from 'node:fs'
import { ask, type Child, start } from './process.ts'

export const STEPS = ['refresh', 'exchange', 'me'] as const
export type Step = (typeof STEPS)[number]

/** A request with `{value}` where a token or code goes, in the path, a header or the body. */
export type Template = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * How one step is asked for. `values` are used in turn, over and over; the exchange leaves them
 * empty, because each of its values is a fresh code from `mint`. A right answer is a 200 that
 * contains `mark`.
 */
export type Work = {
  readonly request: Template
  readonly values: readonly string[]
  readonly mark: string
}

export type Ready = {
  readonly port: number
  /** Where the state lives, in the words of the heading: `in memory`, `SQLite, …`. */
  readonly state: string
  readonly steps: Readonly<Record<Step, Work>>
}

/**
 * The process's side: says what it serves, then mints codes when asked, until its parent is gone.
 */
export function announce(ready: Ready, mint: (count: number) => Promise<string[]> | string[]) {
  process.on('message', async (message: { mint?: number }) => {
    if (message.mint !== undefined) process.send?.({ minted: await mint(message.mint) })
  })
  process.on('disconnect', () => process.exit())
  process.send?.(ready)
}

export type Target = Ready & { readonly name: string; readonly child: Child }

/** The names of the files in targets/. */
export const targetNames = readdirSync(new URL('targets/', import.meta.url))
  .filter(file => file.endsWith('.ts'))
  .map(file => file.slice(0, -'.ts'.length))
  .sort()

/** Starts a target on the server's core and waits until it is ready. */
export async function startTarget(name: string): Promise<Target> {
  const child = start(`targets/${name}.ts`, 0)
  const ready = await ask<Ready>(child, undefined, 300)
  return { ...ready, name, child }
}

/** So many codes that were never used. Called between measurements, never within one. */
export async function mintCodes(target: Target, count: number): Promise<string[]> {
  const { minted } = await ask<{ minted: string[] }>(target.child, { mint: count }, 60)
  return minted
}
