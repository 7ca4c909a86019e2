/** Logos: whatever is uploaded, only pixels of ours are ever served, and only where an app has them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import sharp from 'sharp'
import { addApp, findApp } from '../../src/developer/app.ts'
import { addLogo, findLogo } from '../../src/developer/logo.ts'
import { drawPicture } from '../../src/developer/picture.ts'
import { takeStep } from '../../src/developer/revision.ts'
import { purge } from '../../src/store/purge.ts'
import { engines } from '../engines.ts'
import type { FormBrowser } from '../form-browser.ts'
import { listening } from '../listening.ts'
import { makeUser, type Setup, setup, signIn } from '../setup.ts'

const background = { r: 11, g: 107, b: 90, alpha: 0.5 }
const plain = sharp({ create: { width: 300, height: 200, channels: 4, background } })
const png = await plain.clone().png().toBuffer()
const drawing = (inside: string) =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${inside}</svg>`)
const circle = '<circle cx="12" cy="12" r="11" fill="#0b6b5a"/>'

const jpeg = await plain.clone().jpeg().withMetadata({ orientation: 6 }).toBuffer()
const webp = await plain.clone().webp().toBuffer()
const gif = await plain.clone().gif().toBuffer()
const tiff = await plain.clone().tiff().toBuffer()
const wide = { create: { width: 8_000, height: 8_000, channels: 3, background: '#000' } } as const
const many = await sharp(wide).png().toBuffer()

describe('what becomes of a picture', () => {
  const taken: Record<string, Uint8Array> = {
    PNG: png,
    JPEG: jpeg,
    WebP: webp,
    SVG: drawing(circle),
    'SVG with a script': drawing(`<script>alert(1)</script>${circle}`),
    'PNG with something behind it': Buffer.concat([png, Buffer.from('<script>alert(1)</script>')]),
  }
  for (const [name, bytes] of Object.entries(taken)) {
    test(`${name}: 256 × 256 pixels, and nothing else`, async () => {
      const drawn = await drawPicture(bytes)
      assert.ok('png' in drawn, JSON.stringify(drawn))
      const { format, width, height, exif, icc } = await sharp(drawn.png).metadata()
      assert.deepEqual([format, width, height, exif, icc], ['png', 256, 256, undefined, undefined])
      assert.doesNotMatch(drawn.png.toString('latin1'), /script|alert/)
    })
  }

  const refused: Record<string, [Uint8Array, RegExp]> = {
    nothing: [Buffer.from(''), /no PNG/],
    'a page': [Buffer.from('<!doctype html><svg></svg>'), /no PNG/],
    GIF: [gif, /no PNG/],
    TIFF: [tiff, /no PNG/],
    'the beginning of a PNG': [png.subarray(0, 60), /damaged/],
    'a PNG that is a page behind its first bytes': [
      Buffer.concat([png.subarray(0, 8), Buffer.from('<script>alert(1)</script>')]),
      /damaged/,
    ],
    'a few bytes that unfold to 64 million pixels': [many, /too many pixels/],
    'an SVG that reads a file': [
      Buffer.from(
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>',
      ),
      /entities/,
    ],
    'an SVG that includes one': [
      drawing('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/hostname"/>'),
      /another picture/,
    ],
    'an SVG that fetches': [drawing('<image href="http://127.0.0.1/a.png"/>'), /another picture/],
    'an SVG in another encoding': [
      Buffer.from('<?xml version="1.0" encoding="utf-7"?><svg/>'),
      /UTF-8/,
    ],
    'more than 3 MB': [Buffer.concat([png, Buffer.alloc(3_000_000)]), /larger than 3 MB/],
  }
  for (const [name, [bytes, problem]] of Object.entries(refused)) {
    test(`${name} is refused`, async () => {
      const drawn = await drawPicture(bytes)
      assert.match('problem' in drawn ? drawn.problem : 'taken', problem)
    })
  }

  test('a drawing that would be drawn for ever is stopped', async () => {
    const levels = Array.from({ length: 14 }, (_, i) => {
      const uses = `<use href="#a${i}"/>`.repeat(10)
      return `<g id="a${i + 1}">${uses}</g>`
    })
    const bomb = `<defs><g id="a0">${circle}</g>${levels.join('')}</defs><use href="#a14"/>`
    assert.match(JSON.stringify(await drawPicture(drawing(bomb))), /problem/)
  })
})

const application = {
  name: 'Brightline Caller',
  redirectUri1: 'https://brightline.example/callback',
  kind: 'confidential',
  contactName: 'Dana Reyes',
  contactEmail: 'dana@brightline.example',
}

/** Sends the form of a page as a browser does when a file is chosen. */
async function upload(
  fixture: Setup,
  browser: FormBrowser,
  path: string,
  about: { fields: Record<string, string>; file?: Uint8Array; headers?: Record<string, string> },
): Promise<Response> {
  const page = await browser.get(path)
  const action = path.split('?')[0] ?? path
  const form = new FormData()
  const fields = { ...page.hidden(action), ...about.fields }
  delete (fields as Record<string, string>).logo
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  // The name and the type are a lie; nobody looks at them.
  if (about.file) {
    const file = new Blob([new Uint8Array(about.file)], { type: 'text/html' })
    form.set('logo', file, '../evil.html')
  }
  const Cookie = [...browser.cookies].map(pair => pair.join('=')).join('; ')
  const url = `${fixture.platform.settings.url}${action}`
  const init = { method: 'POST', body: form, headers: { Cookie, ...about.headers } }
  return fixture.platform.fetch(new Request(url, { ...init, redirect: 'manual' }))
}

