/** What a revision changes, as a table of then and now. */
import type { AppSettings } from '../../developer/revision.ts'
import { type Html, html } from '../html.ts'

interface Change {
  readonly label: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** The fields in which the two differ. */
export function changesBetween(before: AppSettings, after: AppSettings): readonly Change[] {
  const uris = (settings: AppSettings) => JSON.parse(settings.redirect_uris) as string[]
  const permissions = (settings: AppSettings) => settings.permissions.split(' ').filter(Boolean)
  const all: readonly Change[] = [
    { label: 'Name', before: [before.name], after: [after.name] },
    { label: 'Description', before: [before.description], after: [after.description] },
    { label: 'Website', before: [before.website], after: [after.website] },
    { label: 'Redirect URLs', before: uris(before), after: uris(after) },
    { label: 'Permissions', before: permissions(before), after: permissions(after) },
  ]
  return all.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after))
}

export function addedPermissions(before: AppSettings, after: AppSettings): readonly string[] {
  const had = before.permissions.split(' ')
  return after.permissions.split(' ').filter(name => name !== '' && !had.includes(name))
}

/** Gone in the left column, new in the right one; what stays is plain. */
export function differenceTable(before: AppSettings, after: AppSettings): Html {
  const changes = changesBetween(before, after)
  if (changes.length === 0) return html`<p>Nothing differs from the live application.</p>`
  return html`<div class="table-frame" tabindex="0" role="region" aria-label="What changes"><table class="difference">
<thead><tr><th scope="col">What</th><th scope="col">Live now</th><th scope="col">After</th></tr></thead>
<tbody>${changes.map(
    ({ label, before, after }) =>
      html`<tr><th scope="row">${label}</th><td>${before.map(text => value(text, after.includes(text) ? null : 'del'))}</td><td>${after.map(text => value(text, before.includes(text) ? null : 'ins'))}</td></tr>`,
  )}</tbody>
</table></div>`
}

function value(text: string, mark: 'del' | 'ins' | null): Html {
  const shown = text === '' ? html`<em>empty</em>` : html`<bdi>${text}</bdi>`
  if (mark === 'del') return html`<p><del>${shown}</del></p>`
  return mark === 'ins' ? html`<p><ins>${shown}</ins></p>` : html`<p>${shown}</p>`
}
