/** `npm start`. What Node has compiled is kept, so that the next start is faster. */
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

enableCompileCache(fileURLToPath(new URL('../.cache/compiled', import.meta.url)))

const { start } = await import('./session.ts')
await start()
