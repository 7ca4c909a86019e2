/** What a developer says about an app, checked field by field. */
import { type App, redirectUriProblem } from './app.ts'
import { contactProblems } from './contact.ts'
import { webProblem } from './qualification-form.ts'
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
  /** The hash of its logo, or `''`. */
  readonly logo: string
  readonly contactName: string
  readonly contactEmail: string
  readonly contactPhone: string
}

/** What is wrong, by field: `redirectUri2` is the second line. */
export type AppProblems = Readonly<Record<string, string>>

export const lines = Array.from({ length: redirectUrisAtMost }, (_, i) => `redirectUri${i + 1}`)

export function permissionField(name: string): string {
  return `permission ${name}`
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
  return { ...problems, ...contactProblems(form) }
}

export function settingsOf(form: AppForm): AppSettings {
  return {
    name: form.name,
    description: form.description,
    website: form.website,
    redirect_uris: JSON.stringify(form.redirectUris.filter(Boolean)),
    permissions: form.permissions.join(' '),
    logo: form.logo,
    contact_name: form.contactName,
    contact_email: form.contactEmail,
    contact_phone: form.contactPhone,
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
    logo: settings.logo,
    contactName: settings.contact_name,
    contactEmail: settings.contact_email,
    contactPhone: settings.contact_phone,
  }
}
