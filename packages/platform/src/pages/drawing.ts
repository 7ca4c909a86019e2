/** The picture on the start page: two apps connected to the key, a third one disconnected. */
import { raw } from './html.ts'

const app = (y: number, name: string, glyph: string) =>
  `<g class="drawing-app ${name}" transform="translate(2 ${y})"><rect width="60" height="60" rx="15"/><path d="${glyph}"/></g>`

const phone =
  'M22 19h5l2.5 6.5-3 2a14 14 0 0 0 6 6l2-3L41 33v5a2.5 2.5 0 0 1-2.5 2.5A19 19 0 0 1 19.5 21.5 2.5 2.5 0 0 1 22 19Z'
const chart = 'M19 41h22M22.5 36v-6M30 36V20M37.5 36V26'
const letter = 'M18.5 22h23v16h-23zM19 22.5l11 9 11-9'

export const connectionsDrawing =
  raw(`<svg class="drawing" viewBox="0 0 304 252" aria-hidden="true">
<path class="drawing-line" d="M64 32C130 32 130 110 200 110M64 126h136"/>
<path class="drawing-cut" d="M64 220c38 0 56-11 66-32"/>
<path class="drawing-end" d="m133 168 9 9m0-9-9 9"/>
${app(2, 'hue-1', phone)}${app(96, 'hue-3', chart)}${app(190, 'drawing-gone', letter)}
<g class="key-mark" transform="translate(200 76) scale(3.125)"><rect width="32" height="32" rx="8"/><g><circle cx="13" cy="10.25" r="4"/><path d="M13 14.25V25.5h7.5M13 20h4.5"/></g></g>
</svg>`)
