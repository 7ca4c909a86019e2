/** The files our pages need, served from here under names that change with their content. */
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface Asset {
  /** `/assets/NAME-HASH.EXTENSION`: may be cached for ever. */
  readonly path: string
  readonly body: string
  readonly contentType: string
}

/** In the order of the cascade. */
const sheets = [
  'roles',
  'ground',
  'frame',
  'surfaces',
  'controls',
  'apps',
  'lists',
  'home',
  'developer',
  'deliveries',
  'form',
  'tables',
  'account',
  'activity',
  'playground',
  'docs',
  'operation',
]

export const stylesheet = asset(
  'style.css',
  'text/css; charset=utf-8',
  sheets.map(readSheet).join('\n'),
)
export const favicon = asset('mark.svg', 'image/svg+xml; charset=utf-8', read('mark.svg'))

/** Each for the pages that name it; a page without a name has no script at all. */
export const scripts = {
  copy: script('copy'),
  passkey: script('passkey'),
} as const

export type ScriptName = keyof typeof scripts

export const assets: readonly Asset[] = [stylesheet, favicon, ...Object.values(scripts)]

function asset(file: string, contentType: string, body: string): Asset {
  const name = file.replace('.', `-${hash('sha256', body, 'hex').slice(0, 12)}.`)
  return { path: `/assets/${name}`, body, contentType }
}

function script(name: string): Asset {
  return asset(`${name}.js`, 'text/javascript; charset=utf-8', read(`script/${name}.js`))
}

function readSheet(name: string): string {
  return read(`style/${name}.css`)
}

function read(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8')
}
