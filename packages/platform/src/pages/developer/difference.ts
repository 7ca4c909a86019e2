/** What a revision changes, as a table of then and now. */
import { pictured } from '../../developer/logo.ts'
import { type QualificationRow, qualificationNames } from '../../developer/qualification.ts'
import type { AppSettings } from '../../developer/revision.ts'
import { type Html, html } from '../html.ts'

interface Change {
  readonly label: string
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** How one of these texts is shown, when not as it is. */
  readonly show?: (text: string) => Html
}

/** The fields in which the two differ. */
function changesBetween(before: AppSettings, after: AppSettings): readonly Change[] {
  const uris = (settings: AppSettings) => JSON.parse(settings.redirect_uris) as string[]
  const permissions = (settings: AppSettings) => settings.permissions.split(' ').filter(Boolean)
  const contact = (settings: AppSettings) => [
    settings.contact_name,
    settings.contact_email,
    settings.contact_phone,
  ]
  return differing([
    { label: 'Name', before: [before.name], after: [after.name] },
    { label: 'Logo', before: [before.logo], after: [after.logo], show: logo },
    { label: 'Description', before: [before.description], after: [after.description] },
    { label: 'Website', before: [before.website], after: [after.website] },
    { label: 'Redirect URLs', before: uris(before), after: uris(after) },
    { label: 'Permissions', before: permissions(before), after: permissions(after) },
    { label: 'Primary contact', before: contact(before), after: contact(after) },
  ])
}

function logo(hash: string): Html {
  if (hash === '') return html`<em>drawn letters</em>`
  const { logoUrl } = pictured({ name: '', logo: hash })
  return html`<img class="app-mark app-mark-large" src="${logoUrl ?? ''}" alt="The logo" width="56" height="56">`
}

/** Those that are not the same before and after. */
function differing(changes: readonly Change[]): readonly Change[] {
  return changes.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))
}

export function addedPermissions(before: AppSettings, after: AppSettings): readonly string[] {
  const had = before.permissions.split(' ')
  return after.permissions.split(' ').filter(name => name !== '' && !had.includes(name))
}

/** What a revision of the app changes. */
export function appDifference(before: AppSettings, after: AppSettings): Html {
  return differenceTable(changesBetween(before, after))
}

/** Gone in the left column, new in the right one; what stays is plain. */
function differenceTable(changes: readonly Change[]): Html {
  if (changes.length === 0) return html`<p>Nothing differs from what is live.</p>`
  return html`<div class="table-frame" tabindex="0" role="region" aria-label="What changes"><table class="difference difference-rows">
<thead><tr><th scope="col">What</th><th scope="col">Live now</th><th scope="col">After</th></tr></thead>
<tbody>${changes.map(
    ({ label, before, after, show = plain }) =>
      html`<tr><th scope="row">${label}</th><td data-label="Live now">${before.map(text => value(show(text), after.includes(text) ? null : 'del'))}</td><td data-label="After">${after.map(text => value(show(text), before.includes(text) ? null : 'ins'))}</td></tr>`,
  )}</tbody>
</table></div>`
}

function plain(text: string): Html {
  return text === '' ? html`<em>empty</em>` : html`<bdi>${text}</bdi>`
}

function value(shown: Html, mark: 'del' | 'ins' | null): Html {
  if (mark === 'del') return html`<p><del>${shown}</del></p>`
  return mark === 'ins' ? html`<p><ins>${shown}</ins></p>` : html`<p>${shown}</p>`
}

const companyLabels: Readonly<Record<keyof QualificationRow, string>> = {
  name: 'Company',
  website: 'Website',
  privacy_url: 'Privacy policy',
  contact_name: 'Full name',
  contact_title: 'Title',
  contact_email: 'Email',
  contact_phone: 'Phone',
}

/** What a company would like to say instead of what was approved. */
export function companyDifference(before: QualificationRow, after: QualificationRow): Html {
  const changes = qualificationNames.map(name => ({
    label: companyLabels[name],
    before: [before[name]],
    after: [after[name]],
  }))
  return differenceTable(differing(changes))
}
