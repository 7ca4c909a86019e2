import { test } from 'node:test'
import { rotateUnderLoad } from './rotation.ts'

test('keys are rotated three times under load, and no request fails: SQLite', t =>
  rotateUnderLoad(t, 'SQLite'))
