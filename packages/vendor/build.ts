/**
 * `npm run build`: makes `dist/`, the package as it is published: plain ESM with types, its own
 * package.json, nothing that refers to the sources. `node build.ts FOLDER` makes it elsewhere.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

const here = import.meta.dirname
const out = resolve(process.argv[2] ?? join(here, 'dist'))

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
compile()
nameCompiled()
const about = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'))
const { exports: sources, scripts: _scripts, ...rest } = about
const document = {
  ...rest,
  engines: { node: '>=22.16' },
  sideEffects: false,
  files: ['**/*.js', '**/*.d.ts'],
  exports: Object.fromEntries(Object.entries<string>(sources).map(built)),
}
writeFileSync(join(out, 'package.json'), `${JSON.stringify(document, null, 2)}\n`)
copyFileSync(join(here, 'README.md'), join(out, 'README.md'))
copyFileSync(join(here, '../../LICENSE'), join(out, 'LICENSE'))

/** An entry of `exports`, from the source to what became of it. */
function built([name, source]: [string, string]): [string, object] {
  const path = source.replace('./src/', './').replace(/\.ts$/, '')
  return [name, { types: `${path}.d.ts`, default: `${path}.js` }]
}

function compile(): void {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json')
  const { bin } = JSON.parse(readFileSync(typescript, 'utf8'))
  const { status } = spawnSync(
    process.execPath,
    [join(dirname(typescript), bin.tsc), '-p', join(here, 'tsconfig.build.json'), '--outDir', out],
    { stdio: 'inherit' },
  )
  if (status !== 0) throw new Error('The sources do not compile.')
}

/** The compiler leaves the sources' names in what it declares; there they are called `.js`. */
function nameCompiled(): void {
  for (const name of globSync('**/*.d.ts', { cwd: out })) {
    const declared = readFileSync(join(out, name), 'utf8')
    writeFileSync(join(out, name), declared.replace(/(from '\.[^']*)\.ts'/g, "$1.js'"))
  }
}
