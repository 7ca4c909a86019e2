/**
 * Where to go after signing in: a path on this platform and nothing else. Anything that a browser could
 * read as another host (`//evil.example`, `/\evil.example`, a tab in the middle) becomes `/`.
 */
export function localPath(wanted: string | undefined): string {
  if (!wanted || !/^\/[\x21-\x5b\x5d-\x7e]*$/.test(wanted) || wanted.startsWith('//')) return '/'
  const base = 'http://latchkey.invalid'
  if (!URL.canParse(wanted, base)) return '/'
  const url = new URL(wanted, base)
  return url.origin === base ? url.pathname + url.search : '/'
}
