/** The whole system on this machine: the platform with demo people and data, and a demo vendor's app. */
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, join } from 'node:path'
import { createVendorApp } from '@latchkey/example-vendor'
import { createPlatform, type Platform, type Settings, serve } from '@latchkey/platform'
import { createLog } from '@latchkey/platform/admin'
import { createMemoryStore } from '@latchkey/vendor'
import { createSqliteStore } from '@latchkey/vendor/sqlite'
import { type Demo, ensureDemo } from './demo.ts'
import { createOutbox } from './mails.ts'

export interface SandboxOptions {
  readonly settings: Settings
  /** Where the demo vendor listens. */
  readonly vendorPort: number
}

export interface Sandbox {
  readonly platform: Platform
  readonly demo: Demo
  readonly redirectUri: string
  readonly vendorUrl: string
  /** True when this start made the demo data. */
  readonly isNew: boolean
  stop(): Promise<void>
}

/** Starts everything. Rejects when a port is taken or the database cannot be opened. */
export async function startSandbox({ settings, vendorPort }: SandboxOptions): Promise<Sandbox> {
  const vendorUrl = `http://localhost:${vendorPort}`
  const redirectUri = `${vendorUrl}/callback`
  const inMemory = settings.database === ':memory:'
  const isNew = inMemory || !existsSync(settings.database)
  const outbox = createOutbox()
  const platform = await createPlatform({
    ...settings,
    webhooksLoopback: true,
    logger: createLog(settings.log === 'info' ? 'warn' : settings.log),
    ...(settings.smtp ? {} : { mailer: outbox.mailer }),
    routes: outbox.routes,
  })
  const file = inMemory ? null : join(dirname(settings.database), 'demo.json')
  const demo = await ensureDemo(platform, {
    file,
    redirectUri,
    webhookUrl: `${vendorUrl}/webhooks`,
  })
  const serving = await serve(platform, settings)
  const vendorApp = createVendorApp({
    ...demo,
    redirectUri,
    platformUrl: settings.url,
    store: inMemory
      ? createMemoryStore()
      : createSqliteStore(join(dirname(settings.database), 'demo-vendor.db')),
    keys: demo.vendorKey,
  })
  const vendor = createServer(vendorApp)
  await new Promise<void>((resolve, reject) => {
    vendor.once('error', reject)
    vendor.listen(vendorPort, '127.0.0.1', resolve)
  })
  return {
    platform,
    demo,
    redirectUri,
    vendorUrl,
    isNew,
    stop: async () => {
      vendor.close()
      vendor.closeAllConnections()
      await serving.stop()
    },
  }
}
