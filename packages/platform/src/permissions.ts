/**
 * The catalogue of permissions: parts of the API an app may use, in words for the consent page. The
 * OAuth scope is always `openApi`; which part of the API that opens is decided here. What stands in the
 * database and no longer in the catalogue is neither shown nor granted.
 */
export interface Permission {
  /** `noun:verb`, as the gate asks for it. */
  readonly name: string
  /** What the user reads: what the app will be able to do. */
  readonly title: string
  readonly description: string
}

export type Catalogue = readonly Permission[]

/** What a platform offers when its operator names nothing else. */
export const defaultCatalogue: Catalogue = [
  {
    name: 'profile:read',
    title: 'See who you are',
    description: 'Your name and your email address.',
  },
]

/** The permissions of a stored list, in the catalogue's order; names it no longer holds are left out. */
export function describePermissions(catalogue: Catalogue, stored: string): readonly Permission[] {
  const names = stored.split(' ')
  return catalogue.filter(permission => names.includes(permission.name))
}

/** What a connection holds of what was stored with it. */
export interface Held {
  readonly names: readonly string[]
  /** The same names, separated by spaces. */
  readonly list: string
}

/** Lists are few, because apps are: each is read once. */
const listsAtMost = 1_000

/** Answers what the catalogue holds of a stored list. */
export function holder(catalogue: Catalogue): (stored: string) => Held {
  const known = new Set(catalogue.map(({ name }) => name))
  const read = new Map<string, Held>()
  return stored => {
    let held = read.get(stored)
    if (!held) {
      const names = stored.split(' ').filter(name => known.has(name))
      held = { names, list: names.join(' ') }
      if (read.size < listsAtMost) read.set(stored, held)
    }
    return held
  }
}

/** The names that the catalogue does not hold. */
export function unknownPermissions(
  catalogue: Catalogue,
  names: readonly string[],
): readonly string[] {
  return names.filter(name => !catalogue.some(permission => permission.name === name))
}
