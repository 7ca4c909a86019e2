/**
 * Markup that cannot be injected into. `html` escapes every value, knows where in the markup each one
 * stands, and refuses places where escaping would not be enough. Only this file makes `Html`.
 */

/** Markup that is safe to send. Made by `html`, or by `raw` for what our own sources say. */
class Html {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  static textOf(value: object): string | null {
    return #text in value ? (value as Html).#text : null
  }

  toString(): string {
    return this.#text
  }
}

/** Attributes with their values, for `html` to put inside a tag. Made by `attributes`. */
class Attributes {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  static textOf(value: unknown): string | null {
    return typeof value === 'object' && value !== null && #text in value
      ? (value as Attributes).#text
      : null
  }
}

export type { Attributes, Html }

/** What a template takes; `null`, `undefined` and `false` leave nothing behind, arrays are joined. */
export type Value =
  | Html
  | Attributes
  | string
  | number
  | null
  | undefined
  | false
  | readonly Value[]

/**
 * A template: `` html`<p>${name}</p>` ``. A value may stand in text, in a double-quoted attribute, or
 * (made by `attributes`) inside a tag. Throws `TypeError` for any other place, and for markup in an attribute.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  const places = placesOf(strings)
  let text = strings[0] ?? ''
  for (const [index, place] of places.entries()) {
    text += writers[place](values[index]) + (strings[index + 1] ?? '')
  }
  return new Html(text)
}

/** Trusts a text as it is: for constants in our own sources, never for anything that came from outside. */
export function raw(trusted: string): Html {
  return new Html(trusted)
}

export function renderHtml(page: Html): string {
  const text = Html.textOf(page)
  if (text === null) throw new TypeError('Only what html`…` made can be rendered.')
  return text
}

/** Attributes that are there only sometimes: `true` stands alone, `false`, `null` and `undefined` are left out. */
export function attributes(
  pairs: Readonly<Record<string, string | number | boolean | null | undefined>>,
): Attributes {
  const written: string[] = []
  for (const [name, value] of Object.entries(pairs)) {
    if (value === false || value === null || value === undefined) continue
    if (!/^[a-z][a-z\d-]*$/.test(name) || forbidden.test(name) || urls.has(name)) {
      throw new TypeError(`The attribute ${name} belongs in the template.`)
    }
    written.push(value === true ? name : `${name}="${escaped(String(value))}"`)
  }
  return new Attributes(written.join(' '))
}

type Place = 'text' | 'value' | 'url' | 'tag'

const writers: Readonly<Record<Place, (value: Value) => string>> = {
  text: inText,
  value: inValue,
  url: inUrl,
  tag: inTag,
}

/** Characters that turn the order of letters around: an app's name could seem to be another. */
const overrides = /[\u202a-\u202e\u2066-\u2069]/g

function inText(value: Value): string {
  if (typeof value === 'string') return escaped(value.replace(overrides, ''))
  if (typeof value === 'number') return String(value)
  if (value === null || value === undefined || value === false) return ''
  if (Array.isArray(value)) return value.map(inText).join('')
  const text = typeof value === 'object' ? Html.textOf(value) : null
  if (text === null) throw new TypeError('This value cannot stand in text.')
  return text
}

function inValue(value: Value): string {
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return String(value)
  if (value === null || value === undefined || value === false) return ''
  throw new TypeError('Only text can stand in an attribute.')
}

/** A whole URL: on this host (`/…`, `#…`), or http(s). Anything else, `javascript:` above all, leads nowhere. */
function inUrl(value: Value): string {
  const text = inValue(value)
  return /^(?:#|\/(?![/\\])|https?:\/\/)/i.test(text) && !/[\s\\]/.test(text) ? text : '#'
}

function inTag(value: Value): string {
  const text = Attributes.textOf(value)
  if (text === null) throw new TypeError('Only attributes(…) can stand inside a tag.')
  return text
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"'`]/g, character => entities[character] ?? '')
}

const known = new WeakMap<TemplateStringsArray, readonly Place[]>()

/** Where the values of a template stand; worked out once for each template in the sources. */
function placesOf(strings: TemplateStringsArray): readonly Place[] {
  let places = known.get(strings)
  if (!places) {
    places = strings.slice(1).map((_, index) => placeAfter(strings.slice(0, index + 1).join('x')))
    known.set(strings, places)
  }
  return places
}

const completeTag = /<[!/]?[a-z](?:"[^"]*"|[^"<>])*>/gi
const forbidden = /^(?:on.*|style|srcdoc)$/
const urls = new Set([
  'href',
  'xlink:href',
  'src',
  'srcset',
  'action',
  'formaction',
  'data',
  'ping',
])

function placeAfter(markup: string): Place {
  const rest = markup.replace(completeTag, '')
  const open = rest.lastIndexOf('<')
  if (/<(?:script|style)\b/i.test(markup))
    throw new TypeError('No values beside scripts or styles.')
  if (open < 0) return 'text'
  const inside = rest.slice(open)
  if (/^<[a-z][a-z\d-]*(?:\s+[a-z][a-z\d-]*(?:="[^"]*")?)*\s+$/i.test(inside)) return 'tag'
  const [, name, before] = /\s([a-z][a-z\d:-]*)="([^"]*)$/i.exec(inside) ?? []
  if (name === undefined || before === undefined || forbidden.test(name.toLowerCase())) {
    throw new TypeError(`A value cannot stand here: ${inside}`)
  }
  if (!urls.has(name.toLowerCase())) return 'value'
  if (before === '') return 'url'
  if (/^[/#]/.test(before) && !/^\/x?$/.test(before)) return 'value'
  throw new TypeError(`A value cannot stand at the beginning of a URL: ${inside}`)
}
