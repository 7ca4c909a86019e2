/** Long lists are shown a page at a time: which page is asked for, and what stands on it. */

/** Counted from 1. */
export interface Page {
  readonly number: number
  readonly length: number
}

export interface Paged<T> {
  readonly items: readonly T[]
  readonly number: number
  /** Whether another page follows. */
  readonly more: boolean
}

const pageLength = 50
const lastPage = 10_000

/** The page that a request's parameter names; the first one for anything that names none. */
export function pageOf(number: string | undefined, length = pageLength): Page {
  const asked = /^[1-9]\d{0,4}$/.test(number ?? '') ? Number(number) : 1
  return { number: Math.min(asked, lastPage), length }
}

/** Reads a page by a statement with limit and offset, which is asked for one row more than is shown. */
export async function readPage<T>(
  { number, length }: Page,
  read: (limit: number, offset: number) => Promise<T[]>,
): Promise<Paged<T>> {
  const rows = await read(length + 1, (number - 1) * length)
  return { items: rows.slice(0, length), number, more: rows.length > length }
}
