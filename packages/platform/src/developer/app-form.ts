/** What a developer says about an app: read from the form, checked field by field. */

import { readOwnForm, type Visitor } from '../accounts/visitor.ts'
import type { Call } from '../http.ts'
import type { ParameterTable } from '../params.ts'
import type { Catalogue } from '../permissions.ts'
import { type App, redirectUriProblem } from './app.ts'
import { webProblem } from './qualification.ts'
import type { AppSettings } from './revision.ts'

/** How many redirect URLs an app may have. */
export const redirectUrisAtMost = 5

export interface AppForm {
  readonly name: string
  readonly description: string
  readonly website: string
  /** One for each line of the form, empty ones too. */
  readonly redirectUris: readonly string[]
  readonly permissions: readonly string[]
  readonly kind: 'confidential' | 'public'
}

/** What is wrong, by field: `redirectUri2` is the second line. */
export type AppProblems = Readonly<Record<string, string>>

export const lines = Array.from({ length: redirectUrisAtMost }, (_, i) => `redirectUri${i + 1}`)

export function permissionField(name: string): string {
  return `permission ${name}`
}

/** Reads the form that `app-form` pages send; `more` are further fields of it. */
export async function readAppForm<T extends ParameterTable>(
  catalogue: Catalogue,
  call: Call,
  visitor: Visitor,
  more: T,
): Promise<AppForm & { readonly more: { readonly [K in keyof T]?: string } }> {
  const named = (names: readonly string[]) =>
    Object.fromEntries(names.map(name => [name, { description: 'As the form says.' }]))
  const permissions = catalogue.map(({ name }) => permissionField(name))
  const table = {
    ...more,
    ...named(['name', 'description', 'website', 'kind', ...lines, ...permissions]),
  }
  const sent: Record<string, string | undefined> = await readOwnForm(table, call, visitor)
  const text = (name: string) => sent[name]?.trim() ?? ''
  return {
    name: text('name'),
    description: text('description'),
    website: text('website'),
    redirectUris: lines.map(text),
    permissions: catalogue.flatMap(({ name }) => (sent[permissionField(name)] ? name : [])),
    kind: sent.kind === 'public' ? 'public' : 'confidential',
    more: sent as { [K in keyof T]?: string },
  }
}

export function appProblems(form: AppForm): AppProblems {
  const problems: Record<string, string> = {}
  if (form.name === '') problems.name = 'Enter the name that users will read.'
  if (form.name.length > 60) problems.name = 'Use at most 60 characters.'
  if (form.description.length > 200) problems.description = 'Use at most 200 characters.'
  const website = form.website === '' ? undefined : webProblem(form.website, '')
  if (website) problems.website = website
  const seen = new Set<string>()
  for (const [i, uri] of form.redirectUris.entries()) {
    if (uri === '') continue
    const problem = seen.has(uri) ? 'it stands here twice' : redirectUriProblem(uri)
    if (problem) problems[lines[i] ?? ''] = `This URL cannot be registered: ${problem}.`
    seen.add(uri)
  }
  if (seen.size === 0) problems.redirectUri1 = 'Enter the URL that users come back to.'
  if (form.permissions.length === 0) problems.permissions = 'Choose at least one.'
  return problems
}

export function settingsOf(form: AppForm): AppSettings {
  return {
    name: form.name,
    description: form.description,
    website: form.website,
    redirect_uris: JSON.stringify(form.redirectUris.filter(Boolean)),
    permissions: form.permissions.join(' '),
  }
}

/** The form as it would have to be sent to mean these settings. */
export function formOf(settings: AppSettings, { is_public }: Pick<App, 'is_public'>): AppForm {
  const uris = JSON.parse(settings.redirect_uris) as string[]
  return {
    name: settings.name,
    description: settings.description,
    website: settings.website,
    redirectUris: lines.map((_, i) => uris[i] ?? ''),
    permissions: settings.permissions.split(' ').filter(Boolean),
    kind: is_public === 1 ? 'public' : 'confidential',
  }
}