async function registered(fixture: Setup, file?: Uint8Array) {
  const browser = fixture.browser()
  await signIn(browser, 'dana@example.com')
  const about = { fields: application, ...(file && { file }) }
  const answer = await upload(fixture, browser, '/developer/authorizations/new', about)
  const text = await answer.text()
  assert.equal(answer.status, 200, text)
  const [clientId = ''] = /app_[\w-]{22}/.exec(text) ?? []
  return { browser, clientId }
}

const logoOf = async (fixture: Setup, clientId: string) =>
  (await findApp(fixture.platform.store, clientId))?.logo ?? ''

function picture({ platform }: Setup, hash: string): Promise<Response> {
  return platform.fetch(new Request(`${platform.settings.url}/logos/${hash}.png`))
}

describe('a logo', () => {
  test('is served as the picture it is, and shown where the app is shown', async () => {
    const fixture = await setup()
    const { browser, clientId } = await registered(fixture, png)
    const hash = await logoOf(fixture, clientId)
    const served = await picture(fixture, hash)
    assert.equal(served.status, 200)
    assert.equal(served.headers.get('content-type'), 'image/png')
    assert.equal(served.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(served.headers.get('content-security-policy'), "default-src 'none'; sandbox")
    assert.match(served.headers.get('cache-control') ?? '', /immutable/)
    const bytes = Buffer.from(await served.arrayBuffer())
    assert.equal((await sharp(bytes).metadata()).width, 256)
    const shown = new RegExp(`src="/logos/${hash}\\.png"`)
    for (const path of [
      '/developer/authorizations',
      `/developer/authorizations/app?app=${clientId}`,
      `/page/vendor-auth.html?clientId=${clientId}`,
    ]) {
      assert.match((await browser.get(path)).html, shown, path)
    }
    const consent = await browser.get(`/page/vendor-auth.html?clientId=${clientId}`)
    await consent.submit({ decision: 'authorize' })
    assert.match((await browser.get('/account/connections')).html, shown)
    for (const path of ['x', '', 'a'.repeat(64), `${hash.toUpperCase()}`, `${hash}.png/..`]) {
      assert.equal((await picture(fixture, path)).status, 404, path)
    }
  })

  test('that no app has is out of reach, and purged after a day', async () => {
    const fixture = await setup()
    const { browser, clientId } = await registered(fixture, png)
    const hash = await logoOf(fixture, clientId)
    const edit = `/developer/authorizations/edit?app=${clientId}`
    const answer = await upload(fixture, browser, edit, { fields: { logo_removed: '1' } })
    assert.equal(answer.status, 303)
    assert.equal((await picture(fixture, hash)).status, 404)
    const { store } = fixture.platform
    const now = fixture.clock.now()
    assert.equal((await purge(store, { now: now + 86_400_000, auditDays: 90 })).logos, 0)
    assert.equal((await purge(store, { now: now + 86_400_001, auditDays: 90 })).logos, 1)
  })

  test('that cannot be used is told beside its field, and the others keep what was entered', async () => {
    const fixture = await setup()
    const browser = fixture.browser()
    await signIn(browser, 'dana@example.com')
    const path = '/developer/authorizations/new'
    const fields = { ...application, description: 'Kept words.' }
    const answer = await upload(fixture, browser, path, { fields, file: Buffer.from('nonsense') })
    const text = await answer.text()
    assert.equal(answer.status, 400)
    assert.match(text, /id="logo-problem"[\s\S]*no PNG, JPEG, WebP or SVG/)
    assert.match(text, /value="Kept words\."/)
  })

  test('survives a form that is sent back for another reason', async () => {
    const fixture = await setup()
    const browser = fixture.browser()
    await signIn(browser, 'dana@example.com')
    const path = '/developer/authorizations/new'
    const fields = { ...application, name: '' }
    const again = await upload(fixture, browser, path, { fields, file: png })
    const [, kept = ''] = /name="logo_kept" value="([0-9a-f]{64})"/.exec(await again.text()) ?? []
    assert.ok(kept)
    assert.equal((await picture(fixture, kept)).status, 404)
    const fine = await upload(fixture, browser, path, {
      fields: { ...application, logo_kept: kept },
    })
    assert.equal(fine.status, 200)
    assert.equal((await picture(fixture, kept)).status, 200)
  })

  test('of a live app changes by review alone', async () => {
    const fixture = await setup()
    const { platform, clock } = fixture
    const { browser, clientId } = await registered(fixture, png)
    const before = await logoOf(fixture, clientId)
    const app = await findApp(platform.store, clientId)
    assert.ok(app)
    const step = { app, actor: 'operator' } as const
    const { version } = app
    await takeStep(platform.store, { ...step, action: 'submit', seen: version }, clock.now())
    await takeStep(platform.store, { ...step, action: 'approve', seen: version + 1 }, clock.now())
    const edit = `/developer/authorizations/edit?app=${clientId}`
    assert.equal(
      (await upload(fixture, browser, edit, { fields: {}, file: drawing(circle) })).status,
      303,
    )
    assert.equal(await logoOf(fixture, clientId), before)
    const draft = await browser.get(`/developer/authorizations/app?app=${clientId}`)
    const pictures = [...draft.html.matchAll(/src="\/logos\/([0-9a-f]{64})\.png" alt="The logo"/g)]
    const [old, fresh] = pictures.map(([, hash = '']) => hash)
    assert.equal(old, before)
    assert.ok(fresh && fresh !== before)
    assert.equal((await picture(fixture, fresh)).status, 200)
  })

  test('is taken from our own page only, and from nobody who is signed out', async () => {
    const fixture = await setup()
    const browser = fixture.browser()
    await signIn(browser, 'dana@example.com')
    const path = '/developer/authorizations/new'
    const attempts = [
      { fields: { ...application, csrf: 'x'.repeat(43) }, file: png },
      { fields: application, file: png, headers: { 'Sec-Fetch-Site': 'cross-site' } },
      { fields: application, file: png, headers: { Cookie: '' } },
    ]
    for (const attempt of attempts) {
      assert.equal((await upload(fixture, browser, path, attempt)).status, 403)
    }
    assert.equal((await fixture.platform.store.read('select hash from logo')).length, 0)
  })

  test('a file far too large is refused with a page, on a socket too', async () => {
    const fixture = await listening()
    const browser = fixture.browser()
    await signIn(browser, 'dana@example.com')
    const form = new FormData()
    form.set('logo', new Blob([new Uint8Array(4_000_000)]))
    const Cookie = [...browser.cookies].map(pair => pair.join('=')).join('; ')
    const url = `${fixture.url}/developer/authorizations/new`
    const init = { method: 'POST', body: form, headers: { Cookie } }
    for (const answer of [
      await fetch(url, init),
      await fixture.platform.fetch(new Request(url, init)),
    ]) {
      assert.equal(answer.status, 413)
      assert.match(await answer.text(), /at most 3 MB/)
    }
    await fixture.serving.stop()
  })

  test('too many in a row are refused', async () => {
    const fixture = await setup({ limitSignIn: { points: 1000, seconds: 900 } })
    const browser = fixture.browser()
    await signIn(browser, 'dana@example.com')
    const answers = []
    for (let i = 0; i < 21; i++) {
      const about = { fields: application, file: Buffer.from('x') }
      answers.push(await upload(fixture, browser, '/developer/authorizations/new', about))
    }
    assert.match((await answers[19]?.text()) ?? '', /no PNG/)
    assert.match((await answers[20]?.text()) ?? '', /Too many pictures/)
  })
})

for (const [engine, begin] of Object.entries(engines)) {
  test(`a logo that is kept while the purge runs stays, on ${engine}`, async t => {
    const { platform, clock } = await begin(t)
    const { store } = platform
    await makeUser(platform, 'x@example.com', clock.now())
    for (let round = 0; round < 10; round++) {
      const hash = await addLogo(store, Buffer.from(`picture ${round}`), 0)
      const now = 90_000_000
      const about = {
        vendor: 'Acme',
        name: 'With a logo',
        redirectUris: ['https://a.example/cb'],
        permissions: [],
        isPublic: false,
        rotates: false,
        mode: 'production',
        logo: hash,
      } as const
      const [{ app }] = await Promise.all([
        addApp(store, about, 'operator', now),
        purge(store, { now, auditDays: 90 }),
      ])
      const kept = await findLogo(store, hash)
      assert.equal(app.logo, kept ? hash : '', `round ${round}`)
    }
  })
}
