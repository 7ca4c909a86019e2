import { test } from 'node:test'
import { ruleSix } from './rule6.ts'

test('rule 6 holds over three nodes, one with two workers, on one PostgreSQL, under load', t =>
  ruleSix(t, 'PostgreSQL'))
