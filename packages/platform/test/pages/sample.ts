/** A page as it is used: a view, and what draws it. */
import type { Html } from '../../src/pages/html.ts'

export interface Sample {
  readonly view: object
  /** Draws the view, or one of the same shape. */
  readonly draw: (view: never) => Html
}

export function sample<View extends object>(draw: (view: View) => Html, view: View): Sample {
  return { view, draw }
}
