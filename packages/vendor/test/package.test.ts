/** The package as it is published: built, packed, unpacked elsewhere, imported, type-checked; and its size. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const home = resolve(import.meta.dirname, '..')
const typescript = createRequire(import.meta.url).resolve('typescript/package.json')
const tsc = join(dirname(typescript), JSON.parse(readFileSync(typescript, 'utf8')).bin.tsc)

/** Runs a program to its end; answers what it printed. */
function run(program: string, flags: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, flags, { cwd, encoding: 'utf8' })
  assert.equal(status, 0, `${program} ${flags.join(' ')}: ${error ?? ''}${stdout}${stderr}`)
  return stdout
}

describe('the packed package, in a folder of its own', () => {
  let folder: string
  let installed: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-pack-'))
    run(process.execPath, [join(home, 'build.ts'), join(folder, 'dist')], folder)
    run(
      'npm',
      ['pack', './dist', '--offline', '--ignore-scripts', '--cache', join(folder, 'cache')],
      folder,
    )
    const packed = readdirSync(folder).find(name => name.endsWith('.tgz')) ?? ''
    assert.equal(packed, 'latchkey-vendor-0.1.0.tgz')
    installed = join(folder, 'node_modules/@latchkey/vendor')
    mkdirSync(installed, { recursive: true })
    run('tar', ['-xzf', packed, '--strip-components=1', '-C', installed], folder)
    rmSync(join(folder, 'dist'), { recursive: true })
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('holds what was built, and nothing else', () => {
    const names = readdirSync(installed, { recursive: true, encoding: 'utf8' })
    const others = names.filter(name => !/(\.js|\.d\.ts|^store|^webhooks)$/.test(name))
    assert.deepEqual(others.sort(), ['LICENSE', 'README.md', 'package.json'])
    for (const name of names.filter(name => /\.(js|d\.ts)$/.test(name))) {
      const source = readFileSync(join(installed, name), 'utf8')
      assert.doesNotMatch(source, /from '[^']+\.ts'/, name)
    }
    const about = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
    assert.equal(about.dependencies, undefined)
    assert.equal(about.scripts, undefined)
  })

  test('is imported and used by plain Node, all five doors', () => {
    const program = `
      import { createMemoryStore, createVendor, newKey } from '@latchkey/vendor'
      import { createSqliteStore } from '@latchkey/vendor/sqlite'
      import { createPostgresStore } from '@latchkey/vendor/postgres'
      import { createRedisStore } from '@latchkey/vendor/redis'
      import { createWebhooks } from '@latchkey/vendor/webhooks'
      const store = createSqliteStore('./vendor.db')
      const vendor = createVendor({
        clientId: 'app', clientSecret: 'secret', redirectUri: 'https://vendor.example/callback',
        store, keys: newKey(),
      })
      const answer = await vendor.connect(new Request('https://vendor.example/'), { user: 'ada' })
      console.log(answer.status, new URL(answer.headers.get('location')).host)
      console.log((await vendor.connection('ada').status()).state)
      console.log([createMemoryStore, createPostgresStore, createRedisStore, createWebhooks].map(make => typeof make).join())
      store.close()
    `
    writeFileSync(join(folder, 'program.mjs'), program)
    const printed = run(process.execPath, ['program.mjs'], folder)
    assert.deepEqual(printed.trim().split('\n'), [
      '303 lofty.com',
      'none',
      'function,function,function,function',
    ])
  })

  test('has types that a strict program and the README’s example can use, and that catch a mistake', () => {
    const program = `
      import { createVendor, type CallbackResult, type Connection, newKey, type Store } from '@latchkey/vendor'
      import { createSqliteStore, type SqliteStore } from '@latchkey/vendor/sqlite'
      import { createPostgresStore } from '@latchkey/vendor/postgres'
      import { createRedisStore } from '@latchkey/vendor/redis'
      const store: SqliteStore = createSqliteStore('./a.db')
      export const stores: Store[] = [store, createPostgresStore('postgres://x'), createRedisStore('redis://x')]
      const vendor = createVendor({
        clientId: 'app', clientSecret: null, redirectUri: 'https://vendor.example/callback', store, keys: newKey(),
      })
      export async function callback(request: Request): Promise<Response> {
        const result: CallbackResult = await vendor.callback(request)
        if (result.outcome === 'restart') return result.response
        if (result.outcome === 'refused') return new Response(result.message, { status: 400 })
        const connection: Connection = vendor.connection('ada')
        const { email }: { email: string } = await connection.api.me()
        return result.redirect('/' + email)
      }
      // @ts-expect-error: a vendor needs keys
      createVendor({ clientId: 'app', clientSecret: null, redirectUri: 'https://v.example/', store })
    `
    writeFileSync(join(folder, 'program.ts'), program)
    const readme = readFileSync(join(installed, 'README.md'), 'utf8')
    const [, example = ''] = /```ts\n([\s\S]+?)```/.exec(readme) ?? []
    assert.match(example, /createVendor/)
    writeFileSync(join(folder, 'readme.ts'), example)
    const flags = '--noEmit --strict --exactOptionalPropertyTypes --module nodenext --target es2024'
    run(
      process.execPath,
      [tsc, ...flags.split(' '), '--lib', 'es2024,dom', 'program.ts', 'readme.ts'],
      folder,
    )
  })
})

describe('the core, without stores', () => {
  test('is under 10 kB, minified and gzipped', async () => {
    const { outputFiles } = await build({
      entryPoints: [join(home, 'src/index.ts')],
      external: ['./store/memory.ts'],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'neutral',
      target: 'esnext',
      write: false,
    })
    const [bundle] = outputFiles
    const size = gzipSync(bundle?.contents ?? '', { level: 9 }).length
    assert.ok(size > 5000 && size < 10_000, `${size} bytes`)
    assert.doesNotMatch(bundle?.text ?? '', /from"(?!\.\/store\/memory)/, 'no dependency')
  })

  test('uses nothing but web APIs, and webhooks neither', () => {
    const flags = '--noEmit --strict --skipLibCheck --module nodenext --target esnext --types'
    const lib = ['', '--allowImportingTsExtensions', '--lib', 'esnext,webworker']
    run(
      process.execPath,
      [
        tsc,
        ...flags.split(' '),
        ...lib,
        join(home, 'src/index.ts'),
        join(home, 'src/webhooks/webhooks.ts'),
      ],
      tmpdir(),
    )
  })
})
