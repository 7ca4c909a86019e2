/**
 * The process that `picture.ts` starts for one picture: bytes in by stdin, a PNG out by stdout. Its one
 * argument is what the bytes are; no other decoder is let near them.
 */
import { buffer } from 'node:stream/consumers'
import sharp from 'sharp'
import type { PictureKind } from './picture.ts'

const side = 256
const pixelsAtMost = 24_000_000

const decoders: Readonly<Record<PictureKind, string>> = {
  png: 'VipsForeignLoadPngBuffer',
  jpeg: 'VipsForeignLoadJpegBuffer',
  webp: 'VipsForeignLoadWebpBuffer',
  svg: 'VipsForeignLoadSvgBuffer',
}

const kind = process.argv[2] as PictureKind
sharp.cache(false)
sharp.concurrency(1)
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: [decoders[kind]] })

const bytes = await buffer(process.stdin)
const png = await sharp(bytes, {
  limitInputPixels: pixelsAtMost,
  failOn: 'error',
  ...(kind === 'svg' && { density: await densityFor(bytes) }),
})
  .timeout({ seconds: 8 })
  .autoOrient()
  .resize(side, side, { fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } })
  .png({ compressionLevel: 9 })
  .toBuffer()
process.stdout.write(png)

/** A drawing has no pixels: it is drawn large enough to be made smaller, whatever size it names. */
async function densityFor(drawing: Buffer): Promise<number> {
  const { width, height } = await sharp(drawing, { limitInputPixels: false }).metadata()
  return Math.min(2_400, Math.max(1, (72 * 2 * side) / Math.max(width, height)))
}
