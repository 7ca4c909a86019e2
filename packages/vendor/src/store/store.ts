/**
 * What a store must do: five functions. A row is opaque to it: the tokens inside are sealed before they
 * come here. `write` compares and sets, so of any number of writers at once exactly one wins; `lock` knows
 * its owner, so nobody can give away what another holds. A store tells time by its own clock.
 */

/** A connection's name: the vendor's own user, and which of that user's connections. */
export interface ConnectionKey {
  readonly user: string
  readonly name: string
}

export interface Row {
  /** Changes with the tokens; what `write` compares. */
  readonly revision: string
  /** When a refresh is due, in milliseconds since the epoch; `never` when none will be. */
  readonly dueAt: number
  readonly sealed: string
}

export interface Store {
  /** The row, or `null`. */
  read(key: ConnectionKey): Promise<Row | null>
  /**
   * Puts `row` (`null` deletes) where the row's revision is `expected` (`null`: where there is no row).
   * Answers whether it did. When it resolves, the row outlives a crash, as far as the store can.
   */
  write(key: ConnectionKey, row: Row | null, expected: string | null): Promise<boolean>
  /** The keys of one user's rows, or of those due at `dueBefore` or earlier, or of all; the first due first. */
  list(which: { readonly user?: string; readonly dueBefore?: number }): Promise<ConnectionKey[]>
  /** Takes a lock for so many milliseconds, or prolongs it for who owns it. Answers whether `owner` has it. */
  lock(name: string, owner: string, milliseconds: number): Promise<boolean>
  /** Gives the lock back, when `owner` has it. */
  unlock(name: string, owner: string): Promise<void>
}

/** A `dueAt` that never comes: the last moment that a `Date` can name. */
export const never = 8.64e15
