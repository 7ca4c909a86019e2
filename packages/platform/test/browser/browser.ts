/**
 * A real browser from npm for tests, and axe-core's opinion of the page it shows. Nothing is installed:
 * `@sparticuz/chromium` carries the browser and the shared libraries it needs.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Result } from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'

// The package's own arguments are left aside: they put everything into one process, which hangs when a
// context is closed.
const browserArguments = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--disable-background-networking',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts a headless Chromium. The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  // Read on import: it makes the package unpack its shared libraries outside a cloud function too.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs22.x'
  const { default: packed } = await import('@sparticuz/chromium')
  return chromium.launch({
    executablePath: await packed.executablePath(),
    args: browserArguments,
    headless: true,
  })
}

let axeSource: Promise<string> | null = null

/**
 * What axe-core finds wrong with the page, one readable line for each element; `[]` when all is well.
 * Axe runs in the page, so a page with a strict Content-Security-Policy needs a context made with
 * `bypassCSP: true`.
 */
export async function axeProblems(page: Page): Promise<string[]> {
  axeSource ??= readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8')
  await page.evaluate(await axeSource)
  const violations: Result[] = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    return (await axe.run({ resultTypes: ['violations'] })).violations
  })
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(
      node =>
        `${id} (${impact}): ${node.target.join(' ')}: ${node.failureSummary?.replaceAll(/\s+/g, ' ')}`,
    ),
  )
}
