/** A message set apart from the page: something went wrong, was done, or should be known first. */
import { attributes, type Html, html, type Value } from './html.ts'
import { type IconName, icon } from './icon.ts'

const kinds = {
  problem: { icon: 'alert', role: 'alert' },
  done: { icon: 'check', role: 'status' },
  caution: { icon: 'info', role: null },
} as const satisfies Record<string, { icon: IconName; role: string | null }>

export function notice(kind: keyof typeof kinds, text: Value, id?: string): Html {
  const { icon: name, role } = kinds[kind]
  return html`<div class="notice notice-${kind}" ${attributes({ role, id })}>${icon(name)}<div>${text}</div></div>`
}
