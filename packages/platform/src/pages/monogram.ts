/** The picture of an app: its logo when we serve one, otherwise its initials on a colour of its own. */
import { attributes, type Html, html } from './html.ts'

export interface Pictured {
  readonly name: string
  /** A path on this host; anything else is not shown, since pages load nothing from elsewhere. */
  readonly logoUrl?: string
}

const hues = 8

export function appMark({ name, logoUrl }: Pictured, size: 'medium' | 'large' = 'medium'): Html {
  if (logoUrl && /^\/[^/\\]/.test(logoUrl)) {
    return html`<img class="app-mark app-mark-${size}" src="${logoUrl}" alt="" width="56" height="56">`
  }
  return monogram(name, size)
}

/** The same name always gets the same letters and the same colour. */
export function monogram(name: string, size: 'medium' | 'large' = 'medium'): Html {
  const letters = initials(name)
  const shape = attributes({ class: `app-mark app-mark-${size} hue-${hueOf(name)}` })
  const wide = letters.length > 1 ? 21 : 25
  return html`<svg ${shape} viewBox="0 0 56 56" aria-hidden="true"><rect width="56" height="56" rx="14"/><text x="28" y="28" dy="0.36em" font-size="${wide}" text-anchor="middle">${letters}</text></svg>`
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The first letter of the first two words that begin with a letter or digit; one for scripts without cases. */
function initials(name: string): string {
  const words = name.match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? []
  const first = words.slice(0, 2).map(firstLetter)
  const cased = first.every(letter => letter.toLowerCase() !== letter.toUpperCase())
  return (cased ? first.join('') : (first[0] ?? '?')).toUpperCase()
}

function firstLetter(word: string): string {
  for (const { segment } of segmenter.segment(word)) return segment
  return ''
}

function hueOf(name: string): number {
  let sum = 2_166_136_261
  for (const character of name) sum = Math.imul(sum ^ (character.codePointAt(0) ?? 0), 16_777_619)
  return ((sum >>> 0) % hues) + 1
}
