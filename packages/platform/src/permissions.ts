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

/** The names of a stored list that the catalogue holds, separated by spaces. */
export function heldPermissions(catalogue: Catalogue, stored: string): string {
  const names = stored.split(' ')
  const held = names.filter(name => catalogue.some(permission => permission.name === name))
  return held.length === names.length ? stored : held.join(' ')
}

/** The names that the catalogue does not hold. */
export function unknownPermissions(
  catalogue: Catalogue,
  names: readonly string[],
): readonly string[] {
  return names.filter(name => !catalogue.some(permission => permission.name === name))
}
