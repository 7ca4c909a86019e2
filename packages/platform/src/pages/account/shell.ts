/** The frame of a person's own pages: the row of tabs that leads from one to the others. */
import { attributes, type Html, html } from '../html.ts'
import { type Content, type Frame, layout } from '../layout.ts'

const tabs = [
  ['/account/connections', 'Connected apps'],
  ['/account/history', 'History'],
] as const

/** Where people sign in with us; inside a product, sessions are the product's. */
const tabsOfOurs = [
  ['/account/sessions', 'Sessions'],
  ['/account/security', 'Security'],
] as const

export type AccountTab = (typeof tabs)[number][1] | (typeof tabsOfOurs)[number][1]

export function accountPage(frame: Frame, content: Content & { readonly tab: AccountTab }): Html {
  const { tab, ...rest } = content
  const all = frame.signedIn?.signOutElsewhere === undefined ? [...tabs, ...tabsOfOurs] : tabs
  const links = all.map(([path, name]) => {
    const current = attributes({ 'aria-current': name === tab ? 'page' : null })
    return html`<a href="${path}" ${current}>${name}</a>`
  })
  const body = html`<nav class="tabs" aria-label="Your account">${links}</nav>
${content.body}`
  return layout(frame, { ...rest, body })
}
