/** One process of a vendor: told its options, it is ready; told to go, it lets many callers ask at once. */
import { createVendor } from '../../src/index.ts'
import { openStore, type Place } from './shared-store.ts'

export interface Job {
  readonly place: Place
  readonly platform: string
  readonly clientId: string
  readonly clientSecret: string
  readonly keys: string
  readonly redirectUri: string
  readonly lockTime: number
  readonly callers: number
}

/** What a worker answers when it is done. */
export interface Done {
  readonly tokens: readonly string[]
  readonly refreshed: number
}

process.once('message', (job: Job) => {
  const { place, callers, ...options } = job
  const store = openStore(place)
  const vendor = createVendor({ ...options, store })
  let refreshed = 0
  vendor.on('refreshed', () => refreshed++)
  process.once('message', async () => {
    const { accessToken } = vendor.connection('ada')
    const asked = Array.from({ length: callers }, () => accessToken())
    const tokens = await Promise.all(asked).catch(error => [String(error)])
    await store.close()
    process.send?.({ tokens, refreshed } satisfies Done, () => process.disconnect?.())
  })
  process.send?.('ready')
})
