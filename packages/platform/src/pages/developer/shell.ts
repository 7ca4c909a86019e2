/** The frame of the Developer Platform: its tabs, and the words for what state a thing is in. */
import { attributes, type Html, html } from '../html.ts'
import { type Frame, layout } from '../layout.ts'

const tabs = [
  ['/developer', 'My Qualification'],
  ['/developer/authorizations', 'My Authorization'],
  ['/developer/colleagues', 'Colleagues'],
] as const

export type Tab = (typeof tabs)[number][1]

export function developerPage(
  frame: Frame,
  { tab, title, body }: { tab: Tab; title: string; body: Html },
): Html {
  const links = tabs.map(([path, name]) => {
    const current = attributes({ 'aria-current': name === tab ? 'page' : null })
    return html`<a href="${path}" ${current}>${name}</a>`
  })
  const whole = html`<nav class="tabs" aria-label="Developer Platform">${links}</nav>
${body}`
  return layout(frame, { title: `${title} · Developer Platform`, body: whole, script: 'copy' })
}

const tones = {
  good: 'badge-good',
  waiting: 'badge-waiting',
  bad: 'badge-bad',
  plain: '',
} as const

/** A state in a word or two; the words carry the meaning, the colour repeats it. */
export function badge(words: string, tone: keyof typeof tones): Html {
  return html`<span class="badge ${tones[tone]}">${words}</span>`
}
