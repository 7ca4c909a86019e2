/** The files our pages need, served from here under names that change with their content. */
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'

export interface Asset {
  /** `/assets/NAME-HASH.EXTENSION`: may be cached for ever. */
  readonly path: string
  readonly body: string
  readonly contentType: string
}

export const stylesheet = asset('style', 'css', 'text/css; charset=utf-8')
export const favicon = asset('mark', 'svg', 'image/svg+xml; charset=utf-8')

export const assets: readonly Asset[] = [stylesheet, favicon]

function asset(name: string, extension: string, contentType: string): Asset {
  const body = readFileSync(new URL(`${name}.${extension}`, import.meta.url), 'utf8')
  const path = `/assets/${name}-${hash('sha256', body, 'hex').slice(0, 12)}.${extension}`
  return { path, body, contentType }
}
