import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { attributes, type Html, html, raw, renderHtml, type Value } from '../../src/pages/html.ts'

/** What a careless caller could pass in spite of the types. */
const untyped = (value: unknown) => value as Value

const special = fc.constantFrom(...`&<>"'\`;#/=ax \n\u202e\u2066`)

describe('a value in text', () => {
  const table: [value: Value, written: string][] = [
    ['plain', 'plain'],
    ['', ''],
    ['a & b', 'a &amp; b'],
    ['&amp;', '&amp;amp;'],
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    [`"'\``, '&quot;&#39;&#96;'],
    ['‮evil‬ ⁦x⁩', 'evil x'],
    ['שלום', 'שלום'],
    [0, '0'],
    [Number.NaN, 'NaN'],
    [null, ''],
    [undefined, ''],
    [false, ''],
    [[], ''],
    [['<', [null, '>']], '&lt;&gt;'],
    [html`<b>${'<'}</b>`, '<b>&lt;</b>'],
    [[html`<i>1</i>`, html`<i>2</i>`], '<i>1</i><i>2</i>'],
    [raw('<hr>'), '<hr>'],
  ]
  for (const [value, written] of table) {
    test(`${JSON.stringify(value)} is written ${JSON.stringify(written)}`, () => {
      assert.equal(renderHtml(html`<p>${value}</p>`), `<p>${written}</p>`)
    })
  }

  test('of any kind comes out as the same text, with nothing in it that could end it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: special })), text => {
        const shown = text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
        const written = renderHtml(html`${text}`)
        assert.doesNotMatch(written, /[<>"'`]/)
        assert.equal(unescaped(written), shown)
        assert.equal(renderHtml(html`<p title="${text}">`), `<p title="${escapedAlike(text)}">`)
      }),
    )
  })
})

describe('what cannot be written', () => {
  const forged = Object.create(Object.getPrototypeOf(html`x`))
  const table: [name: string, value: unknown][] = [
    ['an object', { toString: () => '<script>' }],
    ['an object that looks like markup', { text: '<script>', constructor: html`x`.constructor }],
    ['an object with the prototype of markup', forged],
    ['a function', () => '<script>'],
    ['true', true],
    ['a symbol', Symbol('x')],
    ['a bigint', 1n],
    ['attributes in text', attributes({ id: 'x' })],
  ]
  for (const [name, value] of table) {
    test(`${name} is refused in text and in an attribute`, () => {
      assert.throws(() => html`<p>${untyped(value)}</p>`, TypeError)
      assert.throws(() => html`<p>${[untyped(value)]}</p>`, TypeError)
      assert.throws(() => html`<p title="${untyped(value)}"></p>`, TypeError)
    })
  }

  test('markup in an attribute is refused, and so is a list', () => {
    assert.throws(() => html`<p title="${html`x`}"></p>`, TypeError)
    assert.throws(() => html`<p title="${['x']}"></p>`, TypeError)
  })

  test('only markup is rendered', () => {
    assert.throws(() => renderHtml(untyped('<p>') as Html), TypeError)
    assert.throws(() => renderHtml(forged), TypeError)
    assert.throws(() => renderHtml(untyped({ toString: () => '<p>' }) as Html), TypeError)
  })
})

describe('where a value cannot stand', () => {
  const table: [place: string, make: (value: string) => Html][] = [
    ['an unquoted attribute', x => html`<p title=${x}>`],
    ['a single-quoted attribute', x => html`<p title='${x}'>`],
    ['a tag name', x => html`<${x}>`],
    ['a closing tag', x => html`</${x}>`],
    ['an attribute name', x => html`<p ${x}="1">`],
    ['the inside of a tag', x => html`<p ${x}>`],
    ['right after an attribute', x => html`<p title="x"${x}>`],
    ['a comment', x => html`<!-- ${x} -->`],
    ['a script', x => html`<script>${x}</script>`],
    ['a style', x => html`<style>${x}</style>`],
    ['an event handler', x => html`<p onclick="${x}">`],
    ['an event handler in capitals', x => html`<p OnClick="${x}">`],
    ['a style attribute', x => html`<p style="color: ${x}">`],
    ['a whole document in an attribute', x => html`<iframe srcdoc="${x}">`],
    ['the host of a URL', x => html`<a href="https://${x}/">`],
    ['the host of a URL without scheme', x => html`<a href="/${x}">`],
  ]
  for (const [place, make] of table) {
    test(`${place} is refused`, () => {
      assert.throws(() => make('x'), TypeError)
    })
  }
})

describe('a URL', () => {
  const table: [url: string, written: string][] = [
    ['/sign-in?a=1&b=2', '/sign-in?a=1&amp;b=2'],
    ['#part', '#part'],
    ['https://vendor.example/"x', 'https://vendor.example/&quot;x'],
    ['http://localhost:4500/', 'http://localhost:4500/'],
    ['javascript:alert(1)', '#'],
    [' javascript:alert(1)', '#'],
    ['JavaScript:alert(1)', '#'],
    ['java\nscript:alert(1)', '#'],
    ['data:text/html,x', '#'],
    ['vbscript:x', '#'],
    ['//other.example/', '#'],
    ['/\\other.example/', '#'],
    ['/\t/other.example', '#'],
    ['sign-in', '#'],
    ['', '#'],
  ]
  for (const [url, written] of table) {
    test(`${JSON.stringify(url)} is written ${JSON.stringify(written)}`, () => {
      assert.equal(renderHtml(html`<a href="${url}">x</a>`), `<a href="${written}">x</a>`)
      assert.equal(renderHtml(html`<a xlink:href="${url}">`), `<a xlink:href="${written}">`)
      assert.equal(renderHtml(html`<form action="${url}">`), `<form action="${written}">`)
    })
  }

  test('cannot be put together from a scheme and a rest', () => {
    assert.equal(renderHtml(html`<a href="${'javascript'}:alert(1)">`), '<a href="#:alert(1)">')
  })

  test('may take a value in its query or fragment', () => {
    assert.equal(renderHtml(html`<a href="/x?y=${'"'}">`), '<a href="/x?y=&quot;">')
    assert.equal(renderHtml(html`<a href="#${'a"b'}">`), '<a href="#a&quot;b">')
  })
})

describe('attributes', () => {
  test('are written when they have a value', () => {
    const some = attributes({ id: 'a"b', hidden: true, title: false, lang: null, rows: 3 })
    assert.equal(renderHtml(html`<p ${some}>`), '<p id="a&quot;b" hidden rows="3">')
    assert.equal(
      renderHtml(html`<p ${some} title="${'x'}">`),
      '<p id="a&quot;b" hidden rows="3" title="x">',
    )
    assert.equal(renderHtml(html`<p ${attributes({})}>`), '<p >')
  })

  for (const name of ['onclick', 'style', 'srcdoc', 'href', 'src', 'a b', 'a"', 'A', '']) {
    test(`cannot have the name ${JSON.stringify(name)}`, () => {
      assert.throws(() => attributes({ [name]: 'x' }), TypeError)
    })
  }
})

function unescaped(text: string): string {
  const names: Record<string, string> = {
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#39;': "'",
    '&#96;': '`',
    '&amp;': '&',
  }
  return text.replace(/&(?:lt|gt|quot|#39|#96|amp);/g, name => names[name] ?? name)
}

function escapedAlike(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll('`', '&#96;')
}
