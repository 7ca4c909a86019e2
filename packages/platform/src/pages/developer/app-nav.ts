/** The pages of one application, and the row of links that leads from one to the others. */
import type { App } from '../../developer/app.ts'
import { attributes, type Html, html } from '../html.ts'

const sections = [
  ['/developer/authorizations/app', 'Overview'],
  ['/developer/authorizations/activity', 'Activity'],
  ['/developer/authorizations/webhooks', 'Webhooks'],
  ['/developer/authorizations/playground', 'Playground'],
] as const

export type AppSection = (typeof sections)[number][1]

export function appNav({ client_id }: Pick<App, 'client_id'>, here: AppSection): Html {
  const links = sections.map(([path, name]) => {
    const current = attributes({ 'aria-current': name === here ? 'page' : null })
    return html`<a href="${`${path}?app=${client_id}`}" ${current}>${name}</a>`
  })
  return html`<nav class="sections" aria-label="This application">${links}</nav>`
}
