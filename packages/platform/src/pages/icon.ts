/** Drawn marks: the platform's key, and the icons. All are decoration; the words stand beside them. */
import { type Html, html, raw } from './html.ts'

const shapes = {
  alert:
    'M10 6.5v4.25M10 13.6v.01M8.5 3.1 2.1 14.2a1.75 1.75 0 0 0 1.5 2.6h12.8a1.75 1.75 0 0 0 1.5-2.6L11.5 3.1a1.75 1.75 0 0 0-3 0Z',
  arrow: 'M4 10h12M11 5l5 5-5 5',
  book: 'M10 5.5C8.3 4.3 6 3.75 3 3.75v11.5c3 0 5.3.55 7 1.75 1.7-1.2 4-1.75 7-1.75V3.75c-3 0-5.3.55-7 1.75Zm0 0V17',
  check: 'm5 10.5 3.5 3.5L15.5 6.5',
  cross: 'm6 6 8 8M14 6l-8 8',
  info: 'M10 17.25a7.25 7.25 0 1 0 0-14.5 7.25 7.25 0 0 0 0 14.5ZM10 9.25v4.25M10 6.5v.01',
  link: 'M8.4 11.6a3.2 3.2 0 0 0 4.5 0l2.7-2.7a3.2 3.2 0 0 0-4.5-4.5l-.9.9M11.6 8.4a3.2 3.2 0 0 0-4.5 0l-2.7 2.7a3.2 3.2 0 0 0 4.5 4.5l.9-.9',
  mail: 'M3.5 4.75h13A1.25 1.25 0 0 1 17.75 6v8a1.25 1.25 0 0 1-1.25 1.25h-13A1.25 1.25 0 0 1 2.25 14V6A1.25 1.25 0 0 1 3.5 4.75Zm-.9.75 7.4 5.5 7.4-5.5',
  passkey:
    'M7.5 9.5a3.25 3.25 0 1 0 0-6.5 3.25 3.25 0 0 0 0 6.5ZM2 16.75c.5-2.8 2.7-4.25 5.5-4.25 1.1 0 2.1.2 3 .65M15 12.25a2.1 2.1 0 1 0 0-4.2 2.1 2.1 0 0 0 0 4.2Zm0 0v4.9m0-1.9h1.75',
  person:
    'M10 9.75a3.1 3.1 0 1 0 0-6.2 3.1 3.1 0 0 0 0 6.2ZM3.75 16.75c.6-2.9 3.1-4.5 6.25-4.5s5.65 1.6 6.25 4.5',
  screen:
    'M3.5 3.75h13a1 1 0 0 1 1 1v8.5a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-8.5a1 1 0 0 1 1-1ZM7 17h6m-3-2.75V17',
} as const

export type IconName = keyof typeof shapes

export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="${shapes[name]}"/></svg>`
}

/** A key whose shaft and bit read as an L. */
export const keyMark = raw(
  '<svg class="key-mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8"/><g><circle cx="13" cy="10.25" r="4"/><path d="M13 14.25V25.5h7.5M13 20h4.5"/></g></svg>',
)
