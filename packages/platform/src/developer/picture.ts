/**
 * A picture that somebody uploads becomes 256 × 256 pixels of ours. Nothing of the file is kept but what
 * it looks like: no script, no reference, no metadata, no second file behind the first.
 *
 * What the file is follows from its content. It is decoded in a process of its own, which knows none of
 * our secrets, is killed when it takes too long, and gives its memory back: whatever a decoder can be
 * made to do, it does there.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createTurns } from '../turns.ts'

export const pictureBytesAtMost = 3_000_000

export type PictureKind = 'png' | 'jpeg' | 'webp' | 'svg'

/** How long decoding may take, in milliseconds, and how large its outcome may be. */
const patience = 10_000
const pngBytesAtMost = 1_000_000

const inTurn = createTurns(1)
const program = fileURLToPath(new URL('picture-process.ts', import.meta.url))

/** The picture as a PNG, or what is wrong with it, in words for its owner. */
export async function drawPicture(
  bytes: Uint8Array,
): Promise<{ png: Buffer<ArrayBuffer> } | { problem: string }> {
  if (bytes.length > pictureBytesAtMost) return { problem: 'The file is larger than 3 MB.' }
  const kind = kindOf(bytes)
  if (!kind) return { problem: 'This file is no PNG, JPEG, WebP or SVG picture.' }
  const svgProblem = kind === 'svg' ? problemOfSvg(bytes) : null
  if (svgProblem) return { problem: svgProblem }
  const png = await inTurn(() => draw(bytes, kind))
  return png ? { png } : { problem: 'This picture is damaged, or has too many pixels.' }
}

/** What the file is by its first bytes; `null` for everything else. */
function kindOf(bytes: Uint8Array): PictureKind | null {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16))
  if (start.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))) return 'png'
  if (start.subarray(0, 3).equals(Buffer.from('\xff\xd8\xff', 'latin1'))) return 'jpeg'
  const riff = start.toString('latin1', 0, 4) === 'RIFF'
  if (riff && start.toString('latin1', 8, 12) === 'WEBP') return 'webp'
  return /^\uFEFF?\s*<(?:\?xml|!--|!doctype svg|(?:\w+:)?svg)\b/i.test(textOf(bytes) ?? '')
    ? 'svg'
    : null
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

/** Drawings are taken, and nothing that would be fetched, or unfolded into something larger. */
function problemOfSvg(bytes: Uint8Array): string | null {
  const text = textOf(bytes) ?? ''
  const encoding = /^\uFEFF?\s*<\?xml[^>]*encoding\s*=\s*["']([^"']*)/i.exec(text)?.[1]
  if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) {
    return 'This SVG is not encoded as UTF-8. Save it anew, as plain SVG.'
  }
  if (/<!ENTITY/i.test(text)) return 'This SVG defines entities. Save it anew, as plain SVG.'
  if (/<(?:[\w.-]+:)?(?:image|feImage|include)\b/i.test(text)) {
    return 'This SVG holds another picture. Upload that picture itself, as PNG, JPEG or WebP.'
  }
  return null
}

/** Runs the other process; `null` when it could not make a picture of it. */
function draw(bytes: Uint8Array, kind: PictureKind): Promise<Buffer<ArrayBuffer> | null> {
  return new Promise((resolve, reject) => {
    const { SystemRoot } = process.env
    const child = spawn(process.execPath, [program, kind], {
      env: SystemRoot === undefined ? {} : { SystemRoot },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: patience,
      killSignal: 'SIGKILL',
      windowsHide: true,
    })
    const chunks: Buffer[] = []
    let size = 0
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > pngBytesAtMost) child.kill('SIGKILL')
      else chunks.push(chunk)
    })
    child.on('error', reject)
    child.on('close', code => resolve(code === 0 ? Buffer.concat(chunks) : null))
    // A process that has given up reads no more; how it ended says why.
    child.stdin.on('error', () => {})
    child.stdin.end(bytes)
  })
}
