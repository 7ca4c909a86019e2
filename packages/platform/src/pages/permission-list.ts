/** What an app may do, in the catalogue's words. */
import { type Html, html } from './html.ts'
import { icon } from './icon.ts'

export interface ShownPermission {
  readonly name: string
  readonly title: string
  readonly description: string
}

export function permissionList(permissions: readonly ShownPermission[]): Html {
  return html`<ul class="ticks">${permissions.map(
    ({ title, description }) =>
      html`<li>${icon('check')}<div><strong>${title}</strong>${description && html` <span>${description}</span>`}</div></li>`,
  )}</ul>`
}
